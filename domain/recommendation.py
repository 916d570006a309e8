"""A recommendation: changes with absolute values, why, what is expected, what else could be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from domain.errors import BadInput
from domain.evidence import Fact, Unit
from domain.money import Money
from domain.ratio import Amount, Ratio, exact

Field = Literal["daily_budget", "target_cpa", "target_roas"]
TARGETS: frozenset[str] = frozenset({"target_cpa", "target_roas"})
FIELD_NAMES: dict[str, str] = {"daily_budget": "daily budget", "target_cpa": "target CPA", "target_roas": "target ROAS"}


@dataclass(frozen=True, slots=True)
class Change:
    """One write: ``field`` of ``entity`` from ``before`` to ``after``, both absolute.

    ``account`` and ``entity`` are the platform's own ids; ``entity`` owns the value
    (a Google campaign budget's id, which campaigns may share; of a bid target the campaign's or its portfolio
    strategy's), ``entity_name`` is what a person reads. A budget and a target CPA are money, a target ROAS is a ratio.
    ``observed_at`` is when ``before`` was read from the platform (UTC).
    """

    platform: str
    account: str
    entity: str
    entity_name: str
    field: Field
    before: Amount
    after: Amount
    observed_at: datetime
    affects: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.before.currency != self.after.currency:
            raise BadInput(f"{self.entity_name}: {self.before.currency} cannot become {self.after.currency}")
        if self.after.amount < 0 or self.before.amount < 0:
            raise BadInput(f"{self.entity_name}: a {self.called} cannot be negative ({self.before} to {self.after})")
        if isinstance(self.after, Ratio) != (self.field == "target_roas"):
            raise BadInput(f"{self.entity_name}: {self.after} is not a {self.called}")

    @property
    def called(self) -> str:
        """The field as a person calls it."""
        return FIELD_NAMES[self.field]

    @property
    def of_target(self) -> bool:
        """Whether it changes what the bidding aims at rather than a budget."""
        return self.field in TARGETS

    @property
    def moves(self) -> str:
        """``200.00 EUR to 240.00 EUR``; a target says that it is one."""
        return f"{f'{self.called} ' if self.of_target else ''}{exact(self.before)} to {exact(self.after)}"

    @property
    def step(self) -> Decimal:
        """By how much the value moves, in its own unit."""
        return self.after.amount - self.before.amount

    @property
    def share(self) -> Decimal | None:
        """The step as a fraction of the value before; None from nothing."""
        return self.step / self.before.amount if self.before.amount else None

    @property
    def loosens(self) -> bool:
        """Whether the platform may spend more after it: a larger budget, a higher target CPA, a lower target ROAS."""
        return self.step < 0 if self.field == "target_roas" else self.step > 0

    @property
    def budget(self) -> tuple[Money, Money]:
        """The daily budget before and after. Raises BadInput where it changes none."""
        if isinstance(self.before, Ratio) or isinstance(self.after, Ratio) or self.of_target:
            raise BadInput(f"{self.entity_name}: a {self.called} is not a budget")
        return self.before, self.after


def write_order(change: Change) -> tuple[bool, int, str]:
    """The order in which a plan is written: whatever may spend less before whatever may spend more."""
    return change.of_target and change.loosens, change.after.micros - change.before.micros, change.entity


def plan_hash(changes: Sequence[Change]) -> str:
    """SHA-256 over the operations only: never the prose, never the time, independent of order."""
    rows = sorted(
        [c.platform, c.account, c.entity, c.field, c.before.micros, c.after.micros, c.after.currency] for c in changes
    )
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate with its interval; ``level`` is its nominal coverage as a fraction."""

    low: Decimal
    mid: Decimal
    high: Decimal
    unit: Unit
    currency: str | None
    level: float
    horizon_days: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another thing to do, "do nothing" among them, with its own expected range."""

    label: str
    detail: str
    expected: Range | None


Confidence = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a plan is expected to do, or in ``not_estimated`` why nobody can say."""

    expected: Range | None
    chance_worse: float | None
    confidence: Confidence
    not_estimated: str | None = None
    risks: tuple[str, ...] = ()
    parts: Mapping[str, Any] | None = None  # what is predicted of each budget, as ``tools.record.frozen`` writes it

    @classmethod
    def unknown(cls, reason: str) -> Prediction:
        """No estimate, and why."""
        return cls(None, None, "low", reason)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What is proposed for one account, before anybody has approved it.

    ``advice_only`` carries the reason where there is no budget to change (file accounts).
    ``chance_worse`` is the bootstrap share of draws in which the plan is worse than today. It and ``expected`` are
    None where ``not_estimated`` says why: amounts that a person typed, or an undo.
    """

    id: str
    revision: int
    account_id: int
    title: str
    summary: str
    changes: tuple[Change, ...]
    why: tuple[Fact, ...]
    expected: Range | None
    chance_worse: float | None
    confidence: Confidence
    risks: tuple[str, ...]
    alternatives: tuple[Alternative, ...]
    tier: int
    requested_by: str
    created_at: datetime
    expires_at: datetime
    advice_only: str | None = None
    warnings: tuple[str, ...] = ()
    not_estimated: str | None = None
