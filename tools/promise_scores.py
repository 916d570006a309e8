"""How a record of promises scores: how often the ranges held, and what was realised of what was predicted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.promise import Correction
from domain.window import Window
from store.promises import PromiseView
from tools.promise_words import verdict


@dataclass(frozen=True, slots=True)
class Score:
    """One outcome in one currency. ``measured`` have a prediction and a measurement.

    ``held``: as predicted, counting how sure both sides are; ``inside``: the measured mean itself lay in the predicted
    range. ``level`` is how often a range ought to hold. ``helped`` and ``hurt`` are surely above and below no effect.
    """

    outcome: str
    currency: str | None
    measured: int
    held: int
    inside: int
    level: float
    helped: int
    hurt: int
    predicted: float
    realised: float
    realised_low: float
    realised_high: float
    correction: Correction | None
    window: Window  # from the first measured day to the last

    @property
    def ratio(self) -> float | None:
        """Realised over predicted, of all together; None where nothing was predicted to change."""
        return self.realised / self.predicted if self.predicted else None


def scores(found: Sequence[PromiseView]) -> list[Score]:
    """A score an outcome and currency, the most measured first."""
    groups: dict[tuple[str, str | None], list[PromiseView]] = {}
    for p in found:
        if p.status == "measured" and p.promised is not None and p.realised is not None and p.outcome is not None:
            groups.setdefault((p.outcome, p.currency if p.outcome == "revenue" else None), []).append(p)
    ranked = sorted(groups.items(), key=lambda kv: (-len(kv[1]), kv[0][0], kv[0][1] or ""))
    return [_score(outcome, currency, group) for (outcome, currency), group in ranked]


def _score(outcome: str, currency: str | None, group: Sequence[PromiseView]) -> Score:
    said = [p.promised for p in group if p.promised is not None]
    came = [p.realised for p in group if p.realised is not None]
    total = sum(r.mid for r in came)
    # changes of different weeks and budgets err apart: their variances add up
    half = sum(((r.high - r.low) / 2) ** 2 for r in came) ** 0.5
    return Score(
        outcome=outcome,
        currency=currency,
        measured=len(group),
        held=sum(verdict(p) == "as predicted" for p in group),
        inside=sum(s.low <= r.mid <= s.high for s, r in zip(said, came, strict=True)),
        level=sum(s.level for s in said) / len(said),
        helped=sum(r.low > 0 for r in came),
        hurt=sum(r.high < 0 for r in came),
        predicted=sum(s.mid for s in said),
        realised=total,
        realised_low=total - half,
        realised_high=total + half,
        correction=_learned(group, outcome),
        window=Window(min(p.window_start for p in group), max(p.window_end for p in group), group[0].timezone),
    )


def _learned(group: Sequence[PromiseView], outcome: str) -> Correction | None:
    from tools.record import learned  # numpy: only where something was measured

    accounts = {p.account_id for p in group}
    return learned(group, outcome) if len(accounts) == 1 else None  # each account is corrected by its own record
