"""A person's wish to plans side by side: today, the best split, other totals, and what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from sqlalchemy.orm import Session

from analytics.errors import CannotEstimate
from domain.errors import BadInput, CannotAnswer, Refused
from domain.formatting import format_money
from domain.recommendation import Range
from store import accounts
from tools.base import ToolContext, refusal
from tools.budget import Bound, Floats, Request, best_split
from tools.drafting import one_account
from tools.effect import HORIZON_DAYS, expected_range
from tools.levers import Outcome
from tools.recommend import RecommendArguments
from tools.scenarios.asked import Aim, Amounts, Asked, More, Move, Share, Total, Wish
from tools.scenarios.basis import Basis
from tools.scenarios.basis import read as basis_of
from tools.scenarios.ends import Place, place
from tools.scenarios.estimate import NOTHING_SAID, Scenario, Understood, place_holder, scenario
from tools.scenarios.wishes import PER_DAYS, a_day, added, by_share, everything, moved, nearest, rate_of, set_to

TODAY, BEST, OWN, EVEN, NEAREST = "today", "best", "own", "even", "nearest"
YOURS = "Your plan"


@dataclass(frozen=True, slots=True)
class Side:
    """The plans of one account, today's first."""

    basis: Basis
    scenarios: tuple[Scenario, ...]

    def of(self, key: str) -> Scenario | None:
        return next((s for s in self.scenarios if s.key == key), None)

    def draws(self, plan: Scenario) -> Floats | None:
        """What a plan brings over today's in each draw, over the horizon; None where that is not estimated."""
        if plan.amounts is None or plan.estimate is None:
            return None
        split = self.basis.split(plan.amounts, plan.flattery)
        return split.gain(split.amounts) * HORIZON_DAYS


@dataclass(frozen=True, slots=True)
class Compared:
    """What was asked for, side by side. Two sides where money moves between accounts; ``both`` is then their sum.

    ``left_out`` says which accounts were not looked at, and why.
    """

    sides: tuple[Side, ...]
    both: Range | None = None
    both_worse: float | None = None
    no_sum: str | None = None
    left_out: tuple[str, ...] = ()


def compare(session: Session, context: ToolContext, asked: Asked) -> Compared:
    """The plans that answer what was asked.

    Raises:
        CannotAnswer: the figures cannot tell, or a name or a rate can be meant two ways (with choices).
        BadInput: a name nobody knows, an amount that is no budget.
    """
    if isinstance(asked.wish, Move):
        return _moved(session, context, asked.wish)
    where = place(session, context, asked.wish.of) if isinstance(asked.wish, Share) and asked.wish.of else None
    if where is None:
        account, left_out = one_account(session, context, RecommendArguments(accounts=asked.accounts))
    else:
        account, left_out = accounts.get(session, where.account_id), ()
    basis = basis_of(session, context, account, _counted(asked.wish))
    return Compared((Side(basis, _plans(basis, asked, where)),), left_out=left_out)


def _counted(wish: Wish | None) -> Outcome | None:
    """What a target counts: conversions for a CPA, revenue for a ROAS."""
    if not isinstance(wish, Aim) or wish.target is None:
        return None
    return "conversions" if wish.mode == "target_cpa" else "revenue"


def _plans(basis: Basis, asked: Asked, where: Place | None) -> tuple[Scenario, ...]:
    own = _own(basis, asked, where)
    today = scenario(basis, TODAY, "Today", {})
    best = best_of(basis, BEST, "Best split", Request())
    others = [] if own else [_other(basis, share) for share in asked.totals]
    return _distinct([today, best, *others, *own])


def _own(basis: Basis, asked: Asked, where: Place | None) -> list[Scenario]:
    wish = asked.wish
    match wish:
        case None | Move():
            return []
        case Share(share=share, of=None):
            return _all_by(basis, share)
        case Aim(mode=mode, target=target):
            return [best_of(basis, OWN, _aim_label(wish, basis), Request(mode=mode, target=target))]
        case Share(share=share):
            group = where.group(basis) if where is not None else everything(basis)
            return _with_nearest(
                basis, scenario(basis, OWN, f"{group.name} {_percent(share)}", by_share(basis, group, share))
            )
        case Amounts(by_name=wanted):
            return _with_nearest(basis, scenario(basis, OWN, YOURS, set_to(basis, wanted)))
        case Total(amount=amount):
            return [best_of(basis, OWN, f"{_money(amount, basis)} a day, best split", Request(total=amount))]
        case More(amount=amount, per=per):
            return [_more(basis, amount, per)]


def _all_by(basis: Basis, share: Decimal) -> list[Scenario]:
    """All budgets together by a share, split as well as can be; and beside it the plain rule."""
    words = _percent(share)
    even = by_share(basis, everything(basis), share)
    total = basis.today.total_now + _rounded(basis.today.total_now * share, basis)
    best = Request(mode="least_loss", cut=-share) if share < 0 else Request(total=total)
    return [
        best_of(basis, OWN, f"{words}, {'least loss' if share < 0 else 'best split'}", best),
        scenario(basis, EVEN, f"{words}, all by the same share", even),
    ]


def _aim_label(aim: Aim, basis: Basis) -> str:
    if aim.target is None:
        return "The same for less"
    if aim.mode == "target_cpa":
        return f"CPA of {_money(aim.target, basis)} at most"
    return f"ROAS of {aim.target.normalize():f} at least"


def _more(basis: Basis, amount: Decimal, per: str | None) -> Scenario:
    currency = basis.account.currency
    rate = rate_of(basis.today.total_now, abs(amount), per, currency)
    daily = a_day(amount, rate, basis.unit)
    word = "more" if amount > 0 else "less"
    said = _understood(abs(amount), abs(daily), rate, f" {word}")
    label = f"{_money(abs(amount), basis)} {word} a {rate}"
    return best_of(basis, OWN, label, _one_way(basis, daily), said=said)


def _one_way(basis: Basis, more: Decimal) -> Request:
    """Another total to which no budget moves the other way: what more money does, not a new split of the old."""
    bounds = {
        e: Bound(low=m.lever.now) if more > 0 else Bound(high=m.lever.now)
        for m in basis.today.movable
        for e in [m.lever.entity]
    }
    return Request(total=basis.today.total_now + more, bounds=bounds)


def best_of(basis: Basis, key: str, label: str, request: Request, *, said: Understood = NOTHING_SAID) -> Scenario:
    """The best split that does what is asked for, or why there is none with the nearest that there is."""
    try:
        known = (basis.today.movable, basis.today.held)
        split = best_split(basis.levers, request, basis.limits, basis.rng(), known=known)
    except (Refused, CannotEstimate, BadInput) as no:
        return Scenario(key, label, None, refused=refusal(no), understood=said.text, figures=said.figures)
    flattery = 0.0 if split.picked is None else split.picked.flattery
    return scenario(basis, key, label, split.amounts, said=said, flattery=flattery)


def _other(basis: Basis, share: Decimal) -> Scenario:
    total = basis.today.total_now + _rounded(basis.today.total_now * share, basis)
    return best_of(basis, f"total{share:+}", f"{_percent(share)}", Request(total=total))


def _moved(session: Session, context: ToolContext, move: Move) -> Compared:
    source, target = (place(session, context, end) for end in (move.source, move.target))
    if source.account_id == target.account_id:
        if source.campaigns is None and target.campaigns is None:
            raise CannotAnswer(f"{source.name} and {target.name} are the same account: there is nothing to move")
        basis = basis_of(session, context, accounts.get(session, source.account_id))
        return Compared((Side(basis, _within(basis, move, source, target)),))
    return _across(session, context, move, source, target)


def _within(basis: Basis, move: Move, source: Place, target: Place) -> tuple[Scenario, ...]:
    daily, said = _rate(move, basis.today.total_now, basis, f" from {source.name} to {target.name}")
    amounts = moved(basis, source.group(basis), target.group(basis), daily)
    own = scenario(basis, OWN, YOURS, amounts, said=said)
    return _distinct(
        [
            scenario(basis, TODAY, "Today", {}),
            best_of(basis, BEST, "Best split", Request()),
            *_with_nearest(basis, own),
        ]
    )


def _across(session: Session, context: ToolContext, move: Move, source: Place, target: Place) -> Compared:
    """Two accounts' plans: one with the money less, one with it more. Each is a recommendation of its own."""
    ours, theirs = (accounts.get(session, p.account_id) for p in (source, target))
    if ours.currency != theirs.currency:
        raise CannotAnswer(
            f"{ours.name} keeps money in {ours.currency} and {theirs.name} in {theirs.currency}; without a dated rate "
            "no amount can be moved between them"
        )
    here, there = (basis_of(session, context, a) for a in (ours, theirs))
    words = f" from {source.name} to {target.name}"
    daily, said = _rate(move, max(here.today.total_now, there.today.total_now), here, words)
    sides = (
        Side(here, _one_side(here, source, -daily, said)),
        Side(there, _one_side(there, target, daily, NOTHING_SAID)),
    )
    return _with_sum(Compared(sides))


def _one_side(basis: Basis, where: Place, more: Decimal, said: Understood) -> tuple[Scenario, ...]:
    label = f"{where.name} {_money(more, basis, signed=True)} a day"
    if where.campaigns is None:
        own = [best_of(basis, OWN, label, _one_way(basis, more), said=said)]
    else:
        amounts = added(basis, where.group(basis), more)
        own = _with_nearest(basis, scenario(basis, OWN, label, amounts, said=said))
    return _distinct([scenario(basis, TODAY, "Today", {}), *own])


def _with_sum(compared: Compared) -> Compared:
    """Both accounts' expected change together. Their fits know nothing of each other: draw is added to draw."""
    first, second = compared.sides
    if first.basis.levers.outcome != second.basis.levers.outcome:
        return replace(compared, no_sum="one account counts revenue and the other conversions, so they have no sum")
    drawn = [side.draws(plan) for side in compared.sides if (plan := side.of(OWN)) is not None]
    if len(drawn) != 2 or drawn[0] is None or drawn[1] is None:
        return replace(compared, no_sum="what one of the two accounts would do is not known, so they have no sum")
    together = drawn[0] + drawn[1]
    worse = (int(np.sum(together < 0)) + 1) / (len(together) + 1)
    return replace(
        compared, both=expected_range(together, first.basis.levers, first.basis.account), both_worse=min(worse, 1.0)
    )


def _with_nearest(basis: Basis, own: Scenario) -> list[Scenario]:
    """A plan that may not be proposed has the nearest that may beside it; it is never clamped without a word."""
    if not own.forbidden or own.amounts is None:
        return [own]
    near = nearest(basis, own.amounts)
    return [own] if near is None else [own, scenario(basis, NEAREST, "Nearest that may be", near)]


def _rate(move: Move, total: Decimal, basis: Basis, words: str) -> tuple[Decimal, Understood]:
    rate = rate_of(total, move.amount, move.per, basis.account.currency)
    daily = a_day(move.amount, rate, basis.unit)
    if daily <= 0:
        raise BadInput(f"{move.amount} a {rate} is less than what can be moved: {basis.unit} a day at least")
    return daily, _understood(move.amount, daily, rate, words)


def _understood(amount: Decimal, daily: Decimal, rate: str, words: str) -> Understood:
    asked = (f"amount asked about, a {rate}", amount, "as asked")
    if rate == "day":
        return Understood(f"{place_holder(0)} a day{words}", (asked,))
    reckoned = ("that amount a day", daily, f"the amount over {PER_DAYS[rate]} days, in billable steps")
    return Understood(f"{place_holder(0)} a {rate}{words}, which is {place_holder(1)} a day", (asked, reckoned))


def _distinct(plans: Sequence[Scenario]) -> tuple[Scenario, ...]:
    """Without a best split that is today's over again."""
    today = plans[0]
    return tuple(p for p in plans if not (p.key == BEST and p.amounts == today.amounts))


def _rounded(amount: Decimal, basis: Basis) -> Decimal:
    return (amount / basis.unit).to_integral_value(ROUND_HALF_UP) * basis.unit


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():+f} %"


def _money(amount: Decimal, basis: Basis, *, signed: bool = False) -> str:
    said = format_money(abs(amount), basis.account.currency)
    return f"{'+' if amount > 0 else '-'}{said}" if signed and amount else said
