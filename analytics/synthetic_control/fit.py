"""What would have come without a change: a weighted mean of series that the change left alone, fitted before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.errors import BadSeries, NotEnoughData
from analytics.synthetic_control.simplex import Floats, simplex_least_squares

FEWEST_BEFORE = 8
_LAMBDAS, _SMALLEST = 20, 1e-8  # as augsynth: the grid of ridge penalties, from the largest singular value down


@dataclass(frozen=True, slots=True)
class Panel:
    """One treated series and its donors over the same periods, the first ``before`` of which precede the change.

    ``treated`` has T values, ``donors`` is T x n, in one unit.
    """

    treated: Floats
    donors: Floats
    before: int

    def __post_init__(self) -> None:
        periods = self.treated.shape[0]
        if self.donors.ndim != 2 or self.donors.shape[0] != periods:
            raise BadSeries(f"{periods} periods of the changed series and {self.donors.shape} of the donors")
        if not (np.isfinite(self.treated).all() and np.isfinite(self.donors).all()):
            raise BadSeries("a series has an unknown or infinite value; leave that period or that donor out")
        if self.donors.shape[1] == 0:
            raise NotEnoughData("there is no series that the change left alone")
        if not FEWEST_BEFORE <= self.before < periods:
            raise NotEnoughData(
                f"{self.before} periods before the change and {periods - self.before} after; "
                f"a fit needs {FEWEST_BEFORE} before and one after"
            )


@dataclass(frozen=True, slots=True)
class Control:
    """The synthetic control. ``gap`` is actual less synthetic in every period, the effect from ``before`` on.

    ``weights`` are at least 0 and sum to 1 (with a ridge they still sum to 1, but may be negative). ``rmse`` is of the
    gap before the change, ``l2`` the length of that gap and ``scaled_l2`` its share of the length with equal weights:
    above 1 the fit is worse than the plain mean. ``inside_hull`` is the share of earlier periods in which some mix of
    donors could meet the series; ``bias`` is what the ridge took off the mean effect.
    """

    weights: Floats
    synthetic: Floats
    gap: Floats
    before: int
    rmse: float
    l2: float
    scaled_l2: float
    inside_hull: float
    bias: float = 0.0

    @property
    def effect(self) -> float:
        """Mean gap after the change."""
        return float(self.gap[self.before :].mean())

    @property
    def cumulative(self) -> float:
        """Sum of the gap after the change."""
        return float(self.gap[self.before :].sum())

    @property
    def lift(self) -> float:
        """The effect as a share of what would have come."""
        return self.cumulative / float(self.synthetic[self.before :].sum())


def fit(panel: Panel, *, demean: bool = True, ridge: bool = False) -> Control:
    """Fit on the periods before the change alone; nothing later is looked at.

    ``demean`` takes each series' earlier mean off first (a donor may be larger or smaller than the treated series).
    ``ridge`` augments the weights where the simplex leaves a gap, its penalty chosen by leaving out one period at a
    time (the largest within one standard error of the best).

    Raises:
        NotEnoughData: no donor, or too few periods.

    Source: Abadie, Diamond, Hainmueller (2010); Doudchenko, Imbens (2016) for the intercept; Ben-Michael, Feller,
    Rothstein (2021) for the ridge, as in the R package augsynth.
    """
    b = panel.before
    means = panel.donors[:b].mean(axis=0) if demean else np.zeros(panel.donors.shape[1])
    mean = float(panel.treated[:b].mean()) if demean else 0.0
    donors, treated = panel.donors - means, panel.treated - mean
    plain = simplex_least_squares(donors[:b], treated[:b]).weights
    weights = plain + _augment(donors[:b], treated[:b], plain) if ridge else plain
    gap = treated - donors @ weights
    equal = treated[:b] - donors[:b].mean(axis=1)
    l2, naive = float(np.linalg.norm(gap[:b])), float(np.linalg.norm(equal))
    shift = float((gap - (treated - donors @ plain))[b:].mean())
    return Control(
        weights=weights,
        synthetic=panel.treated - gap,
        gap=gap,
        before=b,
        rmse=l2 / b**0.5,
        l2=l2,
        scaled_l2=l2 / naive if naive > 0 else 0.0,
        inside_hull=_inside(donors[:b], treated[:b]),
        bias=-shift,
    )


def difference_in_differences(panel: Panel) -> float:
    """The treated series' change of mean less that of the plain mean of the donors."""
    b = panel.before
    own = panel.treated[b:].mean() - panel.treated[:b].mean()
    return float(own - (panel.donors[b:].mean() - panel.donors[:b].mean()))


def synthetic_difference(panel: Panel) -> float:
    """Mean effect by synthetic difference in differences: donors and earlier periods both weighted.

    Source: Arkhangelsky, Athey, Hirshberg, Imbens, Wager (2021), algorithm 1; penalties as in the R package synthdid.
    """
    b, after = panel.before, panel.treated.size - panel.before
    noise = float(np.diff(panel.donors[:b], axis=0).std(ddof=1))
    earlier, later = panel.donors[:b], panel.donors[b:].mean(axis=0)
    centred = earlier - earlier.mean(axis=0), panel.treated[:b] - panel.treated[:b].mean()
    units = simplex_least_squares(*centred, ridge=b * (after**0.25 * noise) ** 2).weights
    rows = (earlier - earlier.mean(axis=1, keepdims=True)).T
    times = simplex_least_squares(rows, later - later.mean(), ridge=later.size * (1e-6 * noise) ** 2).weights
    own = panel.treated[b:].mean() - times @ panel.treated[:b]
    return float(own - (later - times @ earlier) @ units)


def _inside(donors: Floats, treated: Floats) -> float:
    return float(((treated >= donors.min(axis=1)) & (treated <= donors.max(axis=1))).mean())


def _augment(donors: Floats, treated: Floats, weights: Floats) -> Floats:
    """What the ridge adds to the weights. Donors are centred by period, so that the sum of weights stays 1."""
    middle = donors.mean(axis=1)
    centred, own = (donors - middle[:, None]).T, treated - middle  # donors x periods, periods
    penalties = float(np.linalg.svd(centred, compute_uv=False)[0]) ** 2 * _SMALLEST ** (
        np.arange(_LAMBDAS + 1) / _LAMBDAS
    )
    errors = np.array([_left_out(centred, own, penalties, held) for held in range(own.size - 1)])
    mean, spread = errors.mean(axis=0), errors.std(axis=0, ddof=1) / len(errors) ** 0.5
    best = int(mean.argmin())
    penalty = float(penalties[mean <= mean[best] + spread[best]].max())
    return np.asarray(_ridge(centred, own, weights, np.array([penalty]))[0], dtype=np.float64)


def _left_out(centred: Floats, own: Floats, penalties: Floats, held: int) -> Floats:
    """Squared error in the period ``held``, left out of both fits, for each penalty."""
    kept = np.delete(np.arange(own.size), held)
    weights = simplex_least_squares(centred[:, kept].T, own[kept]).weights
    added = _ridge(centred[:, kept], own[kept], weights, penalties)
    return np.asarray((own[held] - (weights + added) @ centred[:, held]) ** 2)


def _ridge(centred: Floats, own: Floats, weights: Floats, penalties: Floats) -> Floats:
    """(x - Xw)' (X'X + penalty)^-1 X', per penalty, by the singular values of X (donors x periods)."""
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    missed = right @ (own - weights @ centred)
    shrunk = sizes[None, :] * missed[None, :] / (sizes[None, :] ** 2 + penalties[:, None])
    return np.asarray(shrunk @ left.T)
