"""Levers whose response the data support, how far each may move and why no further, and the split found for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from analytics.response import Response
from domain.policy import Limits
from domain.promise import Correction
from tools.budget.request import Request
from tools.levers import Lever, Levers
from tools.responses import respond

Floats = NDArray[np.float64]

LATELY_DAYS = 28


@dataclass(frozen=True, slots=True)
class Movable:
    """A lever whose response the data support, and how far it may move in one step.

    ``low_why`` and ``high_why`` name the constraint that sets each bound. ``weight`` is what a unit of outcome counts
    in the objective: the plan's margin where profit is asked for.
    """

    lever: Lever
    response: Response
    low: Decimal
    high: Decimal
    low_why: str = ""
    high_why: str = ""
    weight: float = 1.0

    def draws(self, amount: Decimal) -> Floats:
        """Outcome a day at a budget of ``amount``, per bootstrap draw."""
        return self.response.value(float(amount) * self.lever.share_spent)

    def lately(self) -> Floats:
        """Outcome a day that the spend of the last four weeks of mature days brought, per bootstrap draw."""
        days = self.lever.history[-LATELY_DAYS:]
        return self.response.value(sum(d.spend for d in days) / max(len(days), 1))

    def marginal(self, amount: Decimal) -> tuple[float, float, float]:
        """Outcome of the next unit of spend at ``amount``: low, mean and high of a 90 % interval."""
        slope = self.response.slope(float(amount) * self.lever.share_spent)
        low, high = np.quantile(slope, [0.05, 0.95])
        return float(low), float(slope.mean()), float(high)

    def tried(self, amount: Decimal) -> bool:
        spend = float(amount) * self.lever.share_spent
        return self.response.spend_low <= spend <= self.response.spend_high

    def raised(self, low: Decimal, why: str) -> Movable:
        """With a lower bound of at least ``low``, for the reason ``why`` where it is that one that binds."""
        return replace(self, low=low, low_why=why) if low > self.low else self

    def lowered(self, high: Decimal, why: str) -> Movable:
        """With an upper bound of at most ``high``, for the reason ``why`` where it is that one that binds."""
        return replace(self, high=high, high_why=why) if high < self.high else self


@dataclass(frozen=True, slots=True)
class Picked:
    """What a search over the fits picked, and the outcome a day by which these fits flatter it for that."""

    amounts: Mapping[str, Decimal]
    flattery: float


@dataclass(frozen=True, slots=True)
class Split:
    """The best split found. ``amounts`` holds every movable lever by entity, the unchanged ones too.

    ``held`` says by name why the others stay as they are. ``extrapolates`` where the total asked
    for could only be met outside the spend that was tried before. ``base_outcome`` is what all levers brought
    a day lately, and ``base_spend`` what those spent that stay.
    ``fixed`` are today's amounts of the levers that stay, by entity.
    """

    movable: tuple[Movable, ...]
    held: Mapping[str, str]
    amounts: Mapping[str, Decimal]
    total_now: Decimal
    total: Decimal
    extrapolates: bool
    request: Request = field(default_factory=Request)
    base_outcome: float = 0.0
    base_spend: float = 0.0
    correction: Correction | None = None  # what earlier predictions of the account came to
    fixed: Mapping[str, Decimal] = field(default_factory=dict)
    picked: Picked | None = None  # None where no search chose

    @property
    def changed(self) -> tuple[Movable, ...]:
        return tuple(m for m in self.movable if self.amounts[m.lever.entity] != m.lever.now)

    @property
    def today_allowed(self) -> bool:
        """Whether today's amounts keep all that was asked for beside the total."""
        for group in self.request.groups:
            now = sum((m.lever.now for m in self.movable if m.lever.entity in group.entities), Decimal(0))
            now += sum((self.fixed.get(e, Decimal(0)) for e in group.entities), Decimal(0))
            low, high = group.bound.low, group.bound.high
            if (low is not None and now < low) or (high is not None and now > high):
                return False
        return all(m.low <= m.lever.now <= m.high for m in self.movable)

    def gain(self, amounts: Mapping[str, Decimal]) -> Floats:
        """Outcome a day of ``amounts`` over today's, per draw, all levers together; corrected by the record."""
        return corrected(np.asarray(self.gains(amounts).sum(axis=0), dtype=np.float64), self.correction)

    def gains(self, amounts: Mapping[str, Decimal]) -> Floats:
        """Outcome a day of ``amounts`` over today's, ``(levers, draws)``, less what picking flatters; not corrected by
        the record.
        """
        found = self._fitted(amounts)
        if self.picked is None or not self.picked.flattery:
            return found
        return unflattered(found, self._fitted(self.picked.amounts).sum(axis=0), self.picked.flattery)

    def _fitted(self, amounts: Mapping[str, Decimal]) -> Floats:
        return np.array([m.draws(amounts[m.lever.entity]) - m.draws(m.lever.now) for m in self.movable])

    def base(self) -> float:
        """Outcome a day that the movable levers' spend brings today, by the mean of the draws."""
        return float(np.sum([m.draws(m.lever.now).mean() for m in self.movable]))

    def spend(self, amounts: Mapping[str, Decimal]) -> float:
        """Spend a day of the whole account at ``amounts``: a budget is spent by as much as it was lately."""
        return self.base_spend + sum(float(amounts[m.lever.entity]) * m.lever.share_spent for m in self.movable)

    def ratio(self, amounts: Mapping[str, Decimal]) -> Floats:
        """Outcome per unit of spend of the whole account at ``amounts``, per draw: ROAS, or one over the CPA."""
        gains = self.gains(amounts)
        added = np.sum([m.draws(m.lever.now) - m.lately() for m in self.movable], axis=0) + gains.sum(axis=0)
        return np.asarray((self.base_outcome + added) / self.spend(amounts), dtype=np.float64)

    def untouched(self) -> float:
        """Outcome a day that does not hang on the amounts, by the mean of the draws."""
        return self.base_outcome - float(np.sum([m.lately().mean() for m in self.movable]))


def unflattered(gains: Floats, picked: Floats, flattery: float) -> Floats:
    """Draws of some amounts' ``gains`` ``(levers, draws)`` without what flatters the ``picked`` plan (its draws).

    An error of the fit that made the plan look good reaches other amounts as far as their draws move with the plan's:
    half the plan is flattered by half of it, today not at all. How much it really was lies between nothing and twice
    ``flattery``, evenly: that doubt widens the draws.
    """
    around = picked - picked.mean()
    variance = float((around**2).mean())
    if variance <= 0:
        return gains
    reach = (gains - gains.mean(axis=1, keepdims=True)) @ around / around.size / variance
    wider = (1 + flattery**2 / 3 / variance) ** 0.5 - 1
    return np.asarray(gains + reach[:, None] * (wider * around - flattery), dtype=np.float64)


def corrected(gain: Floats, correction: Correction | None) -> Floats:
    """Draws of a gain brought to what earlier predictions came to: their mean moved, their spread made as wide."""
    if correction is None:
        return gain
    mid, sd = float(gain.mean()), float(gain.std())
    wide = correction.spread(mid, sd) / sd if sd > 0 else 0.0
    return np.asarray(correction.ratio * mid + (gain - mid) * wide, dtype=np.float64)


def fit_levers(levers: Levers, rng: np.random.Generator, limits: Limits) -> tuple[list[Movable], dict[str, str]]:
    """Fit every lever that may move; the others come back by name with the reason why they stay."""
    movable, held = [], {}
    for lever in levers.levers:
        stays = lever.held or ("it spends nothing now" if lever.now <= 0 else None)
        if stays is not None:
            held[lever.name] = stays
    free = [lever for lever in levers.levers if lever.name not in held]
    found = respond(levers, free, rng)
    for lever in free:
        response = found.fitted.get(lever.entity)
        if response is None:
            held[lever.name] = found.why[lever.entity]
        else:
            movable.append(within_tried(within_policy(lever, response, limits.max_step)))
    return movable, held


def within_policy(lever: Lever, response: Response, max_step: Decimal) -> Movable:
    """As far as one step may go, closed on the side that a person rejected."""
    step = f"no budget may change by more than {max_step * 100:.0f} % in one step"
    low, high = max(lever.now * (1 - max_step), min(lever.unit, lever.now)), lever.now * (1 + max_step)
    m = Movable(lever, response, low, high, step, step)
    if not lever.may_move(-1):
        m = m.raised(lever.now, "a person rejected a cut of it")
    return m if lever.may_move(1) else m.lowered(lever.now, "a person rejected a raise of it")


def within_tried(m: Movable) -> Movable:
    """Inside the spend that was tried, and always with today's amount inside."""
    share = Decimal(str(m.lever.share_spent))
    tried_low, tried_high = (Decimal(str(spend)) / share for spend in (m.response.spend_low, m.response.spend_high))
    why = "the spend that was tried before"
    return m.raised(min(tried_low, m.lever.now), why).lowered(max(tried_high, m.lever.now), why)


def base_of(levers: Levers, movable: list[Movable]) -> tuple[float, float]:
    """Outcome a day of all levers and spend a day of those that stay, of the last four weeks of mature days."""
    fitted = {m.lever.entity for m in movable}
    outcome = spend = 0.0
    for lever in levers.levers:
        days = lever.history[-LATELY_DAYS:]
        mean_spend, mean_outcome = (
            sum(getattr(d, part) for d in days) / max(len(days), 1) for part in ("spend", "outcome")
        )
        outcome += mean_outcome
        spend += 0.0 if lever.entity in fitted else mean_spend
    return outcome, spend
