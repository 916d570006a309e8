"""Forecasts of many series at once: a blend of exponential smoothing, intervals from past errors, backtests."""

from __future__ import annotations

from analytics.forecast.backtest import backtest, last_origins, mase, seasonal_naive, smape
from analytics.forecast.hierarchy import fitted, reconcile
from analytics.forecast.maturing import mature
from analytics.forecast.model import forecast
from analytics.forecast.result import Backtest, Forecast
from analytics.forecast.sums import Range, ratio, total

__all__ = [
    "Backtest",
    "Forecast",
    "Range",
    "backtest",
    "fitted",
    "forecast",
    "last_origins",
    "mase",
    "mature",
    "ratio",
    "reconcile",
    "seasonal_naive",
    "smape",
    "total",
]
