"""What a drafted plan would do with other amounts, where the draft's own fit can be made again from the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import isclose
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from analytics.errors import CannotEstimate
from domain.errors import BudgeteerError
from domain.policy import Limits
from domain.promise import Correction
from domain.ratio import Amount
from domain.recommendation import Confidence, Prediction, Range, Recommendation
from domain.scope import Scope
from store import accounts
from store.tables import Account
from tools.budget import Movable, Picked, Split, fit_levers
from tools.effect import HORIZON_DAYS, chance_worse, expected_range
from tools.labels import join_words
from tools.levers import Levers, Outcome
from tools.levers import read as levers_of
from tools.record import frozen

YOURS = "not estimated for your amounts"
SAME = 1e-9  # relative: the same figures fitted again give the same number but for the order of additions


def reestimate(
    session: Session,
    scope: Scope,
    drafted: Recommendation,
    origin: Mapping[str, Any],
    amounts: Mapping[str, Amount],
    limits: Limits,
) -> Prediction:
    """The prediction for ``amounts`` (by entity; a budget that is not named stays) of a draft as it was stored.

    The fit is made again as of the day of the draft, and believed only where it gives the stored prediction for the
    stored amounts. Where it does not (restated figures, another budget, an undo) nothing is estimated.
    """
    if any(c.of_target for c in drafted.changes):
        return Prediction.unknown("not estimated for other targets than those drafted")
    try:
        account = accounts.get(session, drafted.account_id)
        split, levers = _fitted(session, scope, account, drafted, limits, origin.get("outcome"))
        split = replace(split, correction=_correction(origin), picked=_picked(drafted, origin, split))
    except (BudgeteerError, CannotEstimate):
        return Prediction.unknown(f"{YOURS}: the draft's figures are not here any more")
    if levers.outcome != origin.get("outcome") or not _reproduced(drafted, split, levers, account):
        return Prediction.unknown(f"{YOURS}: the figures have changed since the draft")
    wanted = {**{m.lever.entity: m.lever.now for m in split.movable}, **{e: a.amount for e, a in amounts.items()}}
    edited = replace(split, amounts=wanted, total=sum(wanted.values(), Decimal(0)))
    worse = chance_worse(edited, wanted, levers)
    outside = [m for m in edited.changed if not m.tried(wanted[m.lever.entity])]
    return Prediction(
        expected=expected_range(edited.gain(wanted) * HORIZON_DAYS, levers, account),
        chance_worse=worse,
        confidence=_confidence(worse, outside),
        risks=_outside(outside),
        parts=frozen(edited, levers, account),
    )


def _correction(origin: Mapping[str, Any]) -> Correction | None:
    """The one that the draft was corrected by, whatever was measured since."""
    known = (origin.get("prediction") or {}).get("correction")
    return None if known is None else Correction.from_json(known)


def _picked(drafted: Recommendation, origin: Mapping[str, Any], split: Split) -> Picked | None:
    """The drafted plan, with what its search was flattered by: an edit of it is flattered as far as it follows it."""
    known = (origin.get("prediction") or {}).get("flattery")
    if not known:
        return None
    return Picked({**split.amounts, **{c.entity: c.after.amount for c in drafted.changes}}, float(known))


def _fitted(
    session: Session, scope: Scope, account: Account, drafted: Recommendation, limits: Limits, outcome: Outcome | None
) -> tuple[Split, Levers]:
    """As ``tools.drafting`` fitted it: the same days, the same draws, the outcome that was counted."""
    day = drafted.created_at.astimezone(ZoneInfo(account.timezone)).date()
    levers = levers_of(session, scope, account, day, limits.observation_days, outcome)
    rng = np.random.default_rng([account.id, levers.last_day.toordinal()])
    movable, held = fit_levers(levers, rng, limits)
    now = {m.lever.entity: m.lever.now for m in movable}
    total = sum(now.values(), Decimal(0))
    return Split(tuple(movable), held, now, total, total, extrapolates=False), levers


def _reproduced(drafted: Recommendation, split: Split, levers: Levers, account: Account) -> bool:
    by_entity = {m.lever.entity: m for m in split.movable}
    if drafted.expected is None or any(c.entity not in by_entity for c in drafted.changes):
        return False
    if any(by_entity[c.entity].lever.now != c.before.amount for c in drafted.changes):
        return False
    planned = {**split.amounts, **{c.entity: c.after.amount for c in drafted.changes}}
    again = expected_range(split.gain(planned) * HORIZON_DAYS, levers, account)
    return all(_close(a, b) for a, b in zip(_ends(again), _ends(drafted.expected), strict=True))


def _ends(r: Range) -> tuple[Decimal, Decimal, Decimal]:
    return r.low, r.mid, r.high


def _close(a: Decimal, b: Decimal) -> bool:
    return isclose(float(a), float(b), rel_tol=SAME, abs_tol=SAME)


def _confidence(worse: float, outside: Sequence[Movable]) -> Confidence:
    """Never high: a person chose these amounts, no search did."""
    return "medium" if worse <= 0.10 and not outside else "low"


def _outside(outside: Sequence[Movable]) -> tuple[str, ...]:
    if not outside:
        return ()
    names = join_words([m.lever.name for m in outside])
    return (f"{names} would spend outside the range tried so far: beyond it the curve is a guess",)
