"""How sure a synthetic control is: placebos in space, and conformal p-values and intervals in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analytics.errors import NotEnoughData
from analytics.synthetic_control.fit import Panel, fit
from analytics.synthetic_control.simplex import Floats, simplex_least_squares

Statistic = Literal["mean", "absolute"]
BAD_FIT = 20.0  # times the treated series' mean squared gap before the change, as Abadie et al. (2010)
SHUFFLES = 999
_NEAR = (
    0.0,
    0.05,
    -0.05,
    0.1,
    -0.1,
    0.25,
    -0.25,
    0.5,
    -0.5,
)  # of the earlier gap: where an accepted effect is looked for
_WIDENINGS = 12
_HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Placebo:
    """Where the treated series ranks among the donors, each treated as if it had been changed.

    ``p`` is rank over kept + 1, so it is never below 1 / (donors + 1); ``excluded`` donors fitted too badly before.
    """

    rank: int
    kept: int
    excluded: int
    p: float
    ratios: Floats  # of the kept donors: mean squared gap after over before


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean effect a period with its conformal interval. ``p`` is of no effect at all: 0 lies outside the interval
    exactly where p < 1 - level.
    """

    effect: float
    low: float
    high: float
    level: float
    p: float


def placebo(panel: Panel, *, demean: bool = False, bad_fit: float = BAD_FIT) -> Placebo:
    """Rank by the mean squared gap after the change over that before it; donors never include the treated series.

    Donors whose gap before is ``bad_fit`` times the treated series' (mean squares) are excluded.

    Source: Abadie, Diamond, Hainmueller (2010), section 3.4.
    """
    own_before, own_ratio = _ratio(panel, demean)
    ratios, excluded = [], 0
    for n in range(panel.donors.shape[1]):
        rest = np.delete(panel.donors, n, axis=1)
        if rest.shape[1] == 0:
            raise NotEnoughData("a placebo needs two donors")
        before, ratio = _ratio(Panel(panel.donors[:, n], rest, panel.before), demean)
        if before > bad_fit * own_before:
            excluded += 1
        else:
            ratios.append(ratio)
    rank = 1 + sum(r >= own_ratio for r in ratios)
    return Placebo(rank, len(ratios), excluded, rank / (len(ratios) + 1), np.array(ratios))


def _ratio(panel: Panel, demean: bool) -> tuple[float, float]:
    gap = fit(panel, demean=demean).gap
    before, after = float(np.mean(gap[: panel.before] ** 2)), float(np.mean(gap[panel.before :] ** 2))
    return before, after / before if before > 0 else np.inf


def p_value(
    panel: Panel,
    effect: float = 0.0,
    *,
    demean: bool = True,
    statistic: Statistic = "mean",
    rng: np.random.Generator | None = None,
) -> float:
    """How often a stretch as long as that after the change has gaps at least as large, were the effect ``effect``.

    The effect is taken off and the weights are fitted again on *all* periods; the gaps are then shifted around the
    circle, which keeps what one day tells of the next (never below 1 / periods). With ``rng`` they are shuffled
    instead, which is only right where days tell nothing of each other. ``mean`` looks for a lasting effect,
    ``absolute`` for any.

    Source: Chernozhukov, Wuethrich, Zhu (2021): moving block and iid permutations.
    """
    after = panel.treated.size - panel.before
    without = panel.treated.copy()
    without[panel.before :] -= effect
    gaps = _refitted(without, panel.donors, demean)
    looked = np.abs(gaps) if statistic == "absolute" else gaps
    own = abs(float(looked[panel.before :].sum())) * (1 - 1e-12)
    if rng is not None:
        sums = rng.permuted(np.tile(looked, (SHUFFLES, 1)), axis=1)[:, :after].sum(axis=1)
        return float((1 + np.sum(np.abs(sums) >= own)) / (SHUFFLES + 1))
    sums = np.convolve(np.concatenate([looked, looked[: after - 1]]), np.ones(after), mode="valid")
    return float(np.mean(np.abs(sums) >= own))


def interval(panel: Panel, level: float = 0.90, *, demean: bool = True) -> Interval:
    """The mean effects a period that the conformal test does not reject, around the estimated one.

    Raises:
        NotEnoughData: too few periods for the level, or every effect is possible.
    """
    alpha = 1 - level
    periods = panel.treated.size
    if periods * alpha < 1:
        raise NotEnoughData(f"{periods} periods cannot give an interval of {level:.0%}: that takes {1 / alpha:.0f}")
    control = fit(panel, demean=demean)
    effect, p = control.effect, p_value(panel, demean=demean)

    def fits(value: float) -> bool:
        return p_value(panel, value, demean=demean) >= alpha

    centre = next((v for v in (effect + share * control.rmse for share in _NEAR) if fits(v)), None)
    if centre is None:
        raise NotEnoughData("no constant effect explains the gaps after the change: they are not steady")
    step = max(control.rmse, abs(effect) * 1e-6, float(np.finfo(float).tiny))
    rejected = 0.0 if p < alpha else None
    low, high = (_end(fits, centre, side * step, rejected) for side in (-1, 1))
    if p >= alpha:
        low, high = min(low, 0.0), max(high, 0.0)
    return Interval(effect, min(low, effect), max(high, effect), level, p)


def _end(fits: Callable[[float], bool], centre: float, step: float, rejected: float | None) -> float:
    """Where the accepted effects end on the side of ``step``; never beyond ``rejected`` where that lies there."""
    inside, outside = centre, centre + step
    for _ in range(_WIDENINGS):
        if rejected is not None and (rejected - inside) * (rejected - outside) <= 0:
            outside = rejected
        if not fits(outside):
            break
        inside, outside = outside, centre + (outside - centre) * 2
    else:
        raise NotEnoughData("no effect, however large, can be told from none on these periods")
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if fits(middle) else (inside, middle)
    return inside


def _refitted(treated: Floats, donors: Floats, demean: bool) -> Floats:
    if demean:
        treated, donors = treated - treated.mean(), donors - donors.mean(axis=0)
    return np.asarray(treated - donors @ simplex_least_squares(donors, treated).weights)
