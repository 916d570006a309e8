"""Limits on what may be written, on by default. A missing fact refuses; out of range is refused, never clamped.

``check`` is pure: the store gathers the facts (``store.policy_facts``), this file judges them. It runs three
times: when a plan is drafted, in the claim, and again just before the write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from domain.errors import BadInput
from domain.money import MICROS, Money
from domain.pools import PlanFacts, pool_refusals
from domain.ratio import Amount, exact
from domain.recommendation import Change
from domain.target_policy import target_refusals


@dataclass(frozen=True, slots=True)
class Freeze:
    """No change from ``start`` up to ``end`` (aware times), in every account or in one (store id)."""

    start: datetime
    end: datetime
    reason: str
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class StepEnvelope:
    """An event whose step limit was approved beforehand: ``max_step`` (a fraction) from ``start`` up to ``end``."""

    start: datetime
    end: datetime
    max_step: Decimal
    name: str
    added_by: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of the policy. Fractions, not percents; ``small_step`` is in major units of the account's currency.

    ``working_hours`` are (first, last) of a working day, Monday to Friday, in the account's zone; None counts plain
    hours. ``two_people_above_tier`` asks for two approvers above that tier. ``solo_mode`` is for a team of one: an
    editor may approve their own edit, and one person is enough at every tier. ``warn_target_step`` and
    ``max_target_step`` are of a target CPA or ROAS, up or down; no absolute small step stands beside them. A campaign
    worse than its floor over ``protection_days`` mature days, with ``protection_certainty``, is proposed to be cut by
    ``protection_cut``. A campaign that shows its ads to each person more than ``frequency_cap`` times a day is not
    raised; None is no cap.
    """

    warn_step: Decimal = Decimal("0.20")
    max_step: Decimal = Decimal("0.50")
    max_raise_24h: Decimal = Decimal("1.00")
    max_cut_24h: Decimal = Decimal("0.80")
    small_step: Decimal = Decimal(10)
    envelope: Decimal = Decimal("0.20")
    warn_target_step: Decimal = Decimal("0.15")
    max_target_step: Decimal = Decimal("0.30")
    protection_days: int = 14
    protection_cut: Decimal = Decimal("0.20")
    protection_certainty: float = 0.90
    frequency_cap: Decimal | None = None
    observation_days: int = 7
    max_data_age_days: int = 3
    expiry_hours: float = 24.0
    working_hours: tuple[int, int] | None = (9, 17)
    two_people_above_tier: int = 2
    solo_mode: bool = False
    freezes: tuple[Freeze, ...] = ()

    def __post_init__(self) -> None:
        figures = (self.warn_step, self.max_step, self.max_raise_24h, self.max_cut_24h, self.small_step, self.envelope)
        targets = (self.warn_target_step, self.max_target_step, self.protection_cut)
        for figure in (*figures, *targets, Decimal(str(self.expiry_hours))):
            if not figure.is_finite() or figure < 0:
                raise BadInput(f"a limit of {figure} limits nothing; use a finite number that is not negative")
        if self.frequency_cap is not None and not (self.frequency_cap.is_finite() and self.frequency_cap > 1):
            raise BadInput(f"a frequency cap of {self.frequency_cap}: whoever sees an ad sees it once, so give above 1")


@dataclass(frozen=True, slots=True)
class EntityFacts:
    """What the store knows of one budget owner, or of what owns a bid target.

    ``day_ago`` is its value before the first change of the last 24 h (None: not changed in that time);
    ``billable_unit_micros`` is its smallest step and also the platform's floor (None: it was never read).
    ``most_micros`` is the platform's ceiling, where there is one. ``learning`` is of a target's bidding; None where
    the platform does not say.
    """

    day_ago: Amount | None = None
    last_change_at: datetime | None = None
    billable_unit_micros: int | None = None
    daily_period: bool = True
    most_micros: int | None = None
    learning: bool | None = None


@dataclass(frozen=True, slots=True)
class PolicyFacts:
    """The state a plan is judged against. ``reserved_24h_micros``: net new daily spend other approvals took.

    ``freezes`` and ``step_envelopes`` are those of the calendar around now.
    """

    account_id: int
    timezone: str
    mean_daily_spend_7d: Money | None
    reserved_24h_micros: int
    last_data_day: date | None
    entities: Mapping[str, EntityFacts] = field(default_factory=dict)
    stopped_by: tuple[str, ...] = ()
    plan: PlanFacts | None = None
    freezes: tuple[Freeze, ...] = ()
    step_envelopes: tuple[StepEnvelope, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refusals`` forbid the plan, ``warnings`` stand on its card. Both carry the figure and the limit."""

    refusals: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        return not self.refusals


def check(changes: Sequence[Change], facts: PolicyFacts, limits: Limits, now: datetime) -> Verdict:
    """Judge a plan of one account against the limits, as the calendar has them now."""
    usual, limits = limits, in_effect(limits, facts.step_envelopes, now)
    refusals = [
        *_nothing_or_twice(changes),
        *(f"writes are stopped: {who}" for who in facts.stopped_by),
        *_freezes(facts, limits, now),
        *_data_age(facts, limits, now),
        *_envelope(changes, facts, limits),
        *pool_refusals(changes, facts.plan),
    ]
    warnings: list[str] = []
    for change in changes:
        entity = facts.entities.get(change.entity, EntityFacts())
        if change.of_target:
            refusals += target_refusals(change, entity, limits)
        else:
            refusals += [*_amount(change, entity), *_step(change, limits), *_day_total(change, entity, limits)]
            warnings += _lifted(change, usual, facts, now)
        warnings += [
            *_large_step(change, limits),
            *_observation(change, entity, limits, now),
        ]
    return Verdict(tuple(refusals), tuple(warnings))


def in_effect(limits: Limits, envelopes: Sequence[StepEnvelope], now: datetime) -> Limits:
    """The limits with the step that an event allows now; the narrowest of several, and never below the usual one."""
    steps = [e.max_step for e in envelopes if e.start <= now < e.end]
    return replace(limits, max_step=max(limits.max_step, min(steps))) if steps else limits


def net_new_micros(changes: Sequence[Change]) -> int:
    """Daily budget a plan adds to its account in micros: raises less cuts, never below 0.

    A bid target adds none: what it may spend is bounded by budgets that stay as they are.
    """
    return max(0, sum(c.after.micros - c.before.micros for c in changes if not c.of_target))


def warn_step(change: Change, limits: Limits) -> Decimal:
    """The largest step, as a fraction, that is a small one."""
    return limits.warn_target_step if change.of_target else limits.warn_step


def envelope_micros(facts: PolicyFacts, limits: Limits) -> int | None:
    """Net new daily spend the account may take in 24 h, in micros; None where recent spend is unknown."""
    if facts.mean_daily_spend_7d is None:
        return None
    return int(facts.mean_daily_spend_7d.amount * limits.envelope * MICROS)


def tier(changes: Sequence[Change], limits: Limits) -> int:
    """1: small steps and no net new spend. 2: everything else, also a target that may spend more."""
    small = all(c.share is not None and abs(c.share) <= warn_step(c, limits) for c in changes)
    looser = any(c.of_target and c.loosens for c in changes)
    return 1 if small and not looser and net_new_micros(changes) == 0 else 2


def quorum(of_tier: int, limits: Limits) -> int:
    """How many different people have to approve a plan of this tier."""
    return 2 if of_tier > limits.two_people_above_tier and not limits.solo_mode else 1


def expiry(start: datetime, limits: Limits, timezone: str) -> datetime:
    """When a plan made at ``start`` lapses: ``expiry_hours`` of working time, or plain hours without a calendar."""
    left = timedelta(hours=limits.expiry_hours)
    if limits.working_hours is None:
        return start + left
    opens, closes = limits.working_hours
    zone, at = ZoneInfo(timezone), start.astimezone(ZoneInfo(timezone))
    while True:
        day = at.date()
        begin = max(at, datetime(day.year, day.month, day.day, opens, tzinfo=zone))
        end = datetime(day.year, day.month, day.day, 0, tzinfo=zone) + timedelta(hours=closes)
        if day.weekday() < 5 and begin < end:
            if left <= end - begin:
                return (begin + left).astimezone(start.tzinfo)
            left -= end - begin
        tomorrow = day + timedelta(days=1)
        at = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone)


REMIND_HOURS = 4.0


def reminder_due(now: datetime, created: datetime, expires: datetime, limits: Limits, timezone: str) -> bool:
    """Whether a plan that lapses at ``expires`` has its last ``REMIND_HOURS`` of working time before it, and its
    people are at work. Of a short life the second half counts.
    """
    if not now < expires or not _at_work(now, limits, timezone):
        return False
    hours = min(REMIND_HOURS, limits.expiry_hours / 2)
    if limits.working_hours is None:
        hours = min(hours, (expires - created).total_seconds() / 7200)
    return expiry(now, replace(limits, expiry_hours=hours), timezone) >= expires


def _at_work(now: datetime, limits: Limits, timezone: str) -> bool:
    if limits.working_hours is None:
        return True
    local = now.astimezone(ZoneInfo(timezone))
    opens, closes = limits.working_hours
    return local.weekday() < 5 and opens <= local.hour < closes


def _nothing_or_twice(changes: Sequence[Change]) -> Iterator[str]:
    if not changes:
        yield "the plan changes nothing"
    for c in changes:
        if c.before.micros == c.after.micros:
            yield f"{c.entity_name}: already at {c.after}, nothing to change"
    for entity, count in Counter(c.entity for c in changes).items():
        if count > 1:
            yield f"{entity} is changed {count} times in one plan; one change each"
    if len(currencies := {c.after.currency for c in changes if c.field != "target_roas"}) > 1:
        yield f"one plan in several currencies ({', '.join(sorted(currencies))})"
    if len({c.of_target for c in changes}) > 1:
        yield "one plan changes budgets or bid targets, not both: what each of them did could not be told apart"


def _freezes(facts: PolicyFacts, limits: Limits, now: datetime) -> Iterator[str]:
    for freeze in (*limits.freezes, *facts.freezes):
        if freeze.start <= now < freeze.end and freeze.account_id in (None, facts.account_id):
            yield f"no change before {freeze.end:%Y-%m-%d %H:%M}: {freeze.reason}"


def _data_age(facts: PolicyFacts, limits: Limits, now: datetime) -> Iterator[str]:
    if facts.last_data_day is None:
        yield "there are no figures for this account; sync it first"
        return
    age = (now.astimezone(ZoneInfo(facts.timezone)).date() - facts.last_data_day).days
    if age > limits.max_data_age_days:
        yield (
            f"the figures end on {facts.last_data_day}, {age} days ago "
            f"(at most {limits.max_data_age_days}); sync the account first"
        )


def _envelope(changes: Sequence[Change], facts: PolicyFacts, limits: Limits) -> Iterator[str]:
    added = net_new_micros(changes)
    if added == 0:
        return
    currency = next(c.after.currency for c in changes if not c.of_target)
    allowed = envelope_micros(facts, limits)
    if allowed is None:
        yield "spend of the last 7 days is unknown, so no net new spend is allowed; sync the account first"
    elif facts.mean_daily_spend_7d is not None and facts.mean_daily_spend_7d.currency != currency:
        yield f"the account spends {facts.mean_daily_spend_7d.currency}, the plan is in {currency}"
    elif added + facts.reserved_24h_micros > allowed:
        yield (
            f"net new spend of {Money.from_micros(added, currency)} a day is over the envelope: "
            f"{Money.from_micros(facts.reserved_24h_micros, currency)} of "
            f"{Money.from_micros(allowed, currency)} taken in the last 24 hours"
        )


def _amount(change: Change, entity: EntityFacts) -> Iterator[str]:
    unit = entity.billable_unit_micros
    if unit is None:
        yield f"{change.entity_name}: this budget was never read from the platform; sync the account first"
    elif not entity.daily_period:
        yield f"{change.entity_name}: not a daily budget"
    elif change.after.micros < unit:
        yield (
            f"{change.entity_name}: {exact(change.after)} is below the platform's minimum of "
            f"{Money.from_micros(unit, change.after.currency)}"
        )
    elif change.after.micros % unit:
        yield (
            f"{change.entity_name}: {exact(change.after)} is not a multiple of "
            f"{Money.from_micros(unit, change.after.currency)}, the platform's smallest step"
        )


def _step(change: Change, limits: Limits) -> Iterator[str]:
    if abs(change.step) <= limits.small_step:
        return
    share = change.share
    if share is None:
        yield f"{change.entity_name}: a budget of nothing cannot be raised by more than {limits.small_step} at once"
    elif share > limits.max_step:
        yield f"{change.entity_name}: {share * 100:+.1f} % is above the step limit of +{limits.max_step * 100:.0f} %"


def _lifted(change: Change, usual: Limits, facts: PolicyFacts, now: datetime) -> Iterator[str]:
    share = change.share
    if share is not None and share > usual.max_step:
        for event in facts.step_envelopes:
            if event.start <= now < event.end:
                yield (
                    f"{change.entity_name}: above the usual step limit of +{usual.max_step * 100:.0f} %; the event "
                    f"'{event.name}' allows +{event.max_step * 100:.0f} % before {event.end:%Y-%m-%d} (added by "
                    f"{event.added_by})"
                )


def _day_total(change: Change, entity: EntityFacts, limits: Limits) -> Iterator[str]:
    start = entity.day_ago or change.before
    if start.currency != change.after.currency:
        yield f"{change.entity_name}: was in {start.currency} a day ago, the plan is in {change.after.currency}"
        return
    moved = change.after.amount - start.amount
    if abs(moved) <= limits.small_step:
        return
    if start.amount == 0:
        yield f"{change.entity_name}: from nothing to {change.after} in 24 hours; at most {limits.small_step}"
    elif moved > start.amount * limits.max_raise_24h:
        yield (
            f"{change.entity_name}: {moved / start.amount * 100:+.1f} % in 24 hours is above "
            f"+{limits.max_raise_24h * 100:.0f} %"
        )
    elif moved < -start.amount * limits.max_cut_24h:
        yield (
            f"{change.entity_name}: {moved / start.amount * 100:+.1f} % in 24 hours is deeper than "
            f"-{limits.max_cut_24h * 100:.0f} %; pause it instead"
        )


def _large_step(change: Change, limits: Limits) -> Iterator[str]:
    share = change.share
    steep = share is not None and (abs(share) if change.of_target else share) > warn_step(change, limits)
    if share is not None and steep:
        yield f"{change.entity_name}: {share * 100:+.1f} % in one step may restart the platform's learning"


def _observation(change: Change, entity: EntityFacts, limits: Limits, now: datetime) -> Iterator[str]:
    if entity.last_change_at is not None and now - entity.last_change_at < timedelta(days=limits.observation_days):
        yield (
            f"{change.entity_name}: last changed on {entity.last_change_at:%Y-%m-%d}, "
            f"less than {limits.observation_days} days ago; its effect is not known yet"
        )
