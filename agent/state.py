"""What travels through the question graph, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from domain.evidence import Chart, Fact, Offer, Table

PlannerName = Literal["rules", "model"]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool of ``tools.MENU`` by name with its arguments, not yet validated."""

    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clarify:
    """One question back, with the choices a person can pick from."""

    question: str
    choices: tuple[str, ...]
    whole: bool = False  # a choice is a question of its own, not an addition to the one before


@dataclass(frozen=True, slots=True)
class Plan:
    """What a planner decided: tools to call, or one question back, or a reasoned no. Exactly one of the three."""

    calls: tuple[ToolCall, ...] = ()
    clarify: Clarify | None = None
    refused: str | None = None
    exact: bool = False  # the rules understood every word: no model is needed
    # What a thread carries on (``planner.carried``), JSON primitives.
    asked: Mapping[str, Any] | None = field(default=None, compare=False)
    notes: tuple[str, ...] = ()  # how the question was read, for ``Answer.notes``: "no period named: last 30 days"

    def __post_init__(self) -> None:
        if sum((bool(self.calls), self.clarify is not None, self.refused is not None)) != 1:
            raise ValueError("a plan calls tools, or asks one question, or refuses: exactly one")


@dataclass(frozen=True, slots=True)
class Entity:
    """A name a person may use in a question."""

    name: str
    platform: str  # slug
    account_id: int
    account: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The last question of the thread that was answered: what it asked, and what its answer named. No figures.

    ``stretches`` are days that the answer names and that were not asked for, ``names`` its entities in their order;
    of a ``ranked`` answer the first one is what it is about.
    """

    asked: Mapping[str, Any]
    periods: tuple[tuple[date, date], ...] = ()
    stretches: tuple[tuple[date, date], ...] = ()
    names: tuple[str, ...] = ()
    ranked: bool = False


@dataclass(frozen=True, slots=True)
class NamedDays:
    """Days of the calendar that a person may call by their name."""

    kind: str
    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What a planner may know of the data: names and dates, no figures."""

    today: date
    timezone: str
    week_start: int  # 0 is Monday
    platforms: tuple[str, ...]  # slugs present in scope
    campaigns: tuple[Entity, ...]
    accounts: tuple[Entity, ...]
    first_day: date | None
    last_day: date | None
    currencies: tuple[str, ...] = ()  # of the accounts in scope
    analytics: tuple[str, ...] = ()  # slugs of analytics tools: read only where a question names them
    analytics_campaigns: tuple[Entity, ...] = ()  # and what they call campaigns, sources or channels
    analytics_accounts: tuple[Entity, ...] = ()
    shops: tuple[Entity, ...] = ()  # accounts with orders
    by_ad: bool = False  # whether any figures by ad or ad set are loaded
    plan_months: tuple[date, ...] = ()  # first days of the months that have a plan
    earlier: Earlier | None = None  # what the thread may be leaning on
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # key -> values that campaigns carry
    countries: tuple[str, ...] = ()  # whose holidays the accounts keep
    events: tuple[NamedDays, ...] = ()  # of the stored calendar


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person gets. ``text`` has every figure filled in and grounded."""

    id: str
    text: str
    facts: tuple[Fact, ...]
    freshness: Mapping[str, date]
    planner: PlannerName
    tool_calls: tuple[ToolCall, ...]
    clarify: Clarify | None = None
    refused: str | None = None
    tables: tuple[Table, ...] = ()
    charts: tuple[Chart, ...] = ()
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # how it was answered: "answered without AI", a fallback's reason
    recommendation_ids: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()  # plans that a button turns into a recommendation

    def to_json(self) -> dict[str, Any]:
        """The ``--json`` form of ``budgeteer ask``."""
        return {
            "answer": self.text,
            "facts": [f.to_json() for f in self.facts],
            "freshness": {p: d.isoformat() for p, d in sorted(self.freshness.items())},
            "planner": self.planner,
            "tool_calls": [{"name": c.name, "args": dict(c.args)} for c in self.tool_calls],
            "clarify": None
            if self.clarify is None
            else {"question": self.clarify.question, "choices": list(self.clarify.choices)},
            "refused": self.refused,
            "tables": [t.to_json() for t in self.tables],
            "caveats": list(self.caveats),
            "notes": list(self.notes),
            "recommendations": list(self.recommendation_ids),
        }
