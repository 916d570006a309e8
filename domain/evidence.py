"""Evidence: what a tool found, and where each figure comes from.

The model sees facts and a row count; the person sees the table. A figure that
is not a ``Fact`` reaches nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from domain.window import Window

Unit = Literal["money", "count", "ratio", "percent", "days"]
Form = Literal["plain", "signed", "points", "estimate", "level", "chance"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure with everything needed to trust or to reproduce it.

    ``value`` is unrounded; percents and ratios are fractions (0.2 is 20 %). Where it is
    None, ``reason`` says why: unknown is never 0. ``form`` is how a person reads it: a change
    carries its sign, a change of a percentage is in percentage points, an estimated change is not
    exact to the cent, an estimated level neither, a chance never rounds to nothing or certainty. ``says`` is the
    figure as a clause, ``{}`` for the value; None where label and value say enough. ``left_out`` are the stretches of
    the window that were not counted.
    """

    id: str
    label: str
    value: Decimal | None
    unit: Unit
    currency: str | None
    entity: str
    window: Window
    source: str
    how: str
    reason: str | None = None
    basis: str | None = None
    form: Form = "plain"
    says: str | None = None
    left_out: tuple[Window, ...] = ()

    def __post_init__(self) -> None:
        if (self.value is None) == (self.reason is None):
            raise ValueError(f"fact {self.id!r} needs a value or a reason, and not both")
        if (self.unit == "money") != (self.currency is not None):
            raise ValueError(f"fact {self.id!r} of unit {self.unit!r} with currency {self.currency!r}")

    def renamed(self, fact_id: str) -> Fact:
        return replace(self, id=fact_id)

    def to_json(self) -> dict[str, Any]:
        """The shape of ``facts`` in ``--json``: numbers unrounded, unknown is null with a reason."""
        return {
            "id": self.id,
            "label": self.label,
            "value": None if self.value is None else float(self.value),
            "unit": self.unit,
            "currency": self.currency,
            "entity": self.entity,
            "window": {
                "start": self.window.start.isoformat(),
                "end": self.window.end.isoformat(),
                "timezone": self.window.timezone,
            },
            "source": self.source,
            "how": self.how,
            "reason": self.reason,
            "basis": self.basis,
            "left_out": [{"start": w.start.isoformat(), "end": w.end.isoformat()} for w in self.left_out],
        }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for the person. Cells are str, int, float, date or None (unknown).

    ``shown`` are the same rows as a person reads them, with currencies and per cents; empty where the cells need no
    more than the plain writing of ``domain.formatting``. ``said``: the text beside it already says every figure.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    truncated: bool = False
    shown: tuple[tuple[str, ...], ...] = ()
    said: bool = False

    def __post_init__(self) -> None:
        if self.shown and len(self.shown) != len(self.rows):
            raise ValueError(f"table {self.title!r} has {len(self.rows)} rows and shows {len(self.shown)}")

    def to_json(self) -> dict[str, Any]:
        rows = [[c.isoformat() if isinstance(c, date) else c for c in row] for row in self.rows]
        return {"title": self.title, "columns": list(self.columns), "rows": rows, "truncated": self.truncated}


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of evidence: PNG bytes and the text a person who cannot see it gets."""

    title: str
    png: bytes
    alt_text: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan of an answer that a person may have proposed: its name there, and amounts a day by budget, as text.

    ``moves`` are its changes as a person reads them; ``outcome`` is what its estimate counts, and ``flattery`` the
    outcome a day that was taken off it for having been searched for.
    """

    label: str
    account_id: int
    amounts: Mapping[str, str]
    moves: tuple[str, ...] = ()
    outcome: str = "revenue"
    flattery: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "account_id": self.account_id,
            "amounts": dict(self.amounts),
            "moves": list(self.moves),
            "outcome": self.outcome,
            "flattery": self.flattery,
        }


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What one tool call found.

    ``facts`` come in the order of the answer, the figures asked for first. ``freshness``
    maps a platform's slug to the last day with data. ``text`` is the tool's own wording
    with ``{{f1}}`` references to its facts: the rules planner shows it as it stands.
    """

    facts: tuple[Fact, ...] = ()
    text: str = ""
    table: Table | None = None
    chart: Chart | None = None
    row_count: int = 0
    truncated: bool = False
    freshness: Mapping[str, date] = field(default_factory=dict)
    caveats: tuple[str, ...] = ()
    certified: bool = True
    refused: str | None = None
    choices: tuple[str, ...] = ()  # what a person can add to a question refused for the lack of it
    offers: tuple[Offer, ...] = ()
    recommendation_id: str | None = None  # a draft this call stored; opening its approval is not a tool's business
