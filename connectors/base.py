"""The port: what the rest of the house may ask of an ads platform.

Reads may be retried by the connector (bounded, on ``Transient`` and ``Throttled``).
A write is exactly one wire attempt, carries absolute values, and is never retried here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from connectors.errors import (
    Auth,
    Invalid,
    Permission,
    PlatformError,
    Policy,
    QuotaDay,
    SchemaDrift,
    Stale,
    Throttled,
    Transient,
    UnknownOutcome,
    Unsupported,
)
from domain.account_change import AccountChange
from domain.money import Money
from domain.ratio import Amount, Ratio
from domain.recommendation import Change

__all__ = [
    "Auth", "BidState", "BudgetState", "Capabilities", "Connector", "DailyRow", "ForeignChange", "Invalid", "Landed",
    "Observation", "Permission", "PlatformAccount", "PlatformError", "Policy", "QuotaDay", "ReadBack", "ReportPage",
    "ReportQuery", "SchemaDrift", "Serving", "Stale", "Throttled", "Transient", "UnknownOutcome", "Unsupported",
    "Validation", "WriteOutcome",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlatformAccount:
    """An account as the platform names it; ``timezone`` is an IANA name."""

    external_id: str
    name: str
    currency: str
    timezone: str


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """Daily campaign figures of one account, both days counted, in the account's zone."""

    account: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class DailyRow:
    """One campaign on one day. None is "the source does not say", never 0."""

    day: date
    campaign: str
    campaign_id: str | None
    spend_micros: int | None
    impressions: int | None
    clicks: int | None
    conversions: float | None
    revenue: float | None
    sessions: int | None = None  # no ads platform states them
    reach: int | None = None  # people of this day; never added up


@dataclass(frozen=True, slots=True)
class ReportPage:
    """Some rows of a report. The read is whole only where the last page says ``complete``."""

    rows: tuple[DailyRow, ...]
    request_id: str | None
    complete: bool
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Serving:
    """Whether the platform shows a campaign, in its own words: a status such as LIMITED, and its reasons."""

    campaign_id: str
    name: str
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A budget as it stands on the platform now. ``entity`` owns the amount; ``campaigns`` spend from it."""

    entity: str
    name: str
    campaigns: tuple[tuple[str, str], ...]  # (campaign id, campaign name)
    daily_amount: Money | None  # None where the period is not daily
    period: str
    shared: bool
    enabled: bool
    learning: bool | None
    billable_unit_micros: int
    observed_at: datetime
    lost_impression_share_budget: float | None = None
    bid_strategy: str | None = None
    lost_impression_share_rank: float | None = None
    serving: tuple[Serving, ...] = ()  # of the campaigns, where the platform says


@dataclass(frozen=True, slots=True)
class BidState:
    """What a campaign, or a portfolio strategy that several campaigns share, bids for on the platform now.

    ``entity`` owns the target. Both targets are None where it bids without one, or where the target is not this
    account's to set; ``why_not`` says so then. ``unit_micros`` is the smallest step of a target CPA. ``learning`` is
    None where the platform does not say. The lost shares are of eligible impressions in the last 7 days.
    """

    entity: str
    name: str
    campaigns: tuple[tuple[str, str], ...]  # (campaign id, campaign name)
    strategy: str
    target_cpa: Money | None
    target_roas: Ratio | None
    shared: bool
    enabled: bool
    learning: bool | None
    unit_micros: int
    observed_at: datetime
    why_not: str | None = None
    lost_to_budget: float | None = None
    lost_to_rank: float | None = None

    def value(self, field: str) -> Amount | None:
        """The target that a change of ``field`` would move; None where it has none."""
        return {"target_cpa": self.target_cpa, "target_roas": self.target_roas}.get(field)


@dataclass(frozen=True, slots=True)
class ForeignChange:
    """A change somebody or something made on the platform; ``before`` and ``after`` where it moved ``field``."""

    at: datetime
    by: str
    client: str
    entity: str
    detail: str
    before: Amount | None = None
    after: Amount | None = None
    field: str = "daily_budget"

    @property
    def of_amount(self) -> bool:
        return self.after is not None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform offers. ``settle_seconds``: how long a read may still show the old value after a write.

    ``history_seconds``: how long a change may be missing from ``recent_changes``; until then nothing there proves
    nothing.
    """

    dry_run: bool
    partial_failure: bool
    asynchronous_reports: bool
    settle_seconds: float
    history_seconds: float


class Validation(StrEnum):
    """How far a change was checked before it is sent."""

    PLATFORM = "platform"
    LOCAL_ONLY = "local_only"


class Landed(StrEnum):
    """What the one wire attempt did, as far as the answer says."""

    APPLIED = "applied"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class ReadBack(StrEnum):
    """What the platform shows now, against the change."""

    DESIRED = "desired"
    BEFORE = "before"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """The answer to one wire attempt. ``detail`` is the platform's own text with secrets scrubbed."""

    landed: Landed
    request_id: str | None
    detail: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observation:
    """A read-back: the verdict and the value it rests on."""

    verdict: ReadBack
    value: Amount
    observed_at: datetime
    request_id: str | None = None


class Connector(Protocol):
    """One ads platform. Raises only ``PlatformError`` (and ``NotConfigured`` at construction)."""

    platform: str
    capabilities: Capabilities

    def accounts(self) -> tuple[PlatformAccount, ...]: ...

    def report(self, query: ReportQuery) -> Iterator[ReportPage]: ...

    def budgets(self, account: str) -> tuple[BudgetState, ...]: ...

    def state(self, account: str, entity: str) -> BudgetState: ...

    def bids(self, account: str) -> tuple[BidState, ...]:
        """What each campaign or portfolio strategy bids for. Raises Unsupported where the platform has no targets."""
        ...

    def bid_state(self, account: str, entity: str) -> BidState:
        """One of them, in whatever state it is. Raises Invalid where there is none, or Unsupported."""
        ...

    def recent_changes(self, account: str, entity: str, since: datetime) -> tuple[ForeignChange, ...]:
        """What was changed of one entity since then. Raises Unsupported where the platform keeps no history of it."""
        ...

    def account_changes(self, account: str, since: datetime) -> tuple[AccountChange, ...]:
        """Every change in the account since then, whoever made it, as far back as the platform keeps them.

        Oldest first and whole, or an error. Raises Unsupported where the platform has no history.
        """
        ...

    def validate(self, change: Change) -> Validation:
        """The platform's own dry run where it has one. Raises Invalid, Policy, Permission, Auth, Throttled ..."""
        ...

    def apply(self, change: Change, deadline_s: float) -> WriteOutcome:
        """Exactly one wire attempt. A lost answer is ``Landed.UNKNOWN``, never an exception."""
        ...

    def read_back(self, change: Change) -> Observation: ...
