"""A digest's figures computed anew from what the platforms had reported by then, with pandas and nothing of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd

BASES = ("spend", "impressions", "clicks", "conversions", "revenue")
RATIOS = {"CPA": ("spend", "conversions"), "ROAS": ("revenue", "spend")}
ESTIMATES = frozenset({"Money at stake"})  # what the detector expected decides them: no sum of figures tells
_RESTATED_DAYS = 28
_NEVER = pd.Timestamp(1990, 1, 1)
_KEY = ["campaign", "day"]


@dataclass
class Reported:
    """What each platform has reported so far: newest figures, those first read, and when any of a row last changed."""

    now: dict[str, pd.DataFrame] = field(default_factory=dict)
    first: dict[str, pd.DataFrame] = field(default_factory=dict)
    budgets: list[tuple[date, float, float]] = field(default_factory=list)  # day, before, after: others' changes

    def load(self, platform: str, rows: list[dict[str, Any]], on: date) -> None:
        """Take a platform's report of day ``on`` in: rows it holds replace what was known of them."""
        if not rows:
            return
        new = pd.DataFrame(rows).set_index(_KEY)[list(BASES)].astype(float)
        old = self.now.get(platform)
        if old is None:
            self.first[platform], self.now[platform] = new, new.assign(changed=_NEVER)
            return
        both = new.index.intersection(old.index)
        differs = (new.loc[both] != old.loc[both, list(BASES)]).any(axis=1)
        changed = old["changed"].reindex(new.index).fillna(_NEVER)
        changed.loc[differs.index[differs]] = pd.Timestamp(on)
        merged = new.assign(changed=changed)
        self.now[platform] = pd.concat([old.drop(index=both), merged]).sort_index()
        fresh = new.loc[new.index.difference(old.index)]
        self.first[platform] = pd.concat([self.first[platform], fresh])

    def days(self, platform: str) -> set[date]:
        """The days on which the platform has any row."""
        known = self.now.get(platform)
        return set() if known is None else set(known.index.get_level_values("day"))

    def total(self, base: str, start: date, end: date, platforms: list[str]) -> float | None:
        """A sum over whole days; None where one of the platforms lacks a day."""
        wanted = {start + timedelta(days=n) for n in range((end - start).days + 1)}
        found = 0.0
        for platform in platforms:
            if not wanted <= self.days(platform):
                return None
            frame = self.now[platform]
            days = frame.index.get_level_values("day")
            found += float(frame.loc[(days >= start) & (days <= end), base].sum())
        return found

    def metric(self, label: str, start: date, end: date, platforms: list[str]) -> float | None:
        """A metric by the name that a digest gives it."""
        if label in RATIOS:
            above, below = (self.total(b, start, end, platforms) for b in RATIOS[label])
            return None if above is None or not below else above / below
        return self.total(label.lower(), start, end, platforms)

    def restated(self, platform: str, base: str, end: date, since: date) -> tuple[float, float]:
        """Sums of those of the last 28 days that a load since ``since`` changed: as first read (of what it changed),
        and now."""
        frame, first = self.now[platform], self.first[platform]
        days = frame.index.get_level_values("day")
        recent = (days > end - timedelta(days=_RESTATED_DAYS)) & (days <= end)
        cells = frame.index[recent & (frame["changed"] >= pd.Timestamp(since)).to_numpy()]
        money = ["spend", "conversions", "revenue"]
        moved = cells[(frame.loc[cells, money] != first.loc[cells, money]).any(axis=1)]
        now = float(frame.loc[days.isin(moved.get_level_values("day")), base].sum())
        return now - float((frame.loc[moved, base] - first.loc[moved, base]).sum()), now


@dataclass(frozen=True, slots=True)
class Wrong:
    """A figure that a digest had wrong, or one that the oracle cannot compute (``true`` None, ``why`` says so)."""

    on: date
    label: str
    said: float | None
    true: float | None
    why: str = ""


def check(made: Any, reported: Reported, today: date, accounts: dict[str, str]) -> tuple[int, list[Wrong]]:
    """Every fact and board cell of a digest but estimates: (how many were checked, those that are wrong).

    ``accounts``: the name of each platform's account as the digest writes it.
    """
    window = made.window
    whole = [p for p in accounts if _has(reported, p, window.start, window.end)]
    wrong: list[Wrong] = []
    sums = [found for found in made.facts if found.label not in ESTIMATES]
    for found in sums:
        true, known = _expected(found, reported, today, accounts, whole)
        if not known:
            wrong.append(Wrong(today, found.label, _float(found.value), None, f"no oracle: {found.how}"))
        elif not _same(_float(found.value), true):
            wrong.append(Wrong(today, found.label, _float(found.value), true, found.how))
    cells = _board_cells(made, reported, accounts)
    wrong += [Wrong(today, f"board: {name}", said, true) for name, said, true in cells if not _same(said, true)]
    return len(sums) + len(cells), wrong


def _expected(
    found: Any, reported: Reported, today: date, accounts: dict[str, str], whole: list[str]
) -> tuple[float | None, bool]:
    start, end = found.window.start, found.window.end
    if found.label.startswith("Daily budget"):
        first = found.label.endswith("before")
        true = [before if first else after for day, before, after in reported.budgets if day == start]
        return min(true, key=lambda amount: abs(amount - float(found.value)), default=None), True
    label = found.label.split(",")[0].removesuffix(" change")
    relative, moved = found.label.endswith("relative"), " change" in found.label
    of = [p for p, name in accounts.items() if name == found.entity] or whole
    if label not in (*(b.capitalize() for b in BASES), *RATIOS):
        return None, False
    if moved and "as stored" in found.how:
        (platform,) = of if len(of) == 1 else ("",)
        since = today - timedelta(days=3 if today.weekday() == 0 else 1)
        last = today - timedelta(days=1)
        before, now = reported.restated(platform, label.lower(), last, since)
        return ((now - before) / before if relative else now - before), True
    if not moved:
        return reported.metric(label, start, end, of), True
    stretches = re.findall(r"(\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?", found.how)
    if len(stretches) != 2:
        return None, False
    values = [reported.metric(label, date.fromisoformat(a), date.fromisoformat(b or a), of) for a, b in stretches]
    now_, before_ = values
    if now_ is None or before_ is None or (relative and not before_):
        return None, True
    return ((now_ - before_) / before_ if relative else now_ - before_), True


def _board_cells(
    made: Any, reported: Reported, accounts: dict[str, str]
) -> list[tuple[str, float | None, float | None]]:
    if made.board is None:
        return []
    start, end, week = made.window.start, made.window.end, timedelta(days=7)
    cells = []
    for row in made.board.rows:
        (platform,) = [p for p, name in accounts.items() if name in row[0]]
        now = {m: reported.metric(m, start, end, [platform]) for m in ("Spend", "Conversions", "CPA", "ROAS")}
        before = reported.metric("Spend", start - week, end - week, [platform])
        moved = None if now["Spend"] is None or before is None else now["Spend"] - before
        true = [now["Spend"], moved, now["Conversions"], now["CPA"], now["ROAS"]]
        names = [f"{column} of {platform}" for column in made.board.columns[1:]]
        cells += list(zip(names, (_float(c) for c in row[1:]), true, strict=True))
    return cells


def _has(reported: Reported, platform: str, start: date, end: date) -> bool:
    return {start + timedelta(days=n) for n in range((end - start).days + 1)} <= reported.days(platform)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _same(said: float | None, true: float | None) -> bool:
    if said is None or true is None:
        return said is true
    return abs(said - true) <= 1e-6 * max(1.0, abs(true))
