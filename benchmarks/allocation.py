"""Dual bisection against SLSQP (what Robyn and pymc-marketing use), in one run on the same problem."""

from __future__ import annotations

import time

import numpy as np

from analytics.optimizer import LogCurves, allocate


def run(sizes: tuple[int, ...] = (20, 200), alone: tuple[int, ...] = (2_000, 20_000)) -> list[str]:
    """Report lines: seconds, ratio and gap per number of campaigns; beyond SLSQP's reach the bisection alone."""
    lines = []
    for n in sizes:
        curves, today = problem(n)
        ours, mine = timed(lambda c=curves, t=today: allocate(c, t * 0.5, t * 1.5, float(t.sum())))
        theirs, value = timed(lambda c=curves, t=today: slsqp(c, t), repeat=1)
        lines.append(
            f"n={n}: dual bisection {ours:.4f} s, SLSQP {theirs:.3f} s, {theirs / ours:,.0f} times; "
            f"SLSQP is {(mine.value - value) / mine.value:.1e} below, KKT residual {mine.kkt_residual:.1e}"
        )
    for n in alone:
        curves, today = problem(n)
        ours, mine = timed(lambda c=curves, t=today: allocate(c, t * 0.5, t * 1.5, float(t.sum())))
        lines.append(
            f"n={n}: dual bisection {ours:.4f} s, duality gap {mine.duality_gap:.1e}, "
            f"KKT residual {mine.kkt_residual:.1e}"
        )
    return lines


def problem(n: int) -> tuple[LogCurves, np.ndarray]:
    rng = np.random.default_rng(n)
    today = rng.gamma(4, 50, n)
    return LogCurves(rng.gamma(2, 100, n) * today / 100, today * rng.uniform(0.2, 2, n)), today


def slsqp(curves: LogCurves, today: np.ndarray) -> float:
    from scipy.optimize import minimize

    scale = 1 / curves.value(today).sum()
    part = today / today.sum()
    found = minimize(  # in multiples of today's spend and shares of today's value, as SLSQP likes it
        lambda z: -scale * curves.value(z * today).sum(),
        np.ones_like(today),
        jac=lambda z: -scale * curves.slope(z * today) * today,
        bounds=[(0.5, 1.5)] * len(today),
        constraints={"type": "eq", "fun": lambda z: z @ part - 1, "jac": lambda _z: part},
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    return float(curves.value(found.x * today).sum())


def timed(work, repeat: int = 3):  # type: ignore[no-untyped-def]
    best, result = np.inf, None
    for _ in range(repeat):
        start = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - start)
    return best, result
