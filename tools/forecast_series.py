"""The series of a forecast by campaign: those that matter each for itself, all others as one; nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal

from domain.metrics import Base
from store.performance import AccountDays, Totals
from tools.forecasting import Curves, History, day_values, matured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 30
LATELY = 28  # days: by what was spent in them campaigns are ordered, and one is forecast by itself that is older


def by_campaign(
    rows: Sequence[Totals],
    accounts: Sequence[AccountDays],
    names: Mapping[int, str],
    first: date,
    last: date,
    curves: Curves,
) -> History:
    """Daily values of each campaign, the largest spender of the last four weeks first, and of all together.

    A day of which the account has rows and the campaign none is 0. Campaigns younger than four weeks, silent for four,
    or beyond the first thirty are one series. Conversions and revenue of young days are
    matured by their account's curve, or withheld.
    """
    import numpy as np

    homes = {row.campaign_id: row.account_id for row in rows if row.campaign_id is not None}
    ids = sorted(homes)
    days, at = (last - first).days + 1, {c: n for n, c in enumerate(ids)}
    each = day_values(rows, at, days, first, "campaign_id")
    places = {a.id: n for n, a in enumerate(accounts)}
    known = _seen(rows, places, "account_id", first, days)[[places[homes[c]] for c in ids]]
    stated, began = _seen(rows, at, "campaign_id", first, days), _began(rows, ids, first)
    filled = {b: np.where(stated, v, np.where(known, 0.0, np.nan)) for b, v in each.items()}
    filled = matured(filled, [homes[c] for c in ids], curves)
    spent = np.nansum(filled["spend"][:, -LATELY:], axis=1)
    old = began <= known.shape[1] - 2 * LATELY
    own = [n for n in np.argsort(-spent, kind="stable") if old[n] and spent[n] > 0][:MOST]
    rest = [n for n in range(len(ids)) if n not in set(own)]
    labels = [names.get(ids[n], str(ids[n])) for n in own]
    if rest:
        labels.append(f"{len(rest)} others")
    values: dict[Base, NDArray[np.float64]] = {}
    for base, all_of in filled.items():
        alone = np.where(np.arange(known.shape[1])[None] < began[own][:, None], np.nan, all_of[own])
        parts = [alone, *([_sum(all_of[rest], known[rest])] if rest else [])]
        stacked = np.vstack([*parts, _sum(all_of, known)]) if len(labels) > 1 else np.vstack(parts)
        values[base] = stacked
    return History(tuple(labels), first, last, values)


def _sum(values: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(T,) the rows together; unknown on a day that one of them is unknown on, if its account had begun."""
    import numpy as np

    before = np.cumsum(known, axis=1) == 0
    summed = np.where(before, 0.0, values).sum(axis=0)
    return np.where(before.all(axis=0), np.nan, summed)


def _seen(
    rows: Sequence[Totals], places: Mapping[int, int], of: Literal["account_id", "campaign_id"], first: date, days: int
) -> NDArray[np.bool_]:
    """(len(places), days): whether there is a row."""
    import numpy as np

    there = np.zeros((len(places), days), dtype=bool)
    for row in rows:
        if row.day is not None and (owner := getattr(row, of)) in places:
            there[places[owner], (row.day - first).days] = True
    return there


def _began(rows: Sequence[Totals], ids: Sequence[int], first: date) -> NDArray[np.int64]:
    """(C,) the day each campaign was first seen on, counted from ``first``."""
    import numpy as np

    days: dict[int, int] = {}
    for row in rows:
        if row.day is not None and row.campaign_id is not None:
            at = (row.day - first).days
            days[row.campaign_id] = min(days.get(row.campaign_id, at), at)
    return np.array([days[c] for c in ids], dtype=np.int64)
