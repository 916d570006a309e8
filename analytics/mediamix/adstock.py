"""Carryover of advertising: what is spent in one period works in the periods after it.

Weights sum to 1, so that a spend that stays the same is its own adstock, and a curve over adstock reads as a curve over
spend per period. Kernels are those of pymc-marketing (``normalize=True``), over ``length`` periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
AdstockFamily = Literal["geometric", "delayed", "weibull_pdf", "weibull_cdf", "none"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One shape parameter: its bounds, and a weak pull (mean and spread, on a log scale where ``log``) towards usual
    values that decides only where the figures do not."""

    name: str
    low: float
    high: float
    usual: float
    spread: float
    log: bool = False


def parameters(family: AdstockFamily, length: int) -> tuple[Parameter, ...]:
    """The parameters of ``family``, in the order in which ``weights`` takes them."""
    decay = Parameter("alpha", 0.0, 0.95, 0.3, 0.3)
    match family:
        case "none":
            return ()
        case "geometric":
            return (decay,)
        case "delayed":
            return (decay, Parameter("theta", 0.0, max(length / 2, 1.0), 1.0, 2.0))
        case "weibull_pdf" | "weibull_cdf":
            return (
                Parameter("lam", 0.3, float(length), 2.0, 1.0, log=True),
                Parameter("k", 0.3, 8.0, 1.5, 0.7, log=True),
            )


def weights(family: AdstockFamily, shape: Floats, length: int) -> Floats:
    """Weights of the lags 0 to ``length - 1``; ``shape`` is ``(..., parameters)``, the result ``(..., length)``."""
    lag = np.arange(length, dtype=np.float64)
    match family:
        case "none":
            raw = np.broadcast_to(np.where(lag == 0, 1.0, 0.0), (*shape.shape[:-1], length))
        case "geometric":
            raw = shape[..., 0, None] ** lag
        case "delayed":
            raw = np.maximum(shape[..., 0, None], 1e-9) ** ((lag - shape[..., 1, None]) ** 2)
        case "weibull_pdf":
            raw = _weibull_density(lag + 1, shape[..., 0, None], shape[..., 1, None])
        case "weibull_cdf":
            alive = np.exp(-(((lag[:-1] + 1) / shape[..., 0, None]) ** shape[..., 1, None]))
            raw = np.cumprod(np.concatenate([np.ones((*alive.shape[:-1], 1)), alive], axis=-1), axis=-1)
    return np.asarray(raw / raw.sum(axis=-1, keepdims=True), dtype=np.float64)


def lagged(spend: Floats, length: int) -> Floats:
    """The last ``length`` spends of each period, newest first, ``(periods - length + 1, length)``.

    The first ``length - 1`` periods have no whole past in the figures; they feed the others and are not returned.
    """
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(spend, length)[:, ::-1])


def _weibull_density(at: Floats, scale: Floats, shape: Floats) -> Floats:
    """The density at 1, 2, ..., taken to 0 at its least and 1 at its most within the window."""
    relative = at / scale
    logs = np.log(shape / scale) + (shape - 1) * np.log(relative) - relative**shape
    density = np.exp(logs - logs.max(axis=-1, keepdims=True))
    least = density.min(axis=-1, keepdims=True)
    return np.asarray((density - least) / (1 - least + 1e-12), dtype=np.float64)
