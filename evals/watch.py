"""A year of an emulated market with 60 incidents of known cause, through the real sync, import, watch and digest.

``WATCH_SEEDS`` (default 3) names the years by their seeds, comma-separated; ``WATCH_DAYS`` ends them early.
"""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

from emulators.market.large import LargeMarket
from evals._placing import place, put_into
from evals._replay import Replay, new_store
from evals._scoring import lines, misses, score

YEAR = 365


def run() -> list[str]:
    """Found, wrongly raised, delay and cause for each year, and the figures of its digests that were wrong."""
    seeds = [int(s) for s in os.environ.get("WATCH_SEEDS", "3").split(",")]
    days = int(os.environ.get("WATCH_DAYS", YEAR))
    return [line for seed in seeds for line in _year(seed, days)]


def _year(seed: int, days: int) -> list[str]:
    from evals._looking import look

    market = LargeMarket(seed=seed)
    first = market.today
    placed = place(market, first, YEAR, seed)
    put_into(market, placed)
    with tempfile.TemporaryDirectory() as folder, Replay(market, new_store(Path(folder)), look) as replay:
        for _ in range(days):
            replay.day()
        ended = [p for p in placed if p.start < first + timedelta(days=days - 1)]
        done = score(ended, replay.seen.values(), days, len(market.campaigns))
        spent = ", ".join(f"{what} {s:.0f}" for what, s in replay.seconds.items())
        return [
            f"seed {seed}: {days} days, {len(market.campaigns)} campaigns on two platforms, {len(ended)} incidents",
            *lines(done),
            f"digests: {replay.digests} made, {replay.figures:,} figures checked, {len(replay.wrong)} wrong",
            *(f"wrong figure: {w}" for w in replay.wrong[:20]),
            *misses(done),
            f"CPU seconds: {spent}",
        ]
