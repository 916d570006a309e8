"""The record of an account's promises: how they turned out, and what that makes of the next prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from analytics.calibration import calibrate
from analytics.errors import NotEnoughData
from domain.money import Money
from domain.promise import Correction
from domain.scope import Scope
from store import promises
from store.promises import PromiseView
from store.tables import Account
from tools.budget import Split
from tools.effect import HORIZON_DAYS, LEVEL
from tools.levers import Levers
from tools.responses import MODEL


def correction(
    session: Session, scope: Scope, account_id: int, outcome: str, kind: str = "budget"
) -> Correction | None:
    """What the account's own measured promises make of a new prediction; None where there are too few."""
    own = Scope(tuple(a for a in scope.account_ids if a == account_id))
    return learned([p for p in promises.listed(session, own, statuses=("measured",)) if p.kind == kind], outcome)


def learned(measured: Sequence[PromiseView], outcome: str) -> Correction | None:
    """The correction from promises that were measured, by what the fit had said before any correction."""
    pairs = [
        (p.raw.over(p.days, p.horizon_days), p.realised)
        for p in measured
        if p.outcome == outcome and p.raw is not None and p.realised is not None
    ]
    said, came = [p for p, _ in pairs], [r for _, r in pairs]
    try:
        found = calibrate(
            np.array([p.mid for p in said]), np.array([p.sd for p in said]),
            np.array([r.mid for r in came]), np.array([r.sd for r in came]),
        )  # fmt: skip
    except NotEnoughData:
        return None
    return Correction(found.ratio, found.ratio_sd, found.widen, found.outcomes)


def frozen(split: Split, levers: Levers, account: Account) -> dict[str, Any]:
    """What a draft predicts of each budget that it changes, as JSON: over the horizon, less what picking flatters,
    before any correction by the record. ``flattery`` is a day's, of the whole plan.

    The covariance over the draws lets a part of the plan be predicted where only a part of it lands.
    """
    changed = split.changed
    own = split.gains(split.amounts) * HORIZON_DAYS
    draws = own[[split.amounts[m.lever.entity] != m.lever.now for m in split.movable]]
    return {
        "model": MODEL,
        "data": {
            "first_day": levers.history.start.isoformat(), "last_day": levers.history.end.isoformat(),
            "figures_to": levers.last_day.isoformat(),
        },
        "outcome": levers.outcome, "level": LEVEL, "horizon_days": HORIZON_DAYS,
        "entities": [
            {"entity": m.lever.entity, "name": m.lever.name,
             "after_micros": Money(split.amounts[m.lever.entity], account.currency).micros, **_range(own)}
            for m, own in zip(changed, draws, strict=True)
        ],
        "covariance": np.atleast_2d(np.cov(draws)).tolist() if changed else [],
        "flattery": None if split.picked is None else split.picked.flattery,
        "correction": None if split.correction is None else split.correction.to_json(),
    }  # fmt: skip


def _range(draws: NDArray[np.float64]) -> dict[str, float]:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"low": float(low), "mid": float(draws.mean()), "high": float(high)}
