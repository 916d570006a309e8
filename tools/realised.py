"""What came of one applied change, estimated from the store: or why there is no counterfactual. Writes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from analytics.errors import CannotEstimate
from analytics.realised import FEWEST_DONORS, Moved, Realised, realised
from domain.account_change import AMOUNT, STATUS
from domain.promise import LEAST_DAYS, Measured, Total, cut_at
from domain.scope import Scope
from store import calendar, changes, incidents, performance, platform_changes
from store.promises import PromiseView
from store.series import CampaignDay, campaign_days
from tools.labels import join_words, platform_label
from tools.levers import LAG_DAYS

Floats = NDArray[np.float64]

FIT_DAYS = 168
LATEST = timedelta(days=60)
"""How long after its window a promise waits for figures."""
RUNS_ON = 0.9  # of the days: a campaign that stood still more often is no comparison
UNKNOWN_ON = 0.05
SPENT_OTHERWISE = 0.25
LISTED = 5
METHOD = "synthetic control, conformal interval"
DAY = timedelta(days=1)
_TOUCHES = (AMOUNT, STATUS, "created", "removed")


@dataclass(frozen=True, slots=True)
class _Donor:
    """A campaign the change left alone, on the days looked at; NaN is "not stated"."""

    name: str
    spend: Floats
    outcome: Floats


def measure(session: Session, promise: PromiseView, today: date, *, others: Sequence[int] = ()) -> Measured | None:
    """The realised effect of a waiting promise on its mature days; None while they are not all there.

    Campaigns of the same account are compared with first; those of ``others`` only where it has too few.
    """
    scope = Scope((promise.account_id,))
    end, said = _window_end(session, scope, promise)
    if end is None:
        reason = f"{said}: fewer than {LEAST_DAYS} whole days are left to measure"
        return Measured("void", reason, promise.window_end)
    known = [a.last_day for a in performance.accounts(session, scope) if a.last_day is not None]
    there = min([today - DAY, *known]) if known else date.min
    if (there - end).days < LAG_DAYS:
        if today - end <= LATEST:
            return None
        return Measured("no_counterfactual", f"the figures up to {end + LAG_DAYS * DAY} never arrived", end)
    try:
        return _measured(session, scope, promise, end, said, others)
    except CannotEstimate as reason:
        return Measured("no_counterfactual", str(reason), end, details=_cut(said))


def _cut(said: str | None) -> dict[str, str]:
    return {} if said is None else {"cut": said}


def _window_end(session: Session, scope: Scope, promise: PromiseView) -> tuple[date | None, str | None]:
    """Where the window ends for what somebody else changed of the same campaigns, and how that is said."""
    zone = ZoneInfo(promise.timezone)
    ids = {str(i) for c in promise.changes for i, _ in c.campaigns if i is not None}
    entities = {c.entity for c in promise.changes}
    after, until = _midnight(promise.window_start, zone), _midnight(promise.window_end + DAY, zone)
    for seen in platform_changes.between(session, scope, after, until, foreign_only=True):
        change = seen.change
        if _touches(change.field) and (change.entity in entities or ids & set(change.campaigns)):
            day = change.at.astimezone(zone).date()
            said = f"changed by somebody else ({change.field.replace('_', ' ')}) on {day}"
            return cut_at(promise.window_start, promise.window_end, day), said
    return promise.window_end, None


def _touches(field: str) -> bool:
    return field in _TOUCHES or "bid" in field or "target" in field


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _measured(
    session: Session, scope: Scope, promise: PromiseView, end: date, cut: str | None, others: Sequence[int]
) -> Measured:
    """Raises CannotEstimate where there is nothing to compare with."""
    changed_on = promise.window_start - DAY
    start = changed_on - FIT_DAYS * DAY
    rows = campaign_days(session, scope, promise.account_id, start, end)
    outcome = promise.outcome or ("revenue" if any(r.revenue for r in rows) else "conversions")
    days = sorted({r.day for r in rows} - {changed_on})
    at = {day: n for n, day in enumerate(days)}
    own, rest = _told_apart(rows, promise)
    moved = [_moved(own[c.entity], at, outcome) for c in promise.changes]
    donors, left_out = _donors(session, scope, promise.account_id, rest, at, outcome, (start, end, promise.timezone))
    if len(donors) < FEWEST_DONORS:
        for other in others:
            donors += _of_another(session, other, at, outcome, (start, end, promise.timezone))
    before = sum(day < promise.window_start for day in days)
    donors = _steady(donors, before, left_out)
    kept = np.flatnonzero(np.isfinite(np.sum([m.outcome for m in moved] + [d.outcome for d in donors], axis=0)))
    first = int(np.sum(kept < before))
    rng = np.random.default_rng([promise.account_id, changed_on.toordinal()])
    found = realised(
        [Moved(m.spend[kept], m.outcome[kept]) for m in moved],
        np.array([d.outcome[kept] for d in donors]).reshape(len(donors), kept.size).T,
        np.array([days[n].toordinal() for n in kept], dtype=np.int64),
        first,
        rng,
    )
    whole = (end - promise.window_start).days + 1
    if found.days < min(LEAST_DAYS, whole):
        return Measured("no_counterfactual", f"figures are missing on all but {found.days} days of it", end)
    scale = whole / found.days
    total = Total(found.low * scale, found.mid * scale, found.high * scale, found.level)
    details = {
        **_details(found, donors, left_out, first, scale), **_cut(cut), "outcome": outcome,
        "notes": _notes(session, scope, promise.window_start, end),
    }  # fmt: skip
    return Measured("measured", None, end, total, METHOD, details)


def _details(
    found: Realised, donors: Sequence[_Donor], left_out: Sequence[str], fit_days: int, scale: float
) -> dict[str, object]:
    weights = sorted(zip(found.weights.tolist(), [d.name for d in donors], strict=True), reverse=True)
    return {
        "p": found.p, "days": found.days, "expected": found.expected * scale, "spend_added": found.spend_added * scale,
        "compared_with": [[name, round(w, 6)] for w, name in weights if w > 1e-6], "left_out": list(left_out),
        "fit_days": fit_days, "weekly_miss": found.weekly_miss, "inside_hull": found.inside_hull,
        "levelled": list(found.levelled),
    }  # fmt: skip


def _told_apart(
    rows: Iterable[CampaignDay], promise: PromiseView
) -> tuple[dict[str, list[CampaignDay]], dict[str, list[CampaignDay]]]:
    """The rows of each changed budget, by entity, and those of every other campaign, by name."""
    owner = {key: c.entity for c in promise.changes for one in c.campaigns for key in one if key is not None}
    own: dict[str, list[CampaignDay]] = defaultdict(list)
    rest: dict[str, list[CampaignDay]] = defaultdict(list)
    for row in rows:
        key = row.external_id if row.external_id in owner else row.name
        if key in owner:
            own[owner[key]].append(row)
        else:
            rest[row.name].append(row)
    return own, rest


def _moved(rows: Sequence[CampaignDay], at: dict[date, int], outcome: str) -> Moved:
    return Moved(*_series(rows, at, outcome))


def _series(rows: Iterable[CampaignDay], at: dict[date, int], outcome: str) -> tuple[Floats, Floats]:
    """Spend and outcome by day; a day without a row, on which the account has others, is one without a run."""
    spend, result = np.zeros(len(at)), np.zeros(len(at))
    for row in rows:
        if (n := at.get(row.day)) is None:
            continue
        value = row.revenue if outcome == "revenue" else row.conversions
        spend[n] += np.nan if row.spend is None else float(row.spend)
        result[n] += np.nan if value is None or row.spend is None else value
    return spend, result


def _donors(
    session: Session,
    scope: Scope,
    account_id: int,
    campaigns: dict[str, list[CampaignDay]],
    at: dict[date, int],
    outcome: str,
    span: tuple[date, date, str],
) -> tuple[list[_Donor], list[str]]:
    """The campaigns that nobody changed in all that time, and why the others are none."""
    touched = _reached(session, scope, account_id, *span)
    donors, left_out = [], []
    for name, rows in sorted(campaigns.items()):
        ran = sum(r.day in at for r in rows)
        if touched & {name, *(r.external_id for r in rows if r.external_id)}:
            left_out.append(f"{name}: it was changed itself")
        elif ran < RUNS_ON * len(at):
            left_out.append(f"{name}: it ran on {ran} of {len(at)} days")
        else:
            donor = _Donor(name, *_series(rows, at, outcome))
            if np.isnan(donor.outcome).mean() > UNKNOWN_ON:
                left_out.append(f"{name}: its {outcome} is not known on every day")
            else:
                donors.append(donor)
    return donors, left_out


def _of_another(
    session: Session, account_id: int, at: dict[date, int], outcome: str, span: tuple[date, date, str]
) -> list[_Donor]:
    """Campaigns of another account on the same local days, under no name of theirs."""
    scope = Scope((account_id,))
    by_name: dict[str, list[CampaignDay]] = defaultdict(list)
    for row in campaign_days(session, scope, account_id, span[0], span[1]):
        by_name[row.name].append(row)
    found, _ = _donors(session, scope, account_id, by_name, at, outcome, span)
    return [_Donor("a campaign of another account", d.spend, d.outcome) for d in found]


def _reached(session: Session, scope: Scope, account_id: int, start: date, end: date, timezone: str) -> set[str]:
    """Ids and names of the campaigns that anybody changed in these days, as far as it is known."""
    zone = ZoneInfo(timezone)
    first, last = _midnight(start, zone), _midnight(end + DAY, zone)
    found = changes.reached(session, scope, account_id, first, last)
    for seen in platform_changes.between(session, scope, first, last, foreign_only=True):
        if _touches(seen.change.field):
            found |= {*seen.change.campaigns, *([] if seen.change.campaigns else [seen.change.entity_name or ""])}
    return found


def _steady(donors: list[_Donor], before: int, left_out: list[str]) -> list[_Donor]:
    """Without those whose spend moved otherwise than that of the rest: somebody changed them, whatever is on record."""
    moves = [_move(d.spend, before) for d in donors]
    known = [m for m in moves if m is not None]
    if not known:
        return []
    usual = float(np.median(known))
    kept = []
    for donor, move in zip(donors, moves, strict=True):
        if move is not None and abs(move / usual - 1) <= SPENT_OTHERWISE:
            kept.append(donor)
        else:
            left_out.append(f"{donor.name}: its own spend moved")
    return kept


def _move(spend: Floats, before: int) -> float | None:
    """Spend a day after the change over that before it; None where it spent nothing."""
    earlier, later = np.nanmean(spend[:before]) if before else 0.0, np.nanmean(spend[before:])
    return float(later / earlier) if earlier > 0 and later > 0 else None


def _notes(session: Session, scope: Scope, start: date, end: date) -> list[str]:
    """What else was in the window: it reached the compared campaigns too, but perhaps not alike."""
    events = [f"{e.kind} {e.name} ({_when(e.start, e.end)})" for e in calendar.events(session, scope, start, end)]
    unusual = [
        f"{i.metric} {i.direction} at {join_words(list(i.campaigns[:2])) or platform_label(i.platform)} from "
        f"{_when(i.first_day, i.last_day)}"
        for i in incidents.during(session, scope, start, end)
        if i.status != "expected" and i.kind not in ("stale", "watch_failed")
    ]
    found = [*events, *unusual]
    return [*found[:LISTED], *([f"and {len(found) - LISTED} more"] if len(found) > LISTED else [])]


def _when(start: date, end: date) -> str:
    return f"{start}" if start == end else f"{start} to {end}"
