"""Whether campaigns explain what their account shows: without them it is as usual."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from domain.metrics import METRICS
from tools.watch.series import AccountSeries, Floats

if TYPE_CHECKING:
    from tools.watch.groups import Matter

WEEKS, WEEK = 4, 7
LEFT = 0.5  # of the account's move, in log terms: what is left of it without the campaigns is less


@dataclass(frozen=True, slots=True)
class Explained:
    """An account's line is as usual without some campaigns; most of it is from ``by``, None where that is nobody's."""

    by: Matter | None


def explain(line: Matter, matters: Sequence[Matter], series: AccountSeries, aside: Collection[int]) -> Explained | None:
    """Whether the campaigns of ``matters`` and those ``aside`` together explain an account's line; None where not.

    Judged from when the first of them began: what the line showed earlier was told by what has recovered since.
    """
    known = _rows(series, aside)
    rows = {id(m): known | _rows(series, m.campaigns) for m in matters if m.campaigns}
    if not rows and not known:
        return None
    since = min((m.first for m in matters if m.campaigns), default=line.first)
    days = sorted({d.day for s in line.of_root for d in s.days})
    days = [d for d in days if d >= since] or days
    whole = _move(series, line.metric, days, ())
    without_all = _move(series, line.metric, days, known.union(*rows.values()))
    if whole is None or without_all is None or abs(without_all) > LEFT * abs(whole):
        return None
    least, by = _move(series, line.metric, days, known), None
    for m in matters:
        left = _move(series, line.metric, days, rows[id(m)]) if id(m) in rows else None
        if left is not None and (least is None or abs(left) < abs(least)):
            least, by = left, m
    return Explained(by)


def _rows(series: AccountSeries, campaigns: Collection[int]) -> set[int]:
    return {i for i, c in enumerate(series.campaigns) if c is not None and c in campaigns}


def _move(series: AccountSeries, metric: str, days: Sequence[date], without: Collection[int]) -> float | None:
    """log(now / usual) of the campaigns that are not ``without``, sum over sum; 0 where none is left, None unknown.

    Usual is each campaign's median of the same weekdays of the four weeks before the first day.
    """
    rows = [i for i, c in enumerate(series.campaigns) if c is not None and i not in without]
    if not rows:
        return 0.0
    m = METRICS[metric]
    total = 0.0
    for base, sign in ((m.numerator, 1), (m.denominator, -1)):
        if base is None:
            continue
        now, usual = sums(series.base[base][rows], series.days[0], days)
        if not (now > 0 and usual > 0):
            return None
        total += sign * float(np.log(now / usual))
    return total


def sums(values: Floats, start: date, days: Sequence[date]) -> tuple[float, float]:
    """Of the ``days``, and of each row's median of the same weekdays of the four weeks before the first of them; (rows,
    T) from ``start`` on, over the campaign days that are known on both sides."""
    now = usual = 0.0
    for day in days:
        t = (day - start).days
        back = [(day - start).days - WEEK * n for n in range(1, 2 * WEEKS) if day - timedelta(days=WEEK * n) < days[0]]
        before = [b for b in back if b >= 0][:WEEKS]
        if not before or not 0 <= t < values.shape[1]:
            continue
        past = values[:, before]
        some = ~np.isnan(past).all(axis=1) & ~np.isnan(values[:, t])
        now += float(values[some, t].sum())
        usual += float(np.nanmedian(past[some], axis=1).sum())
    return now, usual
