"""Diminishing returns: what an adstock of ``u`` brings, before it is scaled by a channel's coefficient.

``u`` is spend in units of the channel's largest period, as pymc-marketing scales it, so a parameter means the same
whatever the currency.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.mediamix.adstock import Parameter

Floats = NDArray[np.float64]
SaturationFamily = Literal["logistic", "hill", "log", "power"]
SATURATIONS: tuple[SaturationFamily, ...] = ("logistic", "hill", "log", "power")


def parameters(family: SaturationFamily) -> tuple[Parameter, ...]:
    """The parameters of ``family``, in the order in which ``value`` takes them."""
    match family:
        case "logistic":
            return (Parameter("lam", 0.1, 30.0, 2.5, 1.2, log=True),)
        case "hill":
            return (
                Parameter("k", 0.02, 10.0, 0.5, 1.0, log=True),
                Parameter("s", 0.4, 3.0, 1.0, 0.5, log=True),
            )
        case "log":
            return (Parameter("b", 0.01, 20.0, 0.4, 1.2, log=True),)
        case "power":
            return (Parameter("p", 0.05, 1.0, 0.6, 0.3),)


def value(family: SaturationFamily, shape: Floats, u: Floats) -> Floats:
    """The saturated adstock; ``shape`` is ``(..., parameters)`` and ``u`` ``(..., periods)``."""
    first = shape[..., 0, None]
    match family:
        case "logistic":  # (1 - exp(-lam u)) / (1 + exp(-lam u))
            out = np.tanh(first * u / 2)
        case "hill":
            raised = u ** shape[..., 1, None]
            out = raised / (first ** shape[..., 1, None] + raised)
        case "log":
            out = np.log1p(u / first)
        case "power":
            out = u**first
    return np.asarray(out, dtype=np.float64)


def slope(family: SaturationFamily, shape: Floats, u: Floats) -> Floats:
    """The derivative of ``value`` by ``u``; infinite at 0 for a power, and for a Hill curve with ``s`` under 1."""
    first = shape[..., 0, None]
    with np.errstate(divide="ignore"):
        match family:
            case "logistic":
                out = first / 2 / np.cosh(np.minimum(first * u / 2, 300.0)) ** 2
            case "hill":
                s = shape[..., 1, None]
                out = s * first**s * u ** (s - 1) / (first**s + u**s) ** 2
            case "log":
                out = 1 / (first + u)
            case "power":
                out = first * u ** (first - 1)
    return np.asarray(out, dtype=np.float64)
