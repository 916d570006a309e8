"""Days of the store as series to forecast: gaps are unknown, young conversions matured, the calendar known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from domain.metrics import Base
from store import calendar
from store.performance import AccountDays, Totals
from tools.figures import CLAIMED
from tools.levers import LAG_DAYS
from tools.maturity import Maturity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy.orm import Session

    from domain.scope import Scope

HISTORY_DAYS = 1_100
BASES: tuple[Base, ...] = ("spend", "impressions", "clicks", "conversions", "revenue")
REGRESSORS = ("promotion", "holiday")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class History:
    """Daily values from ``first`` to ``last`` for each of ``keys``, and for all together where there are several.

    (S, T), NaN where not known; of several keys the last row is the whole.
    """

    keys: tuple[str, ...]
    first: date
    last: date
    values: Mapping[Base, NDArray[np.float64]]


Curves = Mapping[int, Mapping[str, Maturity]]
"""How late conversions and revenue come, by account."""


def history(
    rows: Sequence[Totals],
    accounts: Sequence[AccountDays],
    first: date,
    last: date,
    curves: Curves,
    by: str = "platform",
) -> History:
    """Sums by platform (or account) and day. A day that one of the accounts lacks, or states in part, is unknown.

    Young days of conversions and revenue are what ``matured`` makes of them.
    """
    import numpy as np

    each = day_values(rows, {a.id: n for n, a in enumerate(accounts)}, (last - first).days + 1, first, "account_id")
    each = matured(each, [a.id for a in accounts], curves)
    names = [a.name if by == "account" else a.platform for a in accounts]
    if by == "account" and len(set(names)) < len(names):
        names = [f"{a.name} ({a.platform})" for a in accounts]
    keys = tuple(sorted(set(names)))
    values: dict[Base, NDArray[np.float64]] = {}
    for base in BASES:
        sums = np.array([_added(each[base], accounts, [n for n, k in enumerate(names) if k == key], first)
                         for key in keys])  # fmt: skip
        values[base] = np.vstack([sums, sums.sum(axis=0)]) if len(keys) > 1 else sums
    return History(keys, first, last, values)


def day_values(
    rows: Sequence[Totals], places: Mapping[int, int], days: int, first: date, of: Literal["account_id", "campaign_id"]
) -> dict[Base, NDArray[np.float64]]:
    """(len(places), days) of each base metric; NaN where no row says, or only some of a day's rows do."""
    import numpy as np

    each = {base: np.full((len(places), days), np.nan) for base in BASES}
    for row in rows:
        owner = getattr(row, of)
        if row.day is None or owner not in places:
            continue
        for base in BASES:
            value = row.sums[base]
            if value is not None and row.stated[base] == row.rows:
                each[base][places[owner], (row.day - first).days] = float(value)
    return each


def matured(
    each: Mapping[Base, NDArray[np.float64]], owners: Sequence[int], curves: Curves
) -> dict[Base, NDArray[np.float64]]:
    """``each`` (S, T) with young conversions and revenue brought to what they will be, by the curve of their account.

    ``owners`` (S,) are accounts. Days of which too little is in are NaN, and so are the last ``LAG_DAYS`` where the
    account's own restatements tell no curve. The last day has the age 0.
    """
    import numpy as np

    from analytics.forecast import mature

    found = dict(each)
    for base in CLAIMED & set(each):
        values = each[base].copy()
        ages = np.arange(values.shape[1])[::-1].copy()
        for account in set(owners):
            mine = [n for n, owner in enumerate(owners) if owner == account]
            curve = curves.get(account, {}).get(base)
            if curve is None or not curve.learned:
                values[mine, -LAG_DAYS:] = np.nan
            else:
                values[mine] = mature(values[mine], ages, np.array(curve.shares))
        found[base] = values
    return found


def _added(
    each: NDArray[np.float64], accounts: Sequence[AccountDays], mine: Sequence[int], first: date
) -> NDArray[np.float64]:
    """(T,) the accounts ``mine`` together; one counts from its first day on, and before that as nothing."""
    import numpy as np

    began = np.array([max((a.first_day - first).days, 0) if a.first_day else each.shape[1] for a in accounts])
    before = np.arange(each.shape[1])[None] < began[list(mine)][:, None]
    filled = np.where(before, 0.0, each[list(mine)])
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
