"""Eligible impressions that were not shown, and why: the budget was used up, or the bid ranked too low."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

LOST = (
    "metrics.impressions, metrics.search_budget_lost_impression_share, metrics.content_budget_lost_impression_share, "
    "metrics.search_rank_lost_impression_share, metrics.content_rank_lost_impression_share"
)


@dataclass(frozen=True, slots=True)
class Lost:
    """Shares of ``eligible`` impressions; None where the platform does not say."""

    eligible: float
    to_budget: float | None
    to_rank: float | None

    @staticmethod
    def together(parts: Sequence[Lost]) -> Lost | None:
        """Several campaigns as one, by their eligible impressions; None of nothing."""
        eligible = sum(p.eligible for p in parts)
        if not eligible:
            return None
        budget, rank = ([(p.eligible, getattr(p, of)) for p in parts] for of in ("to_budget", "to_rank"))
        return Lost(eligible, _weighted(budget), _weighted(rank))


def lost_shares(rows: Iterable[tuple[str, Any]]) -> dict[str, Lost]:
    """What each key (a campaign's or a budget's name) lost, from its rows of metrics.

    What is shown, lost to the budget and lost to rank add up to all that was eligible. The platform states either the
    shares of search or those of content. Rows without impressions, or without any share, say nothing.
    """
    parts: dict[str, list[Lost]] = {}
    for key, metrics in rows:
        budget, rank = (_stated(metrics, kind) for kind in ("budget", "rank"))
        left = 1 - (budget or 0.0) - (rank or 0.0)
        if (budget is None and rank is None) or left <= 0:
            continue
        parts.setdefault(key, []).append(Lost(metrics.impressions / left, budget, rank))
    return {key: whole for key, own in parts.items() if (whole := Lost.together(own)) is not None}


def _stated(metrics: Any, kind: str) -> float | None:
    shares = [
        float(getattr(metrics, name))
        for network in ("search", "content")
        if metrics.HasField(name := f"{network}_{kind}_lost_impression_share")
    ]
    return max(shares) if shares else None


def _weighted(parts: Sequence[tuple[float, float | None]]) -> float | None:
    known = [(weight, share) for weight, share in parts if share is not None]
    total = sum(weight for weight, _ in known)
    return sum(weight * share for weight, share in known) / total if total else None
