"""From signals to matters: what follows from what within a campaign, and which campaigns tell of the same.

Within a campaign a signal that follows from another (CPA up from conversions down) is its symptom. Across campaigns
matters are one where they began together and have the same root over days that overlap, or where one shows only a
symptom of the other: a campaign too small for its conversions to be judged, whose CPA rises in the same days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tools.watch.signals import GAP, Signal

TOGETHER = 3  # days: a small campaign leaves its band some days after a large one that is hit on the same day
SEVERAL = 3  # campaigns with one metric in one direction within the same days: no coincidence
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


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that happened. ``metric`` and ``direction`` are those of its root; all signals belong to it."""

    metric: str
    direction: str
    signals: tuple[Signal, ...]

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


def matters(signals: Sequence[Signal]) -> list[Matter]:
    """Every signal in exactly one matter, by the first day and the order of roots."""
    found: list[Matter] = []
    for campaign in sorted({s.campaign_id for s in signals}, key=lambda c: (c is None, c or 0)):
        found += _of_campaign([s for s in signals if s.campaign_id == campaign])
    return sorted(_joined(found), key=lambda m: (ROOTS.index(m.metric), m.direction, min(s.first for s in m.signals)))


def upstream(key: str) -> tuple[str, ...]:
    """What a metric:direction may be a symptom of, by ``FOLLOWS``."""
    metric, _, direction = key.partition(":")
    return tuple(
        f"{root}:{direction if same else OTHER[direction]}"
        for root in ROOTS
        for symptom, same in FOLLOWS[root]
        if symptom == metric and direction in OTHER
    )


def _of_campaign(signals: list[Signal]) -> list[Matter]:
    """Upstream first: each root takes what follows from it over days that overlap, and what began with it.

    What leaves its band in one campaign within the same days is one thing to look at, whatever its direction: dearer
    clicks make one way of bidding spend more and another less.
    """
    left = sorted(signals, key=lambda s: (_rank(s, signals), s.first))
    found = []
    while left:
        root = left.pop(0)
        taken = [root]
        for signal in list(left):
            if any(_follows(t, signal) for t in taken) or _began_with(root, signal):
                left.remove(signal)
                taken.append(signal)
        found.append(Matter(root.metric, root.direction, tuple(taken)))
    return found


def _began_with(root: Signal, signal: Signal) -> bool:
    """Of the account's own line that says nothing: there two campaigns may have moved two metrics."""
    return root.campaign_id is not None and abs(root.first - signal.first) < timedelta(days=GAP)


def _rank(signal: Signal, signals: Sequence[Signal]) -> float:
    """The order of roots; but spend that moved with the price of a click, and not with clicks, is led by the price."""
    if signal.metric == "spend":
        with_it = {s.metric for s in signals if s.direction == signal.direction and overlap(s, signal)}
        if "cpc" in with_it and "clicks" not in with_it:
            return ROOTS.index("cpc") + 0.5
    return ROOTS.index(signal.metric)


def _follows(root: Signal, symptom: Signal) -> bool:
    if not overlap(root, symptom):
        return False
    for metric, same in FOLLOWS[root.metric]:
        if metric == symptom.metric and symptom.direction == (root.direction if same else OTHER[root.direction]):
            return True
    return False


def overlap(one: Signal, other: Signal) -> bool:
    """Whether their days overlap, or nearly: a metric may leave its band a day before another does."""
    near = timedelta(days=GAP)
    return one.first <= other.last + near and other.first <= one.last + near


def _joined(found: list[Matter]) -> list[Matter]:
    """Matters of several campaigns (and of the account) as one, where they are."""
    kept: list[Matter] = []
    for matter in sorted(found, key=lambda m: ROOTS.index(m.metric)):
        host = next((k for k in kept if _one(k, matter)), None)
        if host is None:
            kept.append(matter)
        else:
            kept[kept.index(host)] = Matter(host.metric, host.direction, (*host.signals, *matter.signals))
    return kept


def _one(host: Matter, matter: Matter) -> bool:
    roots = matter.of_root
    if not _began_together(host.of_root, roots):
        return False
    if host.key == matter.key:
        few = 0 < len(_campaigns(host)) < SEVERAL and _campaigns(matter)
        if few and _stopped(host) != _stopped(matter):
            return False
        return any(overlap(a, b) for a in host.of_root for b in roots)
    if _whole(matter) and any(a.key == b.key and overlap(a, b) for a in host.signals for b in roots):
        return True  # the account's own line shows what a campaign of it does
    return any(_follows(a, b) for a in host.of_root for b in roots) and _only_symptom(host, matter)


def _campaigns(matter: Matter) -> set[int]:
    return {s.campaign_id for s in matter.of_root if s.campaign_id is not None}


def _whole(matter: Matter) -> bool:
    return all(s.campaign_id is None for s in matter.signals)


def _stopped(matter: Matter) -> bool:
    """Whether a campaign fell silent: what stopped and what is only weaker have no cause in common, where it is not
    many that are hit. Of conversions a small campaign has none where a large one has half."""
    return any(s.kind == "zero" and s.campaign_id is not None and s.metric in ("spend", "clicks")
               for s in matter.of_root)  # fmt: skip


def _began_together(some: Sequence[Signal], others: Sequence[Signal]) -> bool:
    """Whether campaigns left what was expected within the same days: one that follows weeks into another's trouble has
    a trouble of its own. The account's own line says nothing of that."""
    first = [min((s.first for s in of if s.campaign_id is not None), default=None) for of in (some, others)]
    if first[0] is None or first[1] is None:
        return True
    return abs(first[0] - first[1]) <= timedelta(days=TOGETHER)


def _only_symptom(host: Matter, matter: Matter) -> bool:
    """Whether a matter may be another's echo: the account's own line, or what ends the way to revenue in a campaign too
    small for the root to show, where more than one other campaign shows it."""
    return _whole(matter) or (matter.metric in ("revenue", "cvr", "cpa", "roas") and len(_campaigns(host)) > 1)
