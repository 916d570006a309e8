"""Whether values still come from where a model was fitted: two-sample Kolmogorov-Smirnov and population stability.

Pure: two samples in, a frozen verdict out. Values are taken as exchangeable within a sample; daily values that hang
together from day to day are to be given as residuals, or thinned, first: else the p-value is too small.

Source: Smirnov's two-sample test (exact distribution of scipy for small samples); the population stability index as in
Yurdakul (2018), "Statistical properties of population stability index", whose chi-square quantile is the bound here:
under no drift PSI is about (1/n + 1/m) times a chi-square with bins - 1 degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import BadSeries, NotEnoughData

BINS = 10
FLOOR = 1e-4
"""The share that an empty bin counts as, so that the logarithm is defined."""
PSI_MATTERS = 0.2
"""From here on a shift counts as large (0.1 to 0.2 as moderate), by the convention of credit scoring."""
ALPHA = 0.05
FEWEST = 8
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Drift:
    """One look. ``alpha`` is what is left of the error allowed after dividing it among ``looks``.

    ``drifted``: both measures say so, Kolmogorov-Smirnov that it is no chance (p below alpha) and PSI that it is large
    (``psi`` above ``psi_bound``, the larger of 0.2 and what chance alone exceeds with probability alpha).
    """

    ks: float
    ks_p: float
    psi: float
    psi_bound: float
    alpha: float
    before: int
    after: int
    drifted: bool


def drift(before: Floats, after: Floats, *, looks: int = 1, alpha: float = ALPHA, bins: int = BINS) -> Drift:
    """Compare two samples, NaN left out. ``looks``: how many comparisons share the error ``alpha`` (Bonferroni).

    Raises:
        NotEnoughData: fewer than 8 known values in a sample.
        BadSeries: an infinite value, or looks, alpha or bins that make no test.
    """
    if looks < 1 or not 0 < alpha < 1 or bins < 2:
        raise BadSeries(
            f"{looks} looks, alpha {alpha} and {bins} bins make no test: at least 1 look, 2 bins, and alpha in 0 to 1"
        )
    was, now = _known(before, "before"), _known(after, "after")
    from scipy.stats import chi2, ks_2samp

    tested = ks_2samp(was, now)
    each = alpha / looks
    edges = quantile_edges(was, bins)
    freedom = max(1, len(edges))
    bound = max(PSI_MATTERS, float((1 / was.size + 1 / now.size) * chi2.ppf(1 - each, freedom)))
    shift = psi(was, now, bins=bins)
    moved = bool(tested.pvalue < each and shift > bound)
    return Drift(float(tested.statistic), float(tested.pvalue), shift, bound, each, was.size, now.size, moved)


def drifts(pairs: Sequence[tuple[Floats, Floats]], *, alpha: float = ALPHA) -> tuple[Drift | None, ...]:
    """Compare several pairs at once, the error shared among those that can be compared; None where one cannot be."""
    able = [_count(a) >= FEWEST and _count(b) >= FEWEST for a, b in pairs]
    looks = max(1, sum(able))
    return tuple(drift(a, b, looks=looks, alpha=alpha) if ok else None for (a, b), ok in zip(pairs, able, strict=True))


def psi(before: Floats, after: Floats, *, bins: int = BINS) -> float:
    """Sum over bins of (q - p) ln(q / p), p and q the shares before and after; 0 where nothing moved.

    The bins lie between the quantiles of ``before`` (equal ones count once, so that a value seen often has its own
    bin) and are open at both ends; an empty bin counts as a share of 0.0001.
    """
    edges = quantile_edges(before, bins)
    p, q = (_shares(values, edges) for values in (before, after))
    return float(np.sum((q - p) * np.log(q / p)))


def quantile_edges(before: Floats, bins: int = BINS) -> Floats:
    """The inner edges between bins, rising; a bin holds values above one edge up to the next."""
    inner = np.quantile(before, np.arange(1, bins) / bins, method="inverted_cdf")
    edges = np.unique(inner)
    if edges[-1] == before.max():  # the last bin would be empty before: what lies above is new
        edges = edges[:-1] if edges.size > 1 else edges
    return np.asarray(edges, dtype=np.float64)


def _shares(values: Floats, edges: Floats) -> Floats:
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=edges.size + 1)
    return np.maximum(counts / values.size, FLOOR)


def _known(values: Floats, words: str) -> Floats:
    found = np.asarray(values, dtype=np.float64).ravel()
    found = found[~np.isnan(found)]
    if np.isinf(found).any():
        raise BadSeries(f"the sample {words} holds an infinite value")
    if found.size < FEWEST:
        raise NotEnoughData(f"the sample {words} has {found.size} known values; {FEWEST} are needed")
    return found


def _count(values: Floats) -> int:
    return int(np.count_nonzero(~np.isnan(np.asarray(values, dtype=np.float64))))
