"""What platforms call their columns: a table. A new language or platform is new data here, never a new branch.

Headers are compared whole, without regard to case, spacing and underscores, so ``Avg. cost`` is never ``Cost``. Of a
field's names the first one present wins: ``Campaign`` before ``Campaign type``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Field = Literal["day", "campaign", "spend", "impressions", "clicks", "conversions", "revenue", "account", "currency"]
FIGURES: tuple[Field, ...] = ("spend", "impressions", "clicks", "conversions", "revenue")
MONEY: tuple[Field, ...] = ("spend", "revenue")
COUNTS: tuple[Field, ...] = ("impressions", "clicks")


@dataclass(frozen=True, slots=True)
class Layout:
    """One platform's exports. ``names`` are in lower case and in order of preference.

    ``blank_totals``: the totals row is the one that names neither a campaign nor a day. ``signs`` are headers that only
    this platform writes, ``preamble`` how a line above its header begins. ``kind`` is that of its accounts.
    """

    platform: str
    names: Mapping[Field, tuple[str, ...]]
    blank_totals: bool
    signs: frozenset[str] = frozenset()
    preamble: tuple[str, ...] = ()
    kind: Literal["ads", "analytics"] = "ads"


_DAY = ("day", "date", "tag", "datum", "jour", "día", "fecha", "giorno", "data", "dia", "dag")
_SPEND = ("cost", "spend", "amount spent", "ad spend", "kosten", "ausgaben", "coût", "coste", "costo", "custo")
_IMPRESSIONS = ("impr.", "impressions", "impressionen", "impresiones", "impressioni", "impressões")
_CLICKS = ("clicks", "klicks", "clics", "clic", "cliques")
_CONVERSIONS = ("conversions", "conv.", "konversionen", "conversiones", "conversioni", "conversões")
_REVENUE = ("revenue", "conversion value", "conv. value", "total conv. value", "umsatz", "chiffre d'affaires")
_CURRENCY = ("currency code", "currency", "währungscode", "währung", "code de devise", "devise")

LAYOUTS: dict[str, Layout] = {
    layout.platform: layout
    for layout in (
        Layout(
            "google_ads",
            {
                "day": _DAY,
                "campaign": ("campaign", "campaign name", "kampagne", "campagne", "campaña", "campagna", "campanha",
                             "campaign type"),
                "spend": _SPEND,
                "impressions": _IMPRESSIONS,
                "clicks": _CLICKS,
                "conversions": _CONVERSIONS,
                "revenue": ("conv. value", "conversion value", "total conv. value", "conv.-wert", "conversion-wert",
                            "valeur de conv.", "valor de conv.", "valore conv.", "valor conv.", "revenue"),
                "account": ("account name", "account", "customer id", "kontoname", "konto", "nom du compte"),
                "currency": _CURRENCY,
            },
            blank_totals=False,
            signs=frozenset(("impr.", "conv. value", "conv.-wert", "valeur de conv.", "valor de conv.")),
            preamble=("campaign report", "kampagnenbericht", "rapport sur les campagnes", "informe de campaña"),
        ),
        Layout(
            "meta",
            {
                "day": _DAY,
                "campaign": ("campaign name", "campaign", "kampagnenname", "kampagne", "nom de la campagne",
                             "nombre de la campaña", "nome della campagna", "nome da campanha"),
                "spend": ("amount spent", "ausgegebener betrag", "montant dépensé", "importe gastado",
                          "importo speso", "valor usado", *_SPEND),
                "impressions": _IMPRESSIONS,
                "clicks": ("clicks (all)", "klicks (alle)", "clics (tous)", "clics (todos)", *_CLICKS),
                "conversions": ("purchases", "website purchases", "käufe", "achats", "compras", *_CONVERSIONS),
                "revenue": ("purchases conversion value", "website purchases conversion value",
                            "conversion-wert von käufen", "valeur de conversion des achats", *_REVENUE),
                "account": ("account name", "account id", "account", "name des werbekontos", "nom du compte"),
                "currency": _CURRENCY,
            },
            blank_totals=True,
            signs=frozenset(("amount spent", "ausgegebener betrag", "montant dépensé", "importe gastado",
                             "importo speso", "valor usado")),
        ),
        Layout(
            "generic",
            {
                "day": _DAY,
                "campaign": ("campaign", "campaign name", "kampagne", "kampagnenname", "campagne", "campaña"),
                "spend": _SPEND,
                "impressions": (*_IMPRESSIONS, "imps"),
                "clicks": _CLICKS,
                "conversions": (*_CONVERSIONS, "purchases", "orders"),
                "revenue": (*_REVENUE, "conversions value", "sales"),
                "account": ("account name", "account"),
                "currency": _CURRENCY,
            },
            blank_totals=False,
        ),
    )
}  # fmt: skip

TOTAL_LABELS = frozenset(
    ("total", "totals", "grand total", "gesamt", "gesamtsumme", "summe", "insgesamt", "total général", "totale",
     "total general", "totaal")
)  # fmt: skip
"""What a totals row calls itself, before any colon (``Total: Account``)."""

PERIODS = frozenset(
    ("week", "week (mon. to sun.)", "month", "quarter", "year", "woche", "monat", "semaine", "mois", "semana", "mes",
     "reporting starts", "reporting ends", "berichtsbeginn", "berichtsende")
)  # fmt: skip
"""Columns that date a row by more than a day."""

FINER = frozenset(
    ("ad group", "ad group name", "ad set name", "ad set", "ad name", "ad", "keyword", "search keyword", "device",
     "network", "network (with search partners)", "country", "region", "age", "gender", "platform", "placement",
     "conversion action", "hour of the day", "anzeigengruppe", "anzeigengruppenname", "groupe d'annonces", "adset",
     "adset name", "adset id", "ad set id", "adgroup", "adgroup name", "ad group id", "ad id", "creative id",
     "keyword id", "search term", "publisher platform", "platform position", "impression device", "device platform",
     "hour", "time of day (ad account time zone)", "anzeigengruppen-id", "anzeigenname", "anzeige", "gerät", "land")
)  # fmt: skip
"""Columns that split a campaign's day into several rows."""

CAMPAIGN_IDS = frozenset(("campaign id", "kampagnen-id", "id de la campagne"))
"""Columns that show that rows are campaigns', where no column names them."""

UNSURE: Mapping[str, str] = {
    "link clicks": "clicks are all clicks here ('Clicks (all)'); to count link clicks only, call that column 'Clicks'",
    "results": "a result is whatever each campaign aims at, not always a purchase; conversions are 'Purchases' here",
    "leads": "conversions are 'Purchases' here; to count leads, call that column 'Conversions'",
}
"""Columns that nearly are a figure, and why they are not taken for it."""

SYMBOLS: dict[str, frozenset[str]] = {
    "$": frozenset(("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "ARS", "CLP", "COP", "TWD")),
    "US$": frozenset(("USD",)), "A$": frozenset(("AUD",)), "AU$": frozenset(("AUD",)), "CA$": frozenset(("CAD",)),
    "C$": frozenset(("CAD",)), "NZ$": frozenset(("NZD",)), "HK$": frozenset(("HKD",)), "S$": frozenset(("SGD",)),
    "MX$": frozenset(("MXN",)), "R$": frozenset(("BRL",)), "€": frozenset(("EUR",)), "£": frozenset(("GBP",)),
    "¥": frozenset(("JPY", "CNY")), "￥": frozenset(("JPY", "CNY")), "₹": frozenset(("INR",)),
    "₩": frozenset(("KRW",)), "₺": frozenset(("TRY",)), "₽": frozenset(("RUB",)), "₫": frozenset(("VND",)),
    "zł": frozenset(("PLN",)), "Kč": frozenset(("CZK",)), "Ft": frozenset(("HUF",)),
    "kr": frozenset(("SEK", "NOK", "DKK", "ISK")), "Fr.": frozenset(("CHF",)),
}  # fmt: skip
"""Currency signs a cell or a header may carry, and what each may stand for."""
