"""What the allocation is measured against: SLSQP with analytic gradients, and HiGHS over pieces of the curves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.optimizer import Groups, MixedCurves

Floats = NDArray[np.float64]
PIECES = 100


def slsqp(curves: MixedCurves, today: Floats, groups: Groups) -> Floats:
    """SciPy's SLSQP, as Robyn's and pymc-marketing's optimisers use it, in multiples of today's spend."""
    from scipy.optimize import minimize

    scale = 1 / curves.value(today).sum()
    part = today / today.sum()
    inside = np.array([groups.member == g for g in range(len(groups.low))]) * part
    bands = (groups.low / today.sum(), groups.high / today.sum())
    limits = [{"type": "eq", "fun": lambda z: z @ part - 1, "jac": lambda _z: part}]
    if len(inside):
        limits += [
            {"type": "ineq", "fun": lambda z: inside @ z - bands[0], "jac": lambda _z: inside},
            {"type": "ineq", "fun": lambda z: bands[1] - inside @ z, "jac": lambda _z: -inside},
        ]
    found = minimize(
        lambda z: -scale * curves.value(z * today).sum(),
        np.ones_like(today),
        jac=lambda z: -scale * curves.slope(z * today) * today,
        bounds=[(0.5, 1.5)] * len(today),
        constraints=limits,
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-12},
    )
    return np.asarray(found.x * today, dtype=np.float64)


def highs(curves: MixedCurves, today: Floats, groups: Groups) -> Floats:
    """HiGHS over each curve in 100 straight pieces, by scipy.optimize.linprog."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, kron, vstack

    low, width = today * 0.5, today / PIECES
    ends = [curves.value(low + k * width) for k in range(PIECES + 1)]
    gain = np.diff(np.array(ends), axis=0).T / width[:, None]  # (campaigns, pieces): falling along each row
    scale = gain.max()
    ones = np.ones((1, PIECES))
    member = csr_array(np.array([groups.member == g for g in range(len(groups.low))], dtype=float))
    rows = kron(member, ones, format="csr")
    spent = member @ low
    found = linprog(
        -gain.ravel() / scale,
        A_ub=vstack([rows, -rows]),
        b_ub=np.concatenate([groups.high - spent, spent - groups.low]),
        A_eq=np.ones((1, gain.size)),
        b_eq=[today.sum() - low.sum()],
        bounds=np.column_stack([np.zeros(gain.size), np.repeat(width, PIECES)]),
        method="highs",
    )
    return np.asarray(low + found.x.reshape(gain.shape).sum(axis=1), dtype=np.float64)
