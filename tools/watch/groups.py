"""From signals to matters: what belongs together within a campaign, and which campaigns tell of the same.

Within a campaign what leaves its band within the same days is one matter, named by what comes first on the way from
money to revenue. Matters of several campaigns are one only where more of them moved alike at once than chance would
have it; what merely lies on the same days stays apart. The account's own line is a consequence where it is as usual
without those campaigns (``tools.watch.explained``), else a matter of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import comb, log
from statistics import median

from tools.watch.explained import explain
from tools.watch.series import AccountSeries
from tools.watch.signals import GAP, Signal

TOGETHER = timedelta(days=3)  # a small campaign leaves its band some days after a large one that is hit the same day
AT_ONCE = timedelta(days=7)  # what follows from something follows within so many days: later it has its own reason
USUAL = 0.01  # of an account's campaigns leave their band by one factor in one direction within TOGETHER by themselves
CHANCE = 0.005  # how seldom so many at once may be a coincidence to be taken for none
WHOLE = 0.5  # of the account's campaigns: then it is the account's, and who follows later follows from it
ALIKE = 0.5  # of the larger move, in log terms: campaigns of one cause move about as far
STOPPED = 0.02  # of what was expected: less is nothing
OTHER = {"up": "down", "down": "up"}
SAME, OPPOSITE = True, False
FOLLOWS: dict[str, tuple[tuple[str, bool], ...]] = {
    "spend": (("clicks", SAME), ("conversions", SAME), ("revenue", SAME), ("cpc", SAME), ("cpa", SAME),
              ("roas", OPPOSITE)),
    "cpc": (("clicks", OPPOSITE), ("conversions", OPPOSITE), ("revenue", OPPOSITE), ("cpa", SAME), ("roas", OPPOSITE),
            ("spend", SAME)),
    "ctr": (("clicks", SAME), ("conversions", SAME), ("revenue", SAME), ("cpc", OPPOSITE)),
    "clicks": (("conversions", SAME), ("revenue", SAME), ("cvr", OPPOSITE), ("ctr", SAME), ("spend", SAME)),
    "conversions": (("revenue", SAME), ("cvr", SAME), ("cpa", OPPOSITE), ("roas", SAME)),
    "revenue": (("roas", SAME), ("cvr", SAME), ("cpa", OPPOSITE)),  # where the conversions between are just usual
    "cvr": (("cpa", OPPOSITE), ("roas", SAME)),
    "cpa": (("roas", OPPOSITE),),
    "roas": (),
}  # fmt: skip
"""What a move of each metric brings about, in the same direction or the other."""
ROOTS = ("spend", "cpc", "ctr", "clicks", "conversions", "revenue", "cvr", "cpa", "roas")
"""Which of several names a matter: what comes first on the way from money to revenue."""


FACTORS = {
    "spend": "volume", "clicks": "volume", "cpc": "price", "ctr": "interest", "conversions": "outcome",
    "revenue": "outcome", "cvr": "outcome", "cpa": "outcome", "roas": "outcome",
}  # fmt: skip
"""What moved, by the metric that shows it first: campaigns of one cause may show it by different metrics."""

DERIVED = frozenset({"revenue", "cvr", "cpa", "roas"})  # what follows from clicks, their price and conversions


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that happened. ``metric`` and ``direction`` are those of its root; all signals belong to it.

    ``whole``: it is the account's rather than of the campaigns named.
    """

    metric: str
    direction: str
    signals: tuple[Signal, ...]
    whole: bool = False

    @property
    def key(self) -> str:
        return f"{self.metric}:{self.direction}"

    @property
    def of_root(self) -> tuple[Signal, ...]:
        return tuple(s for s in self.signals if s.key == self.key)

    @property
    def keys(self) -> tuple[str, ...]:
        """Its root's first, then its symptoms, each once."""
        ordered = sorted({s.key for s in self.signals} - {self.key}, key=lambda k: ROOTS.index(k.partition(":")[0]))
        return (self.key, *ordered)

    @property
    def faint(self) -> bool:
        """A single day's ratio or revenue of one campaign, with the conversions behind it as usual: a few dear orders
        more or fewer. It may go on with something, but begins nothing."""
        days = {d.day for s in self.signals for d in s.days}
        derived = all(s.metric in DERIVED for s in self.signals)
        return derived and len(days) == 1 and len(self.campaigns) <= 1

    @property
    def campaigns(self) -> frozenset[int]:
        return frozenset(s.campaign_id for s in self.signals if s.campaign_id is not None)

    @property
    def first(self) -> date:
        return min(s.first for s in self.signals)

    @property
    def last(self) -> date:
        return max(s.last for s in self.signals)

    @property
    def signature(self) -> tuple[str, str, bool]:
        """What moved, in which direction, and whether it fell silent: what stopped and what is only weaker have no
        cause in common."""
        direction = OTHER[self.direction] if self.metric == "cpa" else self.direction
        return FACTORS[self.metric], direction, _stopped(self)


def matters(signals: Sequence[Signal], series: AccountSeries, aside: Collection[int] = ()) -> list[Matter]:
    """What happened in an account, each signal in one matter at most, in the order of roots.

    What the campaigns ``aside`` (paused, or kept quiet) bring about in the account's own line is told by nobody.
    """
    alone: list[Matter] = []
    for campaign in sorted({s.campaign_id for s in signals if s.campaign_id is not None}):
        alone += _of_one([s for s in signals if s.campaign_id == campaign])
    found = _joined(alone, len(series.campaigns) - 1)
    for line in _of_one([s for s in signals if s.campaign_id is None]):
        found = _with_line(found, line, series, aside)
    return sorted(found, key=lambda m: (ROOTS.index(m.metric), m.direction, m.first))


def upstream(key: str) -> tuple[str, ...]:
    """What a metric:direction may be a symptom of, by ``FOLLOWS``."""
    metric, _, direction = key.partition(":")
    return tuple(
        f"{root}:{direction if same else OTHER[direction]}"
        for root in ROOTS
        for symptom, same in FOLLOWS[root]
        if symptom == metric and direction in OTHER
    )


def _of_one(signals: list[Signal]) -> list[Matter]:
    """Of one campaign, or of the account's own line. Upstream first: each root takes what began with it, whatever its
    direction (dearer clicks make one way of bidding spend more and another less), and what follows from it."""
    left = sorted(signals, key=lambda s: (_rank(s, signals), s.first))
    found = []
    while left:
        root = left.pop(0)
        taken = [root]
        for signal in list(left):
            began_with = abs(root.first - signal.first) <= TOGETHER
            if overlap(root, signal) and (began_with or any(_follows(t, signal) for t in taken)):
                left.remove(signal)
                taken.append(signal)
        found.append(Matter(root.metric, root.direction, tuple(taken)))
    return found


def _rank(signal: Signal, signals: Sequence[Signal]) -> float:
    """The order of roots; but spend that moved with the price of a click, and not with clicks, is led by the price."""
    if signal.metric == "spend":
        with_it = {s.metric for s in signals if s.direction == signal.direction and overlap(s, signal)}
        if "cpc" in with_it and "clicks" not in with_it:
            return ROOTS.index("cpc") + 0.5
    return ROOTS.index(signal.metric)


def _follows(root: Signal, symptom: Signal) -> bool:
    if not overlap(root, symptom) or symptom.first - root.first > AT_ONCE:
        return False
    return (symptom.metric, symptom.direction) in _consequences(root.metric, root.direction)


def _consequences(metric: str, direction: str) -> set[tuple[str, str]]:
    return {(m, direction if same else OTHER[direction]) for m, same in FOLLOWS[metric]}


def overlap(one: Signal | Matter, other: Signal | Matter) -> bool:
    """Whether their days overlap, or nearly: a metric may leave its band a day before another does."""
    near = timedelta(days=GAP)
    return one.first <= other.last + near and other.first <= one.last + near


def _stopped(matter: Matter) -> bool:
    return any(
        s.metric in ("spend", "clicks") and s.direction == "down"
        and all((d.value or 0.0) <= STOPPED * (d.expected or 0.0) for d in s.days)
        for s in matter.signals
    )  # fmt: skip


# --- Several campaigns -------------------------------------------------------------------------


def _joined(alone: Sequence[Matter], campaigns: int) -> list[Matter]:
    """The largest sets of campaigns that moved alike at once as one matter each, the others as they are."""
    left = list(alone)
    found: list[Matter] = []
    fewest = _fewest(campaigns)
    while True:
        sets = [_alike(left, anchor) for anchor in left]
        best = max(sets, key=lambda some: (len(_campaigns(some)), -some[0].first.toordinal()), default=[])
        if len(_campaigns(best)) < fewest:
            return _grown(found, left)
        left = [m for m in left if m not in best]
        found.append(_as_one(best, len(_campaigns(best)) >= WHOLE * campaigns))


def _alike(matters: Sequence[Matter], anchor: Matter) -> list[Matter]:
    """Those of the anchor's signature that began with it or up to ``TOGETHER`` later."""
    until = anchor.first + TOGETHER
    same = [m for m in matters if m.signature == anchor.signature and anchor.first <= m.first <= until]
    return [m for m in same if _as_far(anchor, m)]


def _as_far(anchor: Matter, matter: Matter) -> bool:
    """Whether they moved alike in size too, within a factor of two in log terms; of outcomes chance makes too much."""
    if anchor.signature[0] == "outcome" or _stopped(anchor):
        return True
    ours, theirs = _size(anchor), _size(matter)
    return ours is None or theirs is None or ALIKE * max(ours, theirs) <= min(ours, theirs)


def _size(matter: Matter) -> float | None:
    """The median of |log(value / expected)| over the root's days."""
    moves = [abs(log(max(d.value, d.expected / 100) / d.expected)) for s in matter.of_root for d in s.days
             if d.value is not None and d.expected]  # fmt: skip
    return median(moves) if moves else None


def _campaigns(some: Iterable[Matter]) -> set[int]:
    return {c for m in some for c in m.campaigns}


@cache
def _fewest(campaigns: int) -> int:
    """How many of so many campaigns at once are no coincidence: P(X >= k) < CHANCE for X ~ Binomial(n, USUAL)."""
    n, tail = campaigns, 1.0
    for k in range(n + 1):
        if k >= 2 and tail < CHANCE:
            return k
        tail -= comb(n, k) * USUAL**k * (1 - USUAL) ** (n - k)
    return n + 1


def _grown(found: list[Matter], alone: list[Matter]) -> list[Matter]:
    """With what the account shows at large: who is hit a little shows it later, or only by a symptom."""
    kept: list[Matter] = list(found)
    for matter in alone:
        host = next((m for m in kept if m.whole and _of_whole(m, matter)), None)
        if host is None:
            kept.append(matter)
        else:
            kept[kept.index(host)] = _as_one([host, matter], whole=True)
    return kept


def _of_whole(host: Matter, matter: Matter) -> bool:
    if host.signature == matter.signature:
        return overlap(host, matter) and matter.first >= host.first - TOGETHER
    began_with = abs(host.first - matter.first) <= TOGETHER
    return began_with and (matter.metric, matter.direction) in _consequences(host.metric, host.direction)


def _as_one(some: Sequence[Matter], whole: bool) -> Matter:
    """Named by the metric that most campaigns show first."""
    names = [(m.metric, m.direction) for m in some for _ in m.campaigns or (0,)]
    metric, direction = min(set(names), key=lambda n: (-names.count(n), ROOTS.index(n[0]), n[1]))
    return Matter(metric, direction, tuple(s for m in some for s in m.signals), whole)


# --- The account's own line --------------------------------------------------------------------


def _with_line(found: list[Matter], line: Matter, series: AccountSeries, aside: Collection[int]) -> list[Matter]:
    """The account's line as what its campaigns brought about, or as a matter of its own with those that moved alike."""
    near = [m for m in found if overlap(m, line)]
    host = next((m for m in near if m.whole and _related(m, line)), None)
    reason = None if host is not None else explain(line, near, series, aside)
    if host is None and reason is None:
        moved_alike = [
            m for m in near if m.signature == line.signature and abs(m.first - line.first) <= TOGETHER
        ]  # fmt: skip
        rest = [m for m in found if m not in moved_alike]
        return [*rest, Matter(line.metric, line.direction, _all_signals([line, *moved_alike]), whole=True)]
    told_by = host or (reason.by if reason is not None else None)
    if told_by is None or len(told_by.campaigns) < 2:
        return found
    kept = [m for m in found if m is not told_by]
    return [*kept, Matter(told_by.metric, told_by.direction, _all_signals([told_by, line]), told_by.whole)]


def _related(host: Matter, line: Matter) -> bool:
    if host.signature == line.signature or {*host.keys} & {*line.keys}:
        return True
    return (line.metric, line.direction) in _consequences(host.metric, host.direction)


def _all_signals(some: Iterable[Matter]) -> tuple[Signal, ...]:
    return tuple(s for m in some for s in m.signals)
