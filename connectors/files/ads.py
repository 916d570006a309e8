"""Which of an export's columns name an ad set or an ad, and the rows as theirs.

Where a file names parts by id only, the id is the name. Columns that say something else of an ad (its headline, its
status) do not name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from connectors.files.figures import MISSING
from connectors.files.header import Header, plain
from connectors.files.layouts import Field
from connectors.files.report import AdRow
from connectors.files.sheet import Line, clean_name
from domain.money import MICROS

AD_SETS = (
    "ad set name", "ad group name", "anzeigengruppenname", "name der anzeigengruppe", "nom de l'ensemble de publicités",
    "nom de l’ensemble de publicités", "nom du groupe de publicités", "nombre del conjunto de anuncios",
    "nombre del grupo de anuncios", "nome del gruppo di inserzioni", "nome del gruppo di annunci",
    "nome do conjunto de anúncios", "nome do grupo de anúncios", "naam advertentieset", "advertentiesetnaam",
    "naam advertentiegroep", "ad set id", "ad group id", "anzeigengruppen-id",
)  # fmt: skip
ADS = (
    "ad name", "creative name", "dsc name", "creative direct sponsored content name", "anzeigenname",
    "nom de la publicité", "nombre del anuncio", "nome dell'inserzione", "nome dell'annuncio", "nome do anúncio",
    "naam advertentie", "advertentienaam", "ad id", "creative id", "anzeigen-id",
)  # fmt: skip
"""Best first: a name before an id."""
MAX_NAME = 500


class Ads:
    """Sums per ad and day: two ads of one name in one ad set are one here, as a person sees them."""

    def __init__(self, header: Header) -> None:
        names = [plain(header.names[i]) for i in header.parts]
        self._set, self._ad = (
            next((names.index(word) for word in words if word in names), None) for words in (AD_SETS, ADS)
        )
        at = [header.parts[i] for i in (self._set, self._ad) if i is not None]
        self.columns = frozenset(header.names[i] for i in at)
        self._sums: dict[tuple[str, str, str, date], dict[Field, Decimal | None]] = {}

    def add(self, campaign: str, day: date, figures: Mapping[Field, Decimal | None], line: Line) -> None:
        """Take one row; one that names neither stays with its campaign only."""
        ad_set, ad = (_name(line, at) for at in (self._set, self._ad))
        if not (ad_set or ad):
            return
        into = self._sums.setdefault((campaign, ad_set, ad, day), {})
        for field, value in figures.items():
            known = into.get(field)
            into[field] = known if value is None else value + (known or Decimal(0))

    def rows(self) -> tuple[AdRow, ...]:
        """In the order of their first row."""
        return tuple(
            AdRow(
                day=day, campaign=campaign, ad_set=ad_set, ad=ad,
                spend_micros=_whole(f.get("spend"), MICROS), impressions=_whole(f.get("impressions")),
                clicks=_whole(f.get("clicks")), conversions=_number(f.get("conversions")),
                revenue=_number(f.get("revenue")),
            )
            for (campaign, ad_set, ad, day), f in self._sums.items()
        )  # fmt: skip


def _name(line: Line, at: int | None) -> str:
    if at is None or line.part[at] in MISSING:
        return ""
    return clean_name(line.part[at])[:MAX_NAME]


def _whole(value: Decimal | None, scale: int = 1) -> int | None:
    return None if value is None else int(value * scale)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
