"""What a bid target should be, from what the next unit of spend returns.

A platform holds the *average* return of a campaign at its target; whether more spend pays is told by the *marginal*
return. The spend worth having is where the marginal return meets the hurdle (what a unit of spend has to bring to
pay); the target that leads there is the average return at that spend. Days tell the differences along a curve, hardly
its level (a level for each weekday stands beside it), so the level is the one that was observed: outcome at a spend is
what the mature days brought, plus the curve's difference from there. The target moves as the average then does.

Everything is in returns, outcome per unit of spend: a ROAS as it is, a CPA as one over it. Nothing moves where data
are few, where the interval of the marginal return straddles the hurdle, or where not the bid is what limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries

Floats = NDArray[np.float64]
Kind = Literal["cpa", "roas"]

LEVEL = 0.90
MIN_CONVERSIONS = 30.0
VOLUME_DAYS = 30
LEAST_MOVE = 0.02
MOST_CHANCE_WORSE = 0.20
LIMITED_FROM = 0.90
LOST_FROM = 0.05
_GRID = 161


class Curve(Protocol):
    """A fitted response, such as ``analytics.response.Response``: outcome and its slope at a spend, per draw."""

    @property
    def spend_low(self) -> float: ...
    @property
    def spend_high(self) -> float: ...
    def value(self, spend: float) -> Floats: ...
    def slope(self, spend: float) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Situation:
    """One target and how its campaigns ran. ``spend`` is a day's, recent; ``achieved`` is outcome per unit of spend on
    mature days, on which a day's spend was ``mature_spend``.

    ``target`` is in its own unit (a CPA or a ROAS), ``conversions`` are those of the last ``VOLUME_DAYS`` mature days.
    ``used`` is spend over budget and ``lost_to_budget``, ``lost_to_rank`` shares of eligible impressions; None where
    not known. ``hurdle`` is the outcome that the next unit of spend has to bring: 1 / margin for revenue, 1 / (what a
    conversion may cost) for conversions.
    """

    kind: Kind
    target: float
    spend: float
    achieved: float
    mature_spend: float
    conversions: float
    hurdle: float
    used: float | None = None
    lost_to_budget: float | None = None
    lost_to_rank: float | None = None

    @property
    def aimed(self) -> float:
        """The target as a return."""
        return self.target if self.kind == "roas" else 1 / self.target

    @property
    def budget_limits(self) -> bool:
        """Whether the budget, and not the bid, is what stops it."""
        full = self.used is not None and self.used >= LIMITED_FROM
        return full or (self.lost_to_budget is not None and self.lost_to_budget >= LOST_FROM)


@dataclass(frozen=True, slots=True)
class Held:
    """The target stays, and why. ``marginal`` is (low, mean, high) of the next unit's return where it was estimated."""

    reason: str
    marginal: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another target. ``spend`` and ``outcome`` are a day's change against today, per draw; ``best`` is the target that
    the curve would lead to at last, of which ``target`` is the step that is allowed now."""

    target: float
    best: float
    marginal: tuple[float, float, float]
    spend: Floats
    outcome: Floats
    net: Floats
    chance_worse: float

    @property
    def loosens(self) -> bool:
        """Whether it may spend more."""
        return bool(self.spend.mean() > 0)


def propose(curve: Curve, at: Situation, max_step: float, unit: float) -> Proposal | Held:
    """The next target of one campaign or portfolio, at most ``max_step`` (a fraction) from today's, a multiple of
    ``unit``; or why it stays.

    Raises:
        BadSeries: a figure that is not positive and finite.
    """
    _check(at, max_step, unit)
    if at.conversions < MIN_CONVERSIONS:
        return Held(
            f"it had {at.conversions:.0f} conversions in the last {VOLUME_DAYS} mature days; "
            f"{MIN_CONVERSIONS:.0f} are needed"
        )
    marginal = _interval(curve.slope(at.spend))
    if (limited := _nothing_to_move(at, marginal, max_step)) is not None:
        return Held(limited, marginal)
    looser = marginal[0] > at.hurdle
    grid, values = _on_grid(curve, at)
    best = _own_unit(at, at.aimed * _ratio_at_best(grid, values, at))
    target = _stepped(at.target, best, max_step, unit)
    if abs(target / at.target - 1) < LEAST_MOVE or _is_looser(at, target) is not looser:
        return Held("its target is where the curve would have it, to the smallest step worth a change", marginal)
    return _judged(grid, values, at, target, best, marginal)


def _check(at: Situation, max_step: float, unit: float) -> None:
    figures = {
        "target": at.target, "spend": at.spend, "achieved": at.achieved, "mature_spend": at.mature_spend,
        "hurdle": at.hurdle, "max_step": max_step, "unit": unit,
    }  # fmt: skip
    for name, value in figures.items():
        if not np.isfinite(value) or value <= 0:
            raise BadSeries(f"{name} is {value}; it has to be a positive number")


def _interval(draws: Floats) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(draws.mean()), float(high)


def _nothing_to_move(at: Situation, marginal: tuple[float, float, float], max_step: float) -> str | None:
    low, _, high = marginal
    if low <= at.hurdle <= high:
        return (
            f"what the next unit of spend returns ({_in_words(at, low)} to {_in_words(at, high)}, "
            f"{LEVEL * 100:.0f} % interval) cannot be told from what it has to ({_in_words(at, at.hurdle)})"
        )
    if low > at.hurdle:
        return _why_not_looser(at)
    tightest = at.aimed * (1 + max_step if at.kind == "roas" else 1 / (1 - max_step))
    if at.budget_limits and tightest <= at.achieved:
        return (
            f"it achieves {_in_words(at, at.achieved)}, better than the tightest target that one step allows, because "
            "its budget stops it first: a tighter target changes nothing, a smaller budget would"
        )
    return None


def _why_not_looser(at: Situation) -> str | None:
    """A looser target only brings more where the bid is what keeps impressions away."""
    if at.budget_limits:
        used = "" if at.used is None else f" (it spends {at.used * 100:.0f} % of it)"
        return f"the next unit of spend pays, but its budget stops it, not its bid{used}: the budget is what to raise"
    if at.lost_to_rank is None:
        return "the next unit of spend pays, but the platform does not say whether its bids lose impressions"
    if at.lost_to_rank < LOST_FROM:
        return (
            f"the next unit of spend pays, but it loses {at.lost_to_rank * 100:.0f} % of its impressions to rank: "
            "neither the bid nor the budget is what limits it"
        )
    return None


def _in_words(at: Situation, returned: float) -> str:
    """A return as the owner's own measure: ``CPA 31.2`` or ``ROAS 2.41``."""
    if at.kind == "roas":
        return f"ROAS {returned:.2f}"
    return f"CPA {1 / returned:.2f}" if returned > 0 else "no conversion"


def _on_grid(curve: Curve, at: Situation) -> tuple[Floats, Floats]:
    """Spends ``(grid,)`` inside what was tried (today's among them) and the outcome there ``(draws, grid)``."""
    low, high = min(curve.spend_low, at.spend), max(curve.spend_high, at.spend)
    grid = np.unique(np.append(np.linspace(low, high, _GRID), at.spend))
    grid = grid[grid > 0]
    observed = at.achieved * at.mature_spend - curve.value(at.mature_spend)
    return grid, np.maximum(np.column_stack([curve.value(float(s)) for s in grid]) + observed[:, None], 0.0)


def _ratio_at_best(grid: Floats, values: Floats, at: Situation) -> float:
    """Average return where the next unit just meets the hurdle, over the average return today; median of the draws."""
    best = np.argmax(values - at.hurdle * grid, axis=1)
    now = values[:, np.searchsorted(grid, at.spend)] / at.spend
    there = values[np.arange(len(values)), best] / grid[best]
    return float(np.nanmedian(there / np.where(now > 0, now, np.nan)))


def _own_unit(at: Situation, returned: float) -> float:
    return returned if at.kind == "roas" else 1 / returned


def _is_looser(at: Situation, target: float) -> bool:
    return target < at.target if at.kind == "roas" else target > at.target


def _stepped(now: float, best: float, max_step: float, unit: float) -> float:
    """Towards ``best`` by at most ``max_step``, on the grid of ``unit``, rounded towards today's target."""
    wanted = min(max(best, now * (1 - max_step)), now * (1 + max_step))
    units = np.floor(wanted / unit + 1e-9) if wanted > now else np.ceil(wanted / unit - 1e-9)
    return round(float(units) * unit, 9)


def _judged(
    grid: Floats, values: Floats, at: Situation, target: float, best: float, marginal: tuple[float, float, float]
) -> Proposal | Held:
    """What the step does in each draw: the platform goes to where the average has moved as the target did."""
    today = int(np.searchsorted(grid, at.spend))
    now = values[:, today]
    average = values / grid / (now / at.spend)[:, None]  # 1 at today's spend
    average = np.minimum.accumulate(average, axis=1)  # a level below zero would make it rise: the platform stops there
    reference = at.achieved if at.budget_limits else at.aimed  # what binds today
    wanted = (target if at.kind == "roas" else 1 / target) / reference
    goes_to = np.array([np.interp(-wanted, -row, grid) for row in average])  # averages fall, np.interp wants rising
    if at.budget_limits:
        goes_to = np.minimum(goes_to, at.spend)
    outcome = np.array([np.interp(s, grid, row) for s, row in zip(goes_to, values, strict=True)]) - now
    spend = goes_to - at.spend
    net = outcome / at.hurdle - spend
    worse = (int(np.sum(net < 0)) + 1) / (len(net) + 1)  # some hundred draws cannot show that it never happens
    if worse > MOST_CHANCE_WORSE or net.mean() <= 0:
        return Held(
            f"a step may as well be worse than today: the chance of that is {min(worse, 1) * 100:.0f} %", marginal
        )
    return Proposal(target, best, marginal, spend, outcome, net, min(worse, 1.0))
