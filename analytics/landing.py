"""Where spend lands: the days to come by weekday, with a range from how far such estimates were off before.

A day to come is expected to be what the same weekday was in the last four weeks. The same estimate is made from every
earlier day for as many days ahead and held against what happened; the range is that error, by Student's t with as many
degrees of freedom as stretches of that length lie side by side in the history (they overlap, so days are not counted).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FIT_DAYS = 28
LEAST_STRETCHES = 2
HISTORY_DAYS = 182
LEVEL = 0.90


@dataclass(frozen=True, slots=True)
class Ahead:
    """Spend over ``days`` days to come. ``low`` and ``high`` hold it with probability ``level``.

    None is unknown, and ``reason`` says why: the range where the history is too short for one, all where it is too
    short for an estimate.
    """

    days: int
    mid: float | None
    low: float | None
    high: float | None
    level: float
    reason: str | None = None


def ahead(history: Mapping[date, float], last: date, days: int, as_now: Mapping[date, float] | None = None) -> Ahead:
    """Spend of the ``days`` days after ``last``, from complete days up to it; days that are absent are not known.

    ``as_now`` are the last days as they would have been by what holds now (a budget was changed meanwhile): the days to
    come are expected from these, the range is told by how far estimates from ``history`` were off.

    Source: the error of a direct forecast by its own past errors (Hyndman and Athanasopoulos, Forecasting: principles
    and practice, 5.5), with the overlap of the stretches taken off the degrees of freedom.
    """
    if days == 0:
        return Ahead(0, 0.0, 0.0, 0.0, LEVEL)
    mid = expected(history if as_now is None else as_now, last, days)
    if mid is None:
        known = sum(last - timedelta(days=FIT_DAYS) < day <= last for day in history)
        why = f"only {known} of the {FIT_DAYS} days up to {last} are known, and every weekday is needed twice"
        return Ahead(days, None, None, None, LEVEL, why)
    errors = _past_errors(history, last, days)
    first = min(history)
    stretches = ((last - max(first, last - timedelta(days=HISTORY_DAYS - 1))).days + 1 - FIT_DAYS) // days
    if stretches < LEAST_STRETCHES or len(errors) < LEAST_STRETCHES:
        have, need = (last - first).days + 1, FIT_DAYS + LEAST_STRETCHES * days
        return Ahead(
            days, mid, None, None, LEVEL, f"a range over {days} days needs {need} days of history, there are {have}"
        )
    spread = math.sqrt(sum(e * e for e in errors) / len(errors)) * math.sqrt(1 + 1 / stretches)
    reach = _student(stretches) * spread
    return Ahead(days, mid, max(0.0, mid * (1 - reach)), mid * (1 + reach), LEVEL)


def expected(history: Mapping[date, float], last: date, days: int) -> float | None:
    """The mean of each coming day's weekday over the last four weeks, summed; None where one is known only once."""
    by_weekday: list[list[float]] = [[] for _ in range(7)]
    for back in range(FIT_DAYS):
        day = last - timedelta(days=back)
        if day in history:
            by_weekday[day.weekday()].append(history[day])
    coming: Sequence[int] = [(last + timedelta(days=n)).weekday() for n in range(1, days + 1)]
    if any(len(by_weekday[weekday]) < 2 for weekday in set(coming)):
        return None
    means = {weekday: sum(by_weekday[weekday]) / len(by_weekday[weekday]) for weekday in set(coming)}
    return sum(means[weekday] for weekday in coming)


def _past_errors(history: Mapping[date, float], last: date, days: int) -> list[float]:
    """The relative error of the same estimate from every earlier day whose ``days`` days are all known by now."""
    errors = []
    for back in range(days, HISTORY_DAYS - FIT_DAYS + 1):
        origin = last - timedelta(days=back)
        came = [history.get(origin + timedelta(days=n)) for n in range(1, days + 1)]
        known = [value for value in came if value is not None]
        guessed = expected(history, origin, days)
        if len(known) == days and guessed:
            errors.append(sum(known) / guessed - 1)
    return errors


def _student(stretches: int) -> float:
    """The quantile of Student's t that leaves 5 % above it."""
    from scipy.special import stdtrit

    return float(stdtrit(stretches, (1 + LEVEL) / 2))
