"""Versions of the forecast, per account and figure: chosen on earlier days, in use only where better on later ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from domain.metrics import Base
from domain.scope import Scope
from scheduler.lease import Progress
from store import accounts, model_updates, model_versions, performance
from store.engine import read, write
from store.model_updates import Drift, Fitted
from store.model_versions import forecast_of
from store.performance import AccountDays, Rows
from tools.figures import CLAIMED
from tools.forecasting import HISTORY_DAYS, history
from tools.levers import LAG_DAYS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

FIGURES: tuple[Base, ...] = ("spend", "conversions", "revenue")
HORIZON = 28
EVERY = timedelta(days=7)  # of new days, before a version is fitted again
BEFORE = 112  # days before the last four weeks that these are held against
YEAR = 365.25
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Done:
    """How many versions were put in use and how many refused; ``skipped`` had too few days or nothing new."""

    promoted: int = 0
    refused: int = 0
    skipped: int = 0

    @property
    def said(self) -> str | None:
        """In words; None where there was nothing new."""
        if not (self.promoted or self.refused):
            return None
        return f"{self.promoted} versions put in use, {self.refused} not better, {self.skipped} without new days"


def retrain(engine: Engine, now: datetime, say: Progress | None = None) -> Done:
    """Fit candidates for every account and figure on days up to four weeks ago, and try them on the days since.

    A candidate replaces the version in use only where it is better on those later days, which neither was chosen on.
    Every version and both scores are kept. What was fitted on the same days before is left alone.
    """
    with read(engine) as session:
        scope = Scope(tuple(a.id for a in accounts.find(session)))
        known = [a for a in performance.accounts(session, scope) if a.first_day and a.last_day]
    counts = [0, 0, 0]
    for n, account in enumerate(known, start=1):
        if say is not None:
            say(f"account {n} of {len(known)}")
        for base in FIGURES:
            counts[_one(engine, scope, account, base, now)] += 1
    return Done(*counts)


def _one(engine: Engine, scope: Scope, account: AccountDays, base: Base, now: datetime) -> int:
    """0 promoted, 1 refused, 2 skipped."""
    from analytics.errors import NotEnoughData
    from analytics.forecast.recipe import Recipe, gate

    model = forecast_of(base)
    with read(engine) as session:
        before = model_versions.versions(session, scope, account.id, model)
        in_use = next((v for v in before if v.status == model_versions.CURRENT), None)
        first, values = _days(session, scope, account, base, now)
    last = first + (len(values) - 1) * DAY
    if before and last < (before[0].scored_to or before[0].trained_to) + EVERY:
        return 2
    recipe = None if in_use is None else Recipe.from_json(in_use.params)
    try:
        found = gate(values, HORIZON, recipe, year=YEAR)
    except NotEnoughData:
        return 2
    split = last - HORIZON * DAY
    details = {
        "score": f"MASE over the {HORIZON} days after the fit", "chosen_on": found.chosen_on,
        "rival": "the seasonal naive" if in_use is None else f"version {in_use.version}",
        "coverage": found.coverage, "level": 0.9,
    }  # fmt: skip
    fitted = Fitted(model, first, split, split + DAY, last, found.score, found.rival_score,
                    found.candidate.to_json(), details)  # fmt: skip
    with write(engine) as session:
        model_updates.record(session, account.id, fitted, promoted=found.promoted, now=now)
        for seen in _drift(model, base, values):
            model_updates.record_drift(session, account.id, seen, now=now)
    return 0 if found.promoted else 1


def _days(
    session: Session, scope: Scope, account: AccountDays, base: Base, now: datetime
) -> tuple[date, NDArray[np.float64]]:
    """The first day and the values from it on, up to the last day whose figures have arrived."""
    today = now.astimezone(ZoneInfo(account.timezone)).date()
    last = min(account.last_day or today, today - DAY)
    first = max(account.first_day or last, last - (HISTORY_DAYS - 1) * DAY)
    rows = performance.totals(session, scope, Rows(first, last, {account.id}), {"day"})
    values = history(rows, [account], first, last, {}).values[base][0]
    return first, values[: max(0, len(values) - LAG_DAYS)] if base in CLAIMED else values


def _drift(model: str, base: Base, values: NDArray[np.float64]) -> list[Drift]:
    """The last four weeks against the time before: the figure itself, and what a step ahead it was off."""
    import numpy as np

    from analytics.drift import drifts
    from analytics.forecast import forecast

    fitted = forecast(values[None], 1).fitted[0]
    known = np.isfinite(fitted) & (fitted > 0)
    off = np.where(known, values / np.where(known, fitted, 1) - 1, np.nan)
    looked = {str(base): values, "residuals": off}
    cut = len(values) - HORIZON
    found = drifts([(part[max(0, cut - BEFORE) : cut], part[cut:]) for part in looked.values()])
    return [
        Drift(model, subject, None, None, None, None, {"reason": "too few days"}) if seen is None
        else Drift(model, subject, seen.ks, seen.ks_p, seen.psi, seen.drifted,
                   {"alpha": seen.alpha, "psi_bound": seen.psi_bound, "before": seen.before, "after": seen.after})
        for subject, seen in zip(looked, found, strict=True)
    ]  # fmt: skip
