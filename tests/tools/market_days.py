"""Days of a small account with chance in them, and what a test lets go wrong: the generator is the oracle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from tests.tools.conftest import COLUMNS, load

LAST = date(2024, 6, 30)
TODAY = LAST + timedelta(days=1)
CLICKS, RATE, VALUE = {"Brand": 800, "Search": 300, "Shop": 200}, 0.05, 50.0
WEEK = (1, 1.05, 1.02, 1, 0.95, 0.8, 0.75)
Hit = Callable[[str, date, dict[str, float]], None]


def days(hit: Hit | None = None, *, last: date = LAST, length: int = 77, seed: int = 1) -> pd.DataFrame:
    """Rows per campaign and day: Poisson clicks and conversions about their weekday's level; ``hit`` changes a day's
    ``clicks``, ``cpc`` and ``cvr`` before chance has its say."""
    rng, rows = np.random.default_rng(seed), []
    for back in reversed(range(length)):
        day = last - timedelta(days=back)
        for name, level in CLICKS.items():
            means = {"clicks": level * WEEK[day.weekday()] * np.exp(rng.normal(0, 0.05)),
                     "cpc": np.exp(rng.normal(0, 0.03)), "cvr": RATE}  # fmt: skip
            if hit is not None:
                hit(name, day, means)
            clicks = int(rng.poisson(means["clicks"]))
            conversions = float(rng.poisson(clicks * means["cvr"]))
            rows.append((day, name, round(clicks * means["cpc"], 2), clicks * 40, clicks, conversions,
                         round(conversions * VALUE, 2)))  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def since(day: date, **factors: float) -> Hit:
    """From ``day`` on; ``campaign`` is Brand unless ``everywhere``."""
    everywhere = bool(factors.pop("everywhere", 0))

    def hit(campaign: str, at: date, means: dict[str, float]) -> None:
        if at >= day and (everywhere or campaign == "Brand"):
            for name, factor in factors.items():
                means[name] *= factor

    return hit


def loaded(engine: Engine, frame: pd.DataFrame, account: str = "Shop", source: str = "a.csv") -> int:
    return load(engine, frame, platform="google_ads", account=account, source=source)
