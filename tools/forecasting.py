"""Days of the store as series to forecast: gaps are unknown, young conversions withheld, the calendar known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from domain.metrics import Base
from store import calendar
from store.performance import AccountDays, Totals
from tools.figures import CLAIMED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from domain.scope import Scope

MATURE_DAYS = 7  # by then most conversions of a click have arrived
HISTORY_DAYS = 1_100
REGRESSORS = ("promotion", "holiday")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class History:
    """Daily values from ``first`` to ``last`` for each of ``keys`` (platforms): (S, T), NaN where not known."""

    keys: tuple[str, ...]
    first: date
    last: date
    values: Mapping[Base, NDArray[np.float64]]


def history(rows: Sequence[Totals], accounts: Sequence[AccountDays], first: date, last: date) -> History:
    """Sums by platform and day. A day that one of a platform's accounts lacks, or states only in part, is unknown.

    Conversions and revenue of the last ``MATURE_DAYS`` days are withheld: they still arrive.
    """
    import numpy as np

    bases: tuple[Base, ...] = ("spend", "impressions", "clicks", "conversions", "revenue")
    by_account = {a.id: n for n, a in enumerate(accounts)}
    days = (last - first).days + 1
    each = {base: np.full((len(accounts), days), np.nan) for base in bases}
    for row in rows:
        if row.day is None or row.account_id not in by_account:
            continue
        for base in bases:
            value = row.sums[base]
            if value is not None and row.stated[base] == row.rows:
                each[base][by_account[row.account_id], (row.day - first).days] = float(value)
    platforms = tuple(sorted({a.platform for a in accounts}))
    values: dict[Base, NDArray[np.float64]] = {}
    for base in bases:
        sums = np.array([_added(each[base], accounts, platform, first) for platform in platforms])
        if base in CLAIMED:
            sums[:, -MATURE_DAYS:] = np.nan
        values[base] = sums
    return History(platforms, first, last, values)


def _added(
    each: NDArray[np.float64], accounts: Sequence[AccountDays], platform: str, first: date
) -> NDArray[np.float64]:
    """(T,) the platform's accounts together; one counts from its first day on, and before that as nothing."""
    import numpy as np

    mine = [n for n, a in enumerate(accounts) if a.platform == platform]
    began = np.array([max((a.first_day - first).days, 0) if a.first_day else each.shape[1] for a in accounts])
    before = np.arange(each.shape[1])[None] < began[mine][:, None]
    filled = np.where(before, 0.0, each[mine])
    return np.asarray(np.where(before.all(axis=0), np.nan, filled.sum(axis=0)))


def marks(
    session: Session, scope: Scope, accounts: Sequence[AccountDays], first: date, last: date, ahead: date
) -> tuple[NDArray[np.float64] | None, tuple[str, ...]]:
    """Days of promotions and holidays, 0 or 1 for each kind (R, T + H), and what must be said of them.

    A kind counts where it was seen before ``last``: otherwise its effect is not known, which is said.
    """
    import numpy as np

    ids = {a.id for a in accounts}
    days = (ahead - first).days + 1
    kept, notes = [], []
    for kind in REGRESSORS:
        row = np.zeros(days)
        for event in calendar.events(session, scope, first, ahead, (kind,)):
            if ids & set(event.accounts):
                start, end = max((event.start - first).days, 0), min((event.end - first).days, days - 1)
                row[start : end + 1] = 1
        seen, coming = row[: (last - first).days + 1].any(), row[(last - first).days + 1 :].any()
        if seen:
            kept.append(row)
        elif coming:
            notes.append(f"a {kind} of the calendar lies ahead, and its effect is not in it: none was seen before")
    return (np.array(kept) if kept else None), tuple(notes)
