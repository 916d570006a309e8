"""Currency signs a cell or a header may carry, and what each may stand for."""

from __future__ import annotations

from collections.abc import Mapping

SYMBOLS: Mapping[str, frozenset[str]] = {
    "$": frozenset(("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD")),
    "US$": frozenset(("USD",)), "A$": frozenset(("AUD",)), "AU$": frozenset(("AUD",)), "CA$": frozenset(("CAD",)),
    "C$": frozenset(("CAD",)), "NZ$": frozenset(("NZD",)), "HK$": frozenset(("HKD",)), "S$": frozenset(("SGD",)),
    "MX$": frozenset(("MXN",)), "R$": frozenset(("BRL",)), "€": frozenset(("EUR",)), "£": frozenset(("GBP",)),
    "¥": frozenset(("JPY", "CNY")), "￥": frozenset(("JPY", "CNY")), "₹": frozenset(("INR",)),
    "₩": frozenset(("KRW",)), "₺": frozenset(("TRY",)), "₽": frozenset(("RUB",)), "₫": frozenset(("VND",)),
    "zł": frozenset(("PLN",)), "Kč": frozenset(("CZK",)), "Ft": frozenset(("HUF",)),
    "kr": frozenset(("SEK", "NOK", "DKK", "ISK")), "Fr.": frozenset(("CHF",)),
}  # fmt: skip
