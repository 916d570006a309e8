"""From judged days to signals: one campaign's metric that left what was expected of it, over which days, how far.

The detector learns a new level within days, so a signal that began as a shift or a zero goes on for as long as the
values stay away from what was expected *before* it, for four weeks at most: a broken tag has not recovered because the
detector got used to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from analytics.anomaly import KINDS, Detection, Settings, detect_last
from analytics.errors import CannotEstimate
from store.incident_values import DayValue
from tools.watch.series import GATES, WATCHED, AccountSeries, Floats

JUDGED_DAYS = 35  # days behind today whose flags are read
GAP = 2  # usual days between two unusual ones that leave it one signal
RECENT = 2  # a signal whose last unusual day is older than this many judged days is over
STILL = 0.5  # of the first deviation, in log terms: less is back
LONGEST = 28  # days after which a new level is the usual one
REMEMBERED = 20  # weeks before these that the detector starts from: it forgets what is older
WEEKLY = 2.0  # false flags a week that all metrics of an account may raise together
EARLY = frozenset({"conversions", "revenue", "cvr", "roas"})  # that they are none at all is known before how many
SUMS = frozenset({"spend", "clicks", "conversions"})  # nothing of them is an outage, whatever the calendar says
NAMES = {"cvr": "conversion_rate"}  # what the detector calls our metrics, where it differs


@dataclass(frozen=True, slots=True)
class Signal:
    """``campaign_id`` None is the whole account. ``days`` are its unusual values in order."""

    campaign_id: int | None
    row: int
    metric: str
    direction: str
    kind: str
    days: tuple[DayValue, ...]
    seen: tuple[DayValue, ...] = ()  # the whole judged stretch, usual days too
    over: bool = False  # it came and went while nobody looked

    @property
    def first(self) -> date:
        return self.days[0].day

    @property
    def last(self) -> date:
        return self.days[-1].day

    @property
    def key(self) -> str:
        return f"{self.metric}:{self.direction}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """One metric of the campaigns in ``rows``, to be judged up to step ``end``."""

    metric: str
    rows: tuple[int, ...]
    values: Floats
    volume: Floats
    end: int
    settings: Settings


def signals(
    series: AccountSeries,
    known_days: Collection[date],
    paused: Collection[int],
    sale_days: Collection[date] = (),
    recent: int = RECENT,
) -> list[Signal]:
    """Every signal that still goes on, by metric and campaign, and those that ended less than ``recent`` days ago.

    ``known_days`` are explained by the calendar.

    On those that are ``sale_days``, of a promotion or a holiday, nothing at all is not explained: nobody plans a sale
    without an ad, or without an order.

    Metrics that end on one day are judged in one pass: its cost is that of the days, hardly that of the series.
    """
    known, sale = (np.array([day in some for day in series.days]) for some in (known_days, sale_days))
    asked = [one for metric in WATCHED if (one := _asked(series, metric, paused)) is not None]
    found: list[Signal] = []
    for group in {(one.end, one.settings.counts): None for one in asked}:
        some = [one for one in asked if (one.end, one.settings.counts) == group]
        found += _of_group(series, some, known, sale, max(recent, RECENT))
    return sorted(found, key=lambda s: WATCHED.index(s.metric))


def _asked(series: AccountSeries, metric: str, paused: Collection[int]) -> _Asked | None:
    values = series.metric(metric)
    rows = tuple(i for i, campaign in enumerate(series.campaigns) if campaign not in paused and _usable(values[i]))
    matured = next((n for n, day in enumerate(series.days) if day == series.through[metric]), None)
    if matured is None or not rows:
        return None
    known = np.flatnonzero(~np.isnan(values).all(axis=0))
    end = max(matured, int(known[-1])) if metric in EARLY and len(known) else matured
    found = series.volume(metric)
    volume = np.full(values.shape, np.nan) if found is None else found
    settings = replace(Settings.of(NAMES.get(metric, metric)), least_volume=GATES.get(metric, ("", 0.0))[1])
    return _Asked(metric, rows, values, volume, end, settings)


def _explained(one: _Asked, known: np.ndarray, sale: np.ndarray) -> np.ndarray:
    """(rows, T): the days that the calendar explains."""
    nothing = one.values[list(one.rows)] == 0 if one.metric in SUMS else np.zeros((len(one.rows), len(known)), bool)
    return np.asarray(known & ~(nothing & sale))


def _usable(values: Floats) -> bool:
    return bool((~np.isnan(values)).any())


def _of_group(
    series: AccountSeries, group: list[_Asked], known: np.ndarray, sale: np.ndarray, recent: int
) -> list[Signal]:
    end = group[0].end
    cut, days = slice(0, end + 1), min(JUDGED_DAYS, end + 1)
    sizes = [len(one.rows) for one in group]
    up, down, least = (
        np.repeat([getattr(one.settings, name) for one in group], sizes) for name in ("up", "down", "least_volume")
    )
    weekly = WEEKLY * len(group) / len(WATCHED)
    settings = replace(group[0].settings, weekly=weekly, up=up, down=down, least_volume=least)
    try:
        judged = detect_last(
            np.concatenate([one.values[list(one.rows), cut] for one in group]), days,
            known=np.concatenate([_explained(one, known, sale)[:, cut] for one in group]),
            volume=np.concatenate([one.volume[list(one.rows), cut] for one in group]), settings=settings,
            history=REMEMBERED,
        )  # fmt: skip
    except CannotEstimate:
        return []  # too short a history: nothing can be unusual yet
    first = end + 1 - days
    shown = series.days[first : end + 1]
    found, n = [], 0
    for one in group:
        for i in one.rows:
            found += _runs(
                series.campaigns[i], i, one.metric, one.values[i, first : end + 1], judged, n, shown,
                series.through[one.metric], recent,
            )  # fmt: skip
            n += 1
    return found


def _runs(
    campaign: int | None, row: int, metric: str, values: Floats, judged: Detection, n: int, days: tuple[date, ...],
    through: date, recent: int,
) -> list[Signal]:  # fmt: skip
    """The signal of each direction that still goes on, or ended less than ``recent`` days ago; at most one each. Every
    row is judged up to ``through``, one without any conversion to its last day."""
    known = np.flatnonzero(~np.isnan(values))
    until = max(through, days[int(known[-1])]) if len(known) else through
    flag, z = judged.flag[n], judged.z[n]
    found = []
    at = {sign: np.flatnonzero(flag & (np.sign(z) == sign)) for sign in (1, -1)}
    runs = _without_returns(values, judged, n, {sign: (_last_run(a) if len(a) else []) for sign, a in at.items()}, at)
    for direction, sign in (("up", 1), ("down", -1)):
        run = runs[sign]
        if not run:
            continue
        kind = _kind(judged, n, run)
        expected = judged.expected[n]
        listed = [_value(campaign, metric, days, values, judged, n, int(t)) for t in run]
        if kind != "spike":
            listed += _going_on(campaign, metric, days, values, expected, run, sign)
        listed = [d for d in listed if (days[-1] - listed[0].day).days < LONGEST]
        ago = (until - listed[-1].day).days if listed else recent
        if ago < recent:
            own = {d.day: d for d in listed}  # against what was expected before it all, not what was learned since
            seen = tuple(
                own.get(day) or _value(campaign, metric, days, values, judged, n, t) for t, day in enumerate(days)
            )
            found.append(Signal(campaign, row, metric, direction, kind, tuple(listed), seen, ago >= RECENT))
    return found


def _kind(judged: Detection, n: int, run: Sequence[int]) -> str:
    kinds = {KINDS[int(judged.kind[n, t])] for t in run}
    return "zero" if "zero" in kinds else "level_shift" if "level_shift" in kinds or len(run) > 2 else "spike"


def _without_returns(
    values: Floats, judged: Detection, n: int, runs: Mapping[int, list[int]], at: Mapping[int, np.ndarray]
) -> dict[int, list[int]]:
    """The last run of each direction, without days that are only the way back from a shift the other way.

    The detector learns the new level within days and then finds the old one unusual. Against what was expected of the
    weekday before the shift such a day is not unusual: it lies on the side of the shift, or within the old band.
    """
    kept = {}
    for sign, run in runs.items():
        other = runs[-sign]
        if not run or not other or _kind(judged, n, other) == "spike":
            kept[sign] = run
            continue
        before = {t % 7: t for t in range(max(other[0] - 7, 0), other[0] + 1)}
        edge = judged.high[n] if sign > 0 else judged.low[n]
        left = [int(t) for t in at[sign] if t < other[0] or sign * (values[t] - edge[before.get(t % 7, t)]) > 0]
        kept[sign] = _last_run(np.array(left)) if left else []
    return kept


def _last_run(at: np.ndarray) -> list[int]:
    """The last stretch of flagged steps, with gaps of up to ``GAP`` usual ones."""
    run = [int(at[-1])]
    for t in reversed(at[:-1]):
        if run[0] - int(t) > GAP + 1:
            break
        run.insert(0, int(t))
    return run


def _value(
    campaign: int | None, metric: str, days: tuple[date, ...], values: Floats, judged: Detection, n: int, t: int
) -> DayValue:
    return DayValue(
        campaign, metric, days[t], _number(values[t]), _number(judged.expected[n, t]), _number(judged.low[n, t]),
        _number(judged.high[n, t]), _number(judged.score[n, t]),
    )  # fmt: skip


def _number(value: float) -> float | None:
    """Rounded to ten digits, so that the same data give the same incident to the last bit on every machine."""
    return None if np.isnan(value) else float(f"{float(value):.10g}")


def _going_on(
    campaign: int | None,
    metric: str,
    days: tuple[date, ...],
    values: Floats,
    expected: Floats,
    run: list[int],
    sign: int,
) -> list[DayValue]:
    """The days after the last flagged one that are still away from what was expected of their weekday before it all."""
    before = {t % 7: t for t in range(max(run[0] - 7, 0), run[0] + 1)}
    off = [_off(values[t], expected[t]) for t in run]
    first = float(np.nanmedian([abs(o) for o in off if o is not None] or [np.nan]))
    found, usual = [], 0
    for t in range(run[-1] + 1, len(values)):
        then = expected[before[t % 7]] if t % 7 in before else np.nan
        now = _off(values[t], then)
        if now is None or not np.isfinite(first) or sign * now < STILL * first:
            usual += now is not None
            if usual > GAP:
                break
            continue
        usual = 0
        found.append(DayValue(campaign, metric, days[t], _number(values[t]), _number(then), None, None, None))
    return found


def _off(value: float, expected: float) -> float | None:
    """log(value / expected), where nothing at all counts as a hundredth; None where it cannot be said."""
    if np.isnan(value) or np.isnan(expected) or expected <= 0:
        return None
    return float(np.log(max(value, expected / 100) / expected))


def last_judged(series: AccountSeries) -> dict[str, date]:
    """The last day that could be judged, by metric."""
    return {m: series.through[m] for m in WATCHED}


def window_start(series: AccountSeries) -> date:
    """The first day whose flags are read."""
    return series.days[-1] - timedelta(days=JUDGED_DAYS - 1)
