"""Short words that only mean something behind a question of the plan, of profit or of the shop: "at 40%", "by pool"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.planner.plan_words import take_margin, take_pools
from agent.planner.shop_words import SPLITS
from agent.planner.text import Words

_SOURCE = r"(?:by|per) (?:utm )?sources?"


@dataclass(frozen=True, slots=True)
class Added:
    """What such words add to the question before. ``margin`` is a fraction of revenue."""

    margin: float | None = None
    split: str = ""  # "country" or "category" of the shop's orders
    by_source: bool = False
    pools: bool = False

    def __bool__(self) -> bool:
        return self.margin is not None or bool(self.split or self.by_source or self.pools)


def take(words: Words, asked: Mapping[str, Any]) -> Added:
    """The words that the earlier question gives a meaning; ``asked`` is what the thread carries of it."""
    if not any(asked.get(kind) for kind in ("pace", "profit", "shop")):
        return Added()
    split = ""
    if asked.get("shop"):
        split = next((key for key, said in SPLITS.items() if words.took(said)), "")
    return Added(
        take_margin(words),
        split,
        bool(asked.get("shop")) and words.took(_SOURCE),
        bool(asked.get("pace")) and take_pools(words),
    )
