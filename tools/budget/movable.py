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
class Split:
    """The best split found. ``amounts`` holds every movable lever by entity, the unchanged ones too.

    ``held`` says by name why the others stay as they are. ``extrapolates`` where the total asked
    for could only be met outside the spend that was tried before. ``base_outcome`` and ``base_spend`` are what
    comes a day whatever the amounts: of the levers that stay, and of the others what does not hang on spend.
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

    @property
    def changed(self) -> tuple[Movable, ...]:
        return tuple(m for m in self.movable if self.amounts[m.lever.entity] != m.lever.now)

    def gain(self, amounts: Mapping[str, Decimal]) -> Floats:
        """Outcome a day of ``amounts`` over today's, per draw, all levers together; corrected by the record."""
        gains = [m.draws(amounts[m.lever.entity]) - m.draws(m.lever.now) for m in self.movable]
        return corrected(np.asarray(np.sum(gains, axis=0), dtype=np.float64), self.correction)

    def base(self) -> float:
        """Outcome a day that the movable levers' spend brings today, by the mean of the draws."""
        return float(np.sum([m.draws(m.lever.now).mean() for m in self.movable]))

    def spend(self, amounts: Mapping[str, Decimal]) -> float:
        """Spend a day of the whole account at ``amounts``: a budget is spent by as much as it was lately."""
        return self.base_spend + sum(float(amounts[m.lever.entity]) * m.lever.share_spent for m in self.movable)

    def ratio(self, amounts: Mapping[str, Decimal]) -> Floats:
        """Outcome per unit of spend of the whole account at ``amounts``, per draw: ROAS, or one over the CPA."""
        brought = np.sum([m.draws(amounts[m.lever.entity]) for m in self.movable], axis=0)
        return np.asarray((self.base_outcome + brought) / self.spend(amounts), dtype=np.float64)


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
    step = f"the policy's step of at most {max_step * 100:.0f} %"
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
    """Outcome and spend a day that do not hang on the amounts; of the last four weeks of mature days."""
    fitted = {m.lever.entity: m for m in movable}
    outcome = spend = 0.0
    for lever in levers.levers:
        days = lever.history[-LATELY_DAYS:]
        mean_spend, mean_outcome = (
            sum(getattr(d, part) for d in days) / max(len(days), 1) for part in ("spend", "outcome")
        )
        outcome += mean_outcome
        if (m := fitted.get(lever.entity)) is None:
            spend += mean_spend
        else:
            outcome -= float(m.response.value(mean_spend).mean())
    return outcome, spend
