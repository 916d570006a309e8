"""What is at stake in a matter, in the account's currency, and what that amount is. None where it cannot be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.watch.explained import sums
from tools.watch.groups import Matter
from tools.watch.series import TRAIL, AccountSeries
from tools.watch.signals import Signal


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in the major unit over the unusual days, ``how`` in words; or None with the reason in ``how``."""

    amount: float | None
    how: str


def money(series: AccountSeries, matter: Matter) -> Money:
    """What the root metric cost, or failed to bring, against what was expected."""
    signals = counted(matter)
    amounts = [_of_signal(series, matter, s) for s in signals]
    known = [a.amount for a in amounts if a.amount is not None]
    if not known:
        return amounts[0] if amounts else Money(None, "nothing of it is expressed in money")
    hows = dict.fromkeys(a.how for a in amounts if a.amount is not None)
    return Money(round(sum(known), 2), "; ".join(hows))


def counted(matter: Matter) -> Sequence[Signal]:
    """The signals whose amounts are added: the account's own line where it and several campaigns moved (what one
    campaign lost another may have gained), else the campaigns'.
    """
    of_root = matter.of_root
    whole = [s for s in of_root if s.campaign_id is None]
    parts = [s for s in of_root if s.campaign_id is not None]
    return whole if whole and len(parts) != 1 else parts


def affected(series: AccountSeries, matter: Matter) -> float | None:
    """The part of the account's usual spend, 0 to 1, that the matter touches; None where spend is not known."""
    spend = _usual(series, "spend", matter)
    whole = spend[-1]
    if not np.isfinite(whole) or whole <= 0:
        return None
    rows = {s.row for s in matter.of_root if s.campaign_id is not None}
    if not rows:
        return 1.0
    return float(min(1.0, np.nansum([spend[i] for i in rows]) / whole))


def daily_spend(series: AccountSeries, matter: Matter) -> float | None:
    """What the account usually spends in a day before the matter began."""
    usual = float(_usual(series, "spend", matter)[-1])
    return usual if np.isfinite(usual) else None


def _of_signal(series: AccountSeries, matter: Matter, signal: Signal) -> Money:
    row, up = signal.row, signal.direction == "up"
    match signal.metric:
        case "spend":
            if up:
                return Money(_total(series, signal, None, 1), "spend above what was expected")
            return Money(None, "less was spent than expected, and what it would have brought is not known")
        case "revenue":
            return Money(_total(series, signal, None, 1 if up else -1), f"revenue {_side(up)} what was expected")
        case "conversions" | "cvr":
            weights = "clicks" if signal.metric == "cvr" else None
            units = _total(series, signal, weights, 1 if up else -1)
            return _worth(series, matter, row, units, f"conversions {_side(up)} what was expected")
        case "clicks":
            return _of_clicks(series, matter, signal)
        case "cpc" | "cpa":
            per = "clicks" if signal.metric == "cpc" else "conversions"
            words = "paid more for the same" if up else "saved on the same"
            return Money(_total(series, signal, per, 1 if up else -1), f"{words} {per} than expected")
        case "roas":
            return Money(
                _total(series, signal, "spend", 1 if up else -1), f"revenue {_side(up)} what the spend usually brings"
            )
        case _:
            return Money(None, "nothing of it is expressed in money")


def _of_clicks(series: AccountSeries, matter: Matter, signal: Signal) -> Money:
    """What the clicks would have brought, each at its own campaign's usual revenue a click, less what they would have
    cost; where no revenue is known, their conversions at what one usually costs."""
    up = signal.direction == "up"
    units = _total(series, signal, None, 1 if up else -1)
    what = f"conversions of clicks {_side(up)} what was expected"
    shares = {signal.row: 1.0} if signal.campaign_id is not None else _parts(series, signal)
    clicks, spend, revenue = (_usual(series, base, matter) for base in ("clicks", "spend", "revenue"))
    known = [i for i in shares if clicks[i] > 0 and np.isfinite(revenue[i]) and np.isfinite(spend[i])]
    if units is not None and known and len(known) == len(shares) and revenue[-1] > 0:
        net = sum(shares[i] * float(revenue[i] - spend[i]) / float(clicks[i]) for i in known)
        return Money(max(0.0, units * net), f"{what}, at their usual value, less what those clicks usually cost")
    rate = _ratio(series, matter, signal.row, "conversions", "clicks")
    return _worth(series, matter, signal.row, None if units is None or rate is None else units * rate, what)


def _parts(series: AccountSeries, signal: Signal) -> dict[int, float]:
    """Each campaign's part of the clicks that the account has too few or too many of, adding up to 1."""
    start, days = series.days[0], [d.day for d in signal.days]
    moved: dict[int, float] = {}
    for i, campaign in enumerate(series.campaigns):
        if campaign is not None:
            now, usual = sums(series.base["clicks"][[i]], start, days)
            moved[i] = now - usual
    whole = sum(moved.values())
    if whole == 0 or (whole > 0) != (signal.direction == "up"):
        return {}  # against the same weekdays it did not move that way: no campaign can be named
    return {i: part / whole for i, part in moved.items() if part}


def _side(up: bool) -> str:
    return "above" if up else "below"


def _total(series: AccountSeries, signal: Signal, weights: str | None, sign: int) -> float | None:
    """Sum over the days of sign * (value - expected) * weight, what went the other way counted as nothing."""
    first, total, any_known = series.days[0], 0.0, False
    for d in signal.days:
        if d.value is None or d.expected is None:
            continue
        weight = 1.0 if weights is None else float(series.base[weights][signal.row, (d.day - first).days])
        if np.isfinite(weight):
            total += max(0.0, sign * (d.value - d.expected)) * weight
            any_known = True
    return total if any_known else None


def _worth(series: AccountSeries, matter: Matter, row: int, units: float | None, what: str) -> Money:
    """Conversions in money: at their usual value, else at what one usually costs."""
    if units is None:
        return Money(None, f"{what}: how many is not known")
    if (value := _ratio(series, matter, row, "revenue", "conversions")) is not None:
        return Money(units * value, f"{what}, at their usual value")
    if (cost := _ratio(series, matter, row, "spend", "conversions")) is not None:
        return Money(units * cost, f"{what}, at what one usually costs (their value is not in the data)")
    return Money(None, f"{what}: neither their value nor their cost is known")


def _ratio(series: AccountSeries, matter: Matter, row: int, top: str, bottom: str) -> float | None:
    """Sum over sum of the four weeks before; of the whole account where the campaign has none."""
    for i in (row, len(series.campaigns) - 1):
        a, b = _usual(series, top, matter)[i], _usual(series, bottom, matter)[i]
        if np.isfinite(a) and np.isfinite(b) and a > 0 and b > 0:
            return float(a / b)
    return None


def _usual(series: AccountSeries, name: str, matter: Matter) -> np.ndarray:
    """(S,): the mean of the four weeks before the matter began."""
    begin = (min(s.first for s in matter.signals) - series.days[0]).days
    stretch = series.base[name][:, max(0, begin - TRAIL) : begin]
    known = ~np.isnan(stretch)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known, stretch, 0.0).sum(axis=1) / known.sum(axis=1))
