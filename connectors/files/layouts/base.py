"""What a layout is, and the words that several platforms share.

Languages: English, German, French, Spanish, Italian, Dutch, Portuguese. A new one is one more word in each tuple. Which
names were seen in public files and importers, and which are our own reading, is said in docs/exports.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Field = Literal[
    "day",
    "until",
    "campaign",
    "spend",
    "impressions",
    "clicks",
    "conversions",
    "revenue",
    "sessions",
    "reach",
    "frequency",
    "account",
    "currency",
]
FIGURES: tuple[Field, ...] = ("spend", "impressions", "clicks", "conversions", "revenue", "sessions")
MONEY: tuple[Field, ...] = ("spend", "revenue")
COUNTS: tuple[Field, ...] = ("impressions", "clicks", "sessions", "reach")
PEOPLE: tuple[Field, ...] = ("reach", "frequency")  # never added up: the same person is in several rows


@dataclass(frozen=True, slots=True)
class Layout:
    """One platform's exports. ``names`` are in lower case and in order of preference.

    ``blank_totals``: the totals row is the one that names neither a campaign nor a day. ``signs`` are headers that only
    this platform writes, ``preamble`` how a line above its header begins, ``footer`` what a line below its rows holds.
    ``row_count`` begins the line above the header that says how many rows there are, ``owner`` one that names the
    account. ``parts`` are the columns below a campaign (ad sets, ads) whose rows add up to it exactly. ``tables``: one
    file holds several, with ``#`` lines between them. ``required`` are the fields without which a row says nothing;
    ``kind`` is that of its accounts. ``span`` are the words before the report's first and last day above the header.
    """

    platform: str
    names: Mapping[Field, tuple[str, ...]]
    blank_totals: bool = False
    signs: frozenset[str] = frozenset()
    preamble: tuple[str, ...] = ()
    footer: str = ""
    row_count: str = ""
    owner: tuple[str, ...] = ()
    parts: frozenset[str] = frozenset()
    tables: bool = False
    required: tuple[Field, ...] = ("day", "spend")
    kind: Literal["ads", "analytics"] = "ads"
    span: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


DAY = ("day", "date", "tag", "datum", "jour", "día", "dia", "fecha", "giorno", "data", "dag")
SPEND = ("cost", "spend", "amount spent", "ad spend", "kosten", "ausgaben", "coût", "coste", "costo", "custo")
IMPRESSIONS = (
    "impr.", "impressions", "impressionen", "impresiones", "impressioni", "impression", "impressões", "vertoningen",
    "weergaven", "vert.",
)  # fmt: skip
CLICKS = ("clicks", "klicks", "clics", "clic", "cliques", "klikken")
CONVERSIONS = (
    "conversions", "conv.", "konversionen", "conversiones", "conversioni", "conversies", "conversões",
)  # fmt: skip
REVENUE = ("revenue", "conversion value", "conv. value", "total conv. value", "umsatz", "chiffre d'affaires")
REACH = ("reach", "reichweite", "couverture", "alcance", "copertura", "bereik")
FREQUENCY = (
    "frequency", "average frequency", "frequenz", "häufigkeit", "répétition", "fréquence", "frecuencia", "frequenza",
    "frequentie", "frequência",
)  # fmt: skip
CURRENCY = (
    "currency code", "currency", "währungscode", "währung", "code de devise", "code devise", "devise",
    "código de moneda", "moneda", "divisa", "codice valuta", "valuta", "valutacode", "código da moeda", "moeda",
)  # fmt: skip
ACCOUNT = (
    "account name", "account", "kontoname", "konto", "nom du compte", "compte", "nombre de la cuenta", "cuenta",
    "nome account", "nome dell'account", "accountnaam", "account naam", "nome da conta", "conta",
)  # fmt: skip
