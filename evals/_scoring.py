"""What of the placed incidents was found, when, under which cause, and what was raised beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from evals._placing import Placed
from evals._replay import Seen

_VOLUME = frozenset({"spend", "clicks", "impressions", "cpc", "ctr"})
_UNMOVED = {"tracking_break": _VOLUME, "tracking_outage": _VOLUME, "conversion_rate_drop": _VOLUME}
"""What an incident of the kind leaves as it is: an alarm about it is a coincidence."""
RIGHT: dict[str, frozenset[str]] = {
    "tracking_break": frozenset({"tracking_break"}),
    "tracking_outage": frozenset({"tracking_break", "platform_wide"}),
    "cpc_spike": frozenset({"cpc"}),
    "conversion_rate_drop": frozenset({"conversion_rate"}),
    "disapproval": frozenset({"disapproval_or_paused"}),
    "pause": frozenset({"disapproval_or_paused"}),
    "demand_shock": frozenset({"demand"}),
    "feed_break": frozenset({"demand"}),  # fewer impressions at the same price: why, no platform tells
    "promotion": frozenset({"demand", "promotion"}),
    "budget_cut": frozenset({"budget_change", "foreign_change"}),
    "budget_raise": frozenset({"budget_change", "foreign_change"}),
    "late_import": frozenset({"stale"}),
}
"""The causes that name what happened, by kind."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one placed incident. ``delay`` in days from the first morning on which its first day was read."""

    placed: Placed
    incidents: tuple[str, ...]  # of the store
    delay: int | None
    cause: str | None
    recovered: bool | None  # whether its end was said within a week of it

    @property
    def found(self) -> bool:
        return self.delay is not None

    @property
    def right(self) -> bool:
        return self.cause in RIGHT[self.placed.kind]


@dataclass(frozen=True, slots=True)
class Score:
    """All outcomes, and the incidents raised that nothing placed explains."""

    outcomes: tuple[Outcome, ...]
    wrong: tuple[Seen, ...]
    seen: tuple[Seen, ...]
    weeks: float
    campaigns: int

    @property
    def found(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if o.found)

    @property
    def false_alarms(self) -> float:
        """Wrongly raised a week per 100 campaigns."""
        return len(self.wrong) / self.weeks / self.campaigns * 100


def score(placed: Sequence[Placed], seen: Iterable[Seen], days: int, campaigns: int) -> Score:
    """Hold what the store raised against what was placed.

    A raised value belongs to a placed incident where it is of a day that the incident moved, of a campaign that it
    hit (or of its account as a whole), and of a metric that it moves at all. An incident of the store is wrong where
    none of its values belongs to any.
    """
    seen = list(seen)
    matched: dict[int, dict[str, date]] = defaultdict(dict)  # placed -> incident of the store -> first seen on
    explained: set[str] = set()
    for raised in seen:
        for n, one in enumerate(placed):
            on = _first_match(one, raised)
            if on is not None:
                explained.add(raised.id)
                matched[n][raised.id] = on
    by_id = {s.id: s for s in seen}
    outcomes = tuple(_outcome(one, {i: (by_id[i], on) for i, on in matched[n].items()}) for n, one in enumerate(placed))
    wrong = tuple(s for s in seen if s.id not in explained)
    return Score(outcomes, wrong, tuple(seen), days / 7, campaigns)


def _first_match(one: Placed, raised: Seen) -> date | None:
    """The first morning on which ``raised`` showed a value that ``one`` explains; None where it never did."""
    if raised.platform not in one.platforms:
        return None
    if one.kind == "late_import" or raised.kind == "stale":
        missing = one.kind == "late_import" and raised.kind == "stale"
        near = one.start <= raised.opened_on <= one.end + timedelta(days=1)
        return raised.opened_on if missing and near else None
    unmoved = _UNMOVED.get(one.kind, frozenset())
    found = [
        on
        for (campaign, metric, day), on in raised.values.items()
        if one.explains(day) and (campaign is None or campaign in one.campaigns) and metric not in unmoved
    ]
    return min(found, default=None)


def _outcome(one: Placed, raised: dict[str, tuple[Seen, date]]) -> Outcome:
    if not raised:
        return Outcome(one, (), None, None, None)
    first_id, (first, on) = min(raised.items(), key=lambda item: (item[1][1], item[0]))
    until = one.end + timedelta(days=1)
    named = [c for day, c in sorted(first.causes.items()) if on <= day <= max(until, on)]
    cause = "stale" if first.kind == "stale" else (named[-1] if named else None)
    ended = first.ended_on
    recovered = None if ended is None and first.status == "open" else ended is not None and ended <= until + _WEEK
    ids = (first_id, *sorted(i for i in raised if i != first_id))
    read_on = one.start + timedelta(days=0 if one.kind == "late_import" else 1)
    return Outcome(one, ids, max((on - read_on).days, 0), cause, bool(recovered))


_WEEK = timedelta(days=7)


def lines(score: Score) -> list[str]:
    """The table of a report."""
    found = score.found
    delays = np.array([o.delay for o in found]) if found else np.array([np.nan])
    told = [
        f"found {len(found)} of {len(score.outcomes)}; wrongly raised {len(score.wrong)}, "
        f"{score.false_alarms:.2f} a week per 100 campaigns",
        f"delay in days from the first morning with data: median {np.median(delays):.0f}, "
        f"90 % {np.quantile(delays, 0.9):.0f}",
        f"right cause named: {sum(o.right for o in found)} of {len(found)}; "
        f"one incident for the matter: {sum(told_once(o, score.seen) for o in found)} of {len(found)}; "
        f"recovery said within a week of the end: {sum(bool(o.recovered) for o in found)} of {len(found)}",
        f"{'kind':24}{'placed':>7}{'found':>7}{'delay':>7}{'right cause':>13}",
    ]
    for kind in sorted({o.placed.kind for o in score.outcomes}):
        of = [o for o in score.outcomes if o.placed.kind == kind]
        hit = [o for o in of if o.found]
        delay = f"{np.median([o.delay for o in hit]):.0f}" if hit else "-"
        told.append(f"{kind:24}{len(of):>7}{len(hit):>7}{delay:>7}{sum(o.right for o in hit):>13}")
    return told


def told_once(outcome: Outcome, seen: Iterable[Seen]) -> bool:
    """Whether no platform has more than one incident of it: an incident is of one account."""
    platforms = [s.platform for s in seen if s.id in outcome.incidents]
    return len(platforms) == len(set(platforms))


def misses(score: Score) -> list[str]:
    """Each incident that was missed, misnamed or told more than once, and each wrongly raised: what to look at."""
    told = []
    by_id = {s.id: s for s in score.seen}
    for o in score.outcomes:
        who = f"{len(o.placed.campaigns)} campaigns" if o.placed.wide else next(iter(o.placed.campaigns))
        about = f"{o.placed.kind} x{o.placed.factor:g} {o.placed.start} to {o.placed.end}, {who}"
        if not o.found:
            told.append(f"missed: {about}")
            continue
        if not o.right:
            told.append(f"misnamed as {o.cause}: {about}: {by_id[o.incidents[0]].said[:300]}")
        if not told_once(o, score.seen):
            told.append(f"told as {len(o.incidents)}: {about}: {'; '.join(_brief(by_id[i]) for i in o.incidents)}")
    return told + [f"wrong: {_brief(s)}" for s in score.wrong]


def _brief(s: Seen) -> str:
    """Which incident of the store, from when to when, and whose."""
    names = sorted({c or "the account" for c, _, _ in s.values})
    days = sorted({d for _, _, d in s.values})
    span = f"{days[0]} to {days[-1]}" if days else "no value"
    opened = f"opened {s.opened_on}"
    return f"{s.platform} {s.metric} {s.direction} ({s.kind}) {span}, {opened}, {', '.join(names)[:80]}"
