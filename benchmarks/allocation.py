"""The allocation against SLSQP and HiGHS on the same problem in one run: half Hill, half log, groups with bands."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from analytics.optimizer import Allocation, Groups, HillCurves, LogCurves, MixedCurves, allocate
from benchmarks._allocation_peers import Floats, highs, slsqp

T = TypeVar("T")
SIZES = (20, 200, 2_000, 20_000)
SLSQP_UP_TO = 200  # at 2,000 it does not end within minutes
HIGHS_UP_TO = 2_000


def run() -> list[str]:
    """Report lines: seconds, ratios to the peers, and what each leaves of the value."""
    allocate_one(*problem(20))  # warm
    lines = []
    for n in SIZES:
        curves, today, groups = problem(n)
        ours, mine = timed(partial(allocate_one, curves, today, groups), repeat=7)
        said = [f"n={n}: {ours:.4f} s, gap {mine.duality_gap:.0e}, KKT residual {mine.kkt_residual:.0e}"]
        for name, peer, most in (("SLSQP", slsqp, SLSQP_UP_TO), ("HiGHS in 100 pieces", highs, HIGHS_UP_TO)):
            if n > most:
                said.append(f"{name} beyond reach")
                continue
            theirs, spend = timed(partial(peer, curves, today, groups), repeat=1)
            short = (mine.value - float(curves.value(spend).sum())) / mine.value
            said.append(f"{name} {theirs:.3f} s ({theirs / ours:,.0f} times), {short:.0e} below")
        lines.append("; ".join(said))
    if importlib.util.find_spec("pymc_marketing") is None:
        lines.append("pymc-marketing is not installed here, so its optimiser (SLSQP over a posterior) is not measured")
    return lines


def problem(n: int) -> tuple[MixedCurves, Floats, Groups]:
    """Half Hill curves (shapes 0.6 to 1), half log ones, in n/10 groups of 85 to 125 % of today's spend."""
    rng = np.random.default_rng(n)
    today = rng.gamma(4, 50, n)
    half = n // 2
    hill = HillCurves(
        rng.gamma(2, 100, half) * today[:half] / 50, today[:half] * rng.uniform(0.5, 3, half), rng.uniform(0.6, 1, half)
    )
    log = LogCurves(rng.gamma(2, 100, n - half) * today[half:] / 100, today[half:] * rng.uniform(0.2, 2, n - half))
    member = np.arange(n) % (n // 10)
    sums: Floats = np.bincount(member, weights=today).astype(np.float64)
    curves = MixedCurves((hill, log), (np.arange(half), np.arange(half, n)))
    return curves, today, Groups(member, sums * 0.85, sums * 1.25)


def allocate_one(curves: MixedCurves, today: Floats, groups: Groups) -> Allocation:
    return allocate(curves, today * 0.5, today * 1.5, float(today.sum()), groups)


def timed(work: Callable[[], T], repeat: int) -> tuple[float, T]:
    """The best of some runs, and the last result."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result
