"""The same media mix by full Bayesian sampling, where the optional extra ``mmm`` (pymc-marketing) is installed.

Kernels, curves, scales and controls are those of the default engine; the priors are pymc-marketing's own. Minutes, not
seconds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.errors import NotEnoughData
from analytics.mediamix.adstock import AdstockFamily
from analytics.mediamix.fit import Fitted, fit
from analytics.mediamix.mix import assemble
from analytics.mediamix.result import MediaMix
from analytics.mediamix.saturation import SaturationFamily
from analytics.mediamix.series import Series
from analytics.mediamix.solve import Solution
from analytics.mediamix.validation import try_later

Floats = NDArray[np.float64]
CHAINS = 2
TUNE = 500
SUPPORTED = (("geometric", "logistic"),)


def bayes_mix(
    series: Series,
    seed: int,
    *,
    adstock: AdstockFamily = "geometric",
    saturation: SaturationFamily = "logistic",
    draws: int = 1000,
) -> MediaMix:
    """Sample the posterior; the later-data test is that of the default engine's fit, which shares the model.

    Raises:
        ImportError: the extra is not installed.
        NotEnoughData: as the default engine, or families that this engine does not have.
    """
    import pymc_marketing.mmm  # noqa: F401  (fails here, before any work)

    if (adstock, saturation) not in SUPPORTED:
        raise NotEnoughData(
            f"--engine bayes has adstock geometric and saturation logistic, not {adstock}, {saturation}"
        )
    fitted = fit(series, np.random.default_rng(seed), adstock=adstock, saturation=saturation, draws=50)
    later = try_later(fitted, np.random.default_rng(seed))
    sampled = _sampled(fitted, draws, seed)
    middle = Solution(np.median(sampled.theta, axis=0)[None], np.median(sampled.beta, axis=0)[None], np.zeros(1))
    mix = assemble(replace(fitted, point=middle, draws=sampled), series, later, {})
    return replace(mix, engine="bayes")


def _sampled(fitted: Fitted, draws: int, seed: int) -> Solution:
    """Posterior draws of shapes and coefficients, in the units of the default engine."""
    import pandas as pd
    from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation

    series, beside = fitted.series, fitted.design
    # the level is the model's own intercept; the carryover's first periods have no controls of their own to give
    first = fitted.first
    controls = _standard(beside.columns[:, 1:])
    spend = {f"m{n}": series.spend[:, n] for n in range(len(series.channels))}
    frame = pd.DataFrame({"at": pd.to_datetime([_date(d) for d in series.day]), **spend})
    names = [f"c{n}" for n in range(controls.shape[1])]
    frame[names] = np.vstack([np.repeat(controls[:1], first, axis=0), controls])
    model = MMM(
        date_column="at", channel_columns=list(spend), control_columns=names or None,
        adstock=GeometricAdstock(l_max=series.carryover), saturation=LogisticSaturation(),
    )  # fmt: skip
    each = -(-draws // CHAINS)
    data: Any = model.fit(
        frame, pd.Series(series.outcome, name="y"), chains=CHAINS, draws=each, tune=TUNE, random_seed=seed,
        progressbar=False, cores=1,
    )  # fmt: skip
    posterior = getattr(data, "posterior", data)
    size = float(np.abs(series.outcome).max())
    alpha, lam, beta = (_flat(posterior[name]) for name in ("adstock_alpha", "saturation_lam", "saturation_beta"))
    return Solution(np.stack([alpha, np.log(lam)], axis=2), beta * size / fitted.unit, np.zeros(len(beta)))


def _flat(values: Any) -> Floats:
    stacked = values.stack(draw_=("chain", "draw")).transpose("draw_", ...)
    return np.asarray(stacked.to_numpy(), dtype=np.float64)


def _standard(columns: Floats) -> Floats:
    size = columns.std(axis=0)
    kept = columns[:, size > 1e-12]
    return np.asarray((kept - kept.mean(axis=0)) / size[size > 1e-12], dtype=np.float64)


def _date(ordinal: np.int64) -> str:
    from datetime import date

    return date.fromordinal(int(ordinal)).isoformat()
