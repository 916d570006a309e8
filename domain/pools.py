"""Pools are walls: money never moves between them, locked money stays, and no raise lands a pool over its budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.money import Money
from domain.recommendation import Change


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """One pool in the month of the plan. ``lands`` is its expected spend of the whole month as things are.

    ``budget`` None: the plan names none. ``lands`` None is unknown, with the ``reason``; it rests on figures up to
    ``figures_end``. ``pending`` is what other approvals add a day that those figures do not show yet.
    """

    name: str
    budget: Money | None
    lands: Money | None
    reason: str | None = None
    pending: Money | None = None
    figures_end: date | None = None


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """The plan of the month as far as a plan of changes touches it.

    ``pool_of`` gives the key of each budget owner's pool; ``several`` names the pools of one that feeds campaigns of
    more than one; ``locked`` names what the plan locks; ``unknown`` says of whom it is not known which campaigns it
    feeds. ``instead_of`` is the month now, where it has no plan and that of ``month`` stands for it. ``days_left`` are
    the month's days from today, today counted.
    """

    month: str
    days_left: int
    pools: Mapping[str, PoolFacts] = field(default_factory=dict)
    pool_of: Mapping[str, str] = field(default_factory=dict)
    several: Mapping[str, str] = field(default_factory=dict)
    locked: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
    instead_of: str | None = None

    @property
    def words(self) -> str:
        """The plan as a refusal names it."""
        instead = "" if self.instead_of is None else f" (the last there is: none is loaded for {self.instead_of})"
        return f"the plan of {self.month}{instead}"


def pool_refusals(changes: Sequence[Change], plan: PlanFacts | None) -> Iterator[str]:
    """Why the plan of the month forbids these changes, with the figures; nothing where there is no plan."""
    if plan is None:
        return
    for change in changes:
        if change.entity in plan.unknown:
            yield (
                f"{change.entity_name}: whose money it is in {plan.words} cannot be told: "
                f"{plan.unknown[change.entity]}; sync the account first"
            )
        if change.entity in plan.several and not change.of_target:
            yield (
                f"{change.entity_name}: its campaigns are paid from several pools ({plan.several[change.entity]}), so "
                "its budget cannot be changed for one of them"
            )
        if change.entity in plan.locked:
            yield f"{change.entity_name}: {plan.words} locks {plan.locked[change.entity]}"
    added = _net(changes, plan)
    yield from _walls(added, plan)
    for key, money in added.items():
        if money.micros > 0:
            yield from _over(plan.pools.get(key), money, plan)


def _net(changes: Sequence[Change], plan: PlanFacts) -> dict[str, Money]:
    """What each pool spends more a day, less where it is negative."""
    added: dict[str, Money] = {}
    for change in changes:
        key = plan.pool_of.get(change.entity)
        if key is not None and not change.of_target:
            before, after = change.budget
            more = after - before
            added[key] = added[key] + more if key in added else more
    return added


def _walls(added: Mapping[str, Money], plan: PlanFacts) -> Iterator[str]:
    up = [key for key, money in added.items() if money.micros > 0]
    down = [key for key, money in added.items() if money.micros < 0]
    if up and down:
        taken, given = (" and ".join(f"“{_name(key, plan)}”" for key in keys) for keys in (down, up))
        by = "" if plan.instead_of is None else f", by {plan.words}"
        yield f"money never moves between pools: this takes it from {taken} and gives it to {given}{by}"


def _over(pool: PoolFacts | None, more: Money, plan: PlanFacts) -> Iterator[str]:
    if pool is None or pool.budget is None:
        return
    if pool.lands is None:
        yield (
            f"where “{pool.name}” lands in {plan.month} is unknown ({pool.reason}), so it cannot be raised against its "
            f"budget of {pool.budget}"
        )
        return
    pending = pool.pending.micros if pool.pending else 0
    would = Money.from_micros(pool.lands.micros + (more.micros + pending) * plan.days_left, more.currency)
    if pool.budget < would:
        beside = (
            f" on top of {pool.pending} a day of other approvals that the figures do not show yet" if pending else ""
        )
        yield (
            f"{more} a day more{beside} would land “{pool.name}” at {would} of its {pool.budget} for {plan.month}, "
            f"{would - pool.budget} over"
        )


def _name(key: str, plan: PlanFacts) -> str:
    return plan.pools[key].name if key in plan.pools else "the money that is in no line of the plan"
