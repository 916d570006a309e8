"""What a person wants of an account's budgets, as amounts a day: moved, set, or changed by a share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from domain.errors import BadInput, CannotAnswer
from domain.formatting import format_money
from domain.money import round_to_billable
from tools.effect import HORIZON_DAYS
from tools.labels import join_words
from tools.levers import Lever
from tools.scenarios.basis import Basis, refusals

PER_DAYS: Mapping[str, int] = {"month": HORIZON_DAYS, "week": 7, "day": 1}
_STEPS = 200  # tries on the way from today to what was asked for, to find how far the limits let it go


@dataclass(frozen=True, slots=True)
class Group:
    """A part of an account's budgets as a person named it. ``entities`` are those of the levers."""

    name: str
    entities: tuple[str, ...]


def a_day(amount: Decimal, per: str, unit: Decimal) -> Decimal:
    """An amount a month (30 days), a week or a day as one a day in billable steps."""
    return (amount / PER_DAYS[per] / unit).to_integral_value(ROUND_HALF_UP) * unit


def rate_of(basis_total: Decimal, amount: Decimal, per: str | None, currency: str) -> str:
    """Whether an amount is meant per day or per month where nobody said it.

    What is more than all budgets spend in a day can only be meant per month.

    Raises:
        CannotAnswer: it may be either; carries the two as choices.
    """
    if per is not None:
        return per
    if amount > basis_total:
        return "month"
    raise CannotAnswer(
        f"Is {format_money(amount, currency)} meant a day or a month? The budgets are "
        f"{format_money(basis_total, currency)} a day in all.",
        ("a month", "a day"),
    )


def moved(basis: Basis, source: Group, target: Group, amount: Decimal) -> dict[str, Decimal]:
    """``amount`` a day taken from one group and given to another of the same account.

    Raises:
        CannotAnswer: the groups share a budget, one of them has no budget that may move, or there is not so much.
    """
    both = set(source.entities) & set(target.entities)
    if both:
        shared = join_words([basis.lever(e).name for e in sorted(both)])
        raise CannotAnswer(f"{shared} belongs to both ends: money cannot be moved from {source.name} to {target.name}")
    return {**added(basis, source, -amount), **added(basis, target, amount)}


def added(basis: Basis, group: Group, amount: Decimal) -> dict[str, Decimal]:
    """``amount`` a day more (or less) over a group's budgets that may move, by their shares of today's.

    Raises:
        CannotAnswer: none of them may move, or there is not so much to take.
    """
    free = _free(basis, group)
    today = sum((lever.now for lever in free), Decimal(0))
    if not today:
        raise CannotAnswer(f"{group.name} has no budget that money could be added to or taken from")
    if amount < -today:
        raise CannotAnswer(
            f"{group.name} has {_money(today, basis)} a day, so {_money(-amount, basis)} a day cannot be taken from it"
        )
    parts = {lever.entity: lever.now * abs(amount) / today for lever in free}
    shares = round_to_billable(parts, abs(amount), basis.unit)
    sign = 1 if amount >= 0 else -1
    return {lever.entity: lever.now + sign * shares[lever.entity] for lever in free}


def by_share(basis: Basis, group: Group, share: Decimal) -> dict[str, Decimal]:
    """Every budget of a group that may move, by the same share: ``-0.15`` is 15 % less of the group's total.

    Raises:
        BadInput: a cut by all of it or more.
    """
    if share <= -1:
        raise BadInput(f"a cut of {-share * 100:g} % leaves nothing; give one of less than 100 %")
    today = sum((lever.now for lever in _levers(basis, group)), Decimal(0))
    return added(basis, group, (today * share / basis.unit).to_integral_value(ROUND_HALF_UP) * basis.unit)


def set_to(basis: Basis, wanted: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Amounts a day by a budget's or campaign's name, as amounts by entity.

    Raises:
        BadInput: a name nobody knows, or an amount that is no budget.
    """
    found = {}
    for name, amount in wanted.items():
        lever = lever_named(basis, name)
        if not amount.is_finite() or amount < 0 or amount % lever.unit:
            raise BadInput(f"{lever.name}: {amount} a day is no budget; give an amount in steps of {lever.unit}")
        found[lever.entity] = amount
    return found


def lever_named(basis: Basis, name: str) -> Lever:
    """The lever of this name, or the one that feeds the campaign of this name. Raises BadInput with those there are."""
    wanted = name.strip().casefold()
    levers = basis.levers.levers
    named = [v for v in levers if v.name.casefold() == wanted]
    named = named or [v for v in levers if wanted in (c.casefold() for c in v.campaigns)]
    if len(named) != 1:
        known = join_words([v.name for v in levers])
        raise BadInput(f"no budget of {basis.account.name} is called {name!r}; there are {known}")
    return named[0]


def of_campaigns(basis: Basis, name: str, campaigns: Sequence[str]) -> Group:
    """The levers that feed these campaigns.

    Raises:
        CannotAnswer: no budget feeds them, or one feeds others too, so that it cannot be moved for these alone.
    """
    names = set(campaigns)
    fed = [lever for lever in basis.levers.levers if names & set(lever.campaigns)]
    if not fed:
        raise CannotAnswer(f"no budget of {basis.account.name} feeds {name}")
    for lever in fed:
        if others := [c for c in lever.campaigns if c not in names]:
            raise CannotAnswer(
                f"the budget {lever.name} feeds {join_words(others)} as well, so it cannot be moved for {name} alone"
            )
    return Group(name, tuple(lever.entity for lever in fed))


def everything(basis: Basis) -> Group:
    """All budgets of an account."""
    return Group(basis.account.name, tuple(lever.entity for lever in basis.levers.levers))


def nearest(basis: Basis, amounts: Mapping[str, Decimal]) -> dict[str, Decimal] | None:
    """The furthest that the limits let go on the straight way from today to ``amounts``; None where nowhere.

    What is held stays; a move whose two ends would no longer balance without it goes nowhere.
    """
    today = basis.amounts
    moves = {e: a - today[e] for e, a in amounts.items() if a != today[e]}
    free = {e: move for e, move in moves.items() if basis.lever(e).held is None}
    even = sum(moves.values(), Decimal(0)) == 0
    for step in range(_STEPS, 0, -1):
        tried = _towards(basis, free, Decimal(step) / _STEPS, even=even)
        if tried is not None and tried != today and not refusals(basis, tried):
            return tried
    return None


def _towards(basis: Basis, moves: Mapping[str, Decimal], part: Decimal, *, even: bool) -> dict[str, Decimal] | None:
    """Today's amounts with a part of each move, cut to its own limits; the two ends of an even move stay even."""
    today, unit = basis.amounts, basis.unit
    steps = {e: _limited(basis, e, move * part) for e, move in moves.items()}
    if even:
        up = sum((s for s in steps.values() if s > 0), Decimal(0))
        down = -sum((s for s in steps.values() if s < 0), Decimal(0))
        least = min(up, down) // unit * unit
        if not least:
            return None
        steps = {**_scaled(steps, 1, least, up, unit), **_scaled(steps, -1, least, down, unit)}
    return {**today, **{e: today[e] + step for e, step in steps.items()}}


def _limited(basis: Basis, entity: str, move: Decimal) -> Decimal:
    lever = basis.lever(entity)
    room = max(lever.now * basis.limits.max_step, Decimal(0))
    size = min(abs(move), room) // lever.unit * lever.unit
    return size if move > 0 else -size


def _scaled(steps: Mapping[str, Decimal], sign: int, to: Decimal, of: Decimal, unit: Decimal) -> dict[str, Decimal]:
    own = {e: abs(s) * to / of for e, s in steps.items() if s * sign > 0}
    return {e: sign * s for e, s in round_to_billable(own, to, unit).items()}


def _free(basis: Basis, group: Group) -> list[Lever]:
    """The levers of a group that may move and whose response is known; where there is none, those that there are."""
    own = _levers(basis, group)
    fitted = [lever for lever in own if lever.entity in basis.today.amounts]
    return fitted or [lever for lever in own if lever.held is None] or own


def _levers(basis: Basis, group: Group) -> list[Lever]:
    return [basis.lever(entity) for entity in group.entities]


def _money(amount: Decimal, basis: Basis) -> str:
    return format_money(amount, basis.account.currency)
