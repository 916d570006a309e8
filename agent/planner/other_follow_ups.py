"""What follows a question of the plan, of profit or of the shop: "and meta?", "at 40%?", "in may?", "by campaign"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from agent.planner.carried import Carried
from agent.planner.merging import EVERYTHING, merged
from agent.planner.plan_words import Profit
from agent.planner.reading import Reading
from agent.planner.shop_words import ShopWish
from agent.planner.text import CannotRead
from agent.state import PlanContext, ToolCall
from tools.labels import join_words

KINDS = ("shop", "pace", "profit")  # in the order in which they answer
# What each can take from a follow-up; anything else would be dropped without a word.
_TAKES = {
    "pace": frozenset({"named", "periods", "pace", "pools"}),
    "profit": frozenset({"named", "periods", "profit", "margin", "by"}),
    "shop": frozenset({"periods", "shop", "margin", "split", "versus", "compare", "baseline", "by"}),
    "reconcile": frozenset({"named", "periods", "shop", "by_source", "by"}),
    "customers": frozenset({"periods", "shop"}),
}
_OF = {
    "pace": "the plan ('are we on track on meta in may')",
    "profit": "profit ('did meta make money in may at 40% margin')",
    "shop": "the shop ('net revenue in may')",
    "reconcile": "claims and orders ('meta against the shop in may')",
    "customers": "customers ('new customers in may')",
}
_PACED = {
    "track": "spend against plan",
    "landing": "where the plan lands",
    "left": "what is left of the plan",
    "targets": "the plan",
}
_FIGURES = {
    "mer": "MER", "net_revenue": "net revenue", "refunds": "refunds", "gross": "shop revenue", "orders": "orders",
    "aov": "the shop's average order value", "contribution": "what is left of the shop's revenue",
}  # fmt: skip
_GROUPS = {"profit": ("platform", "campaign", "account"), "reconcile": ("day",), "shop": ("day", "week", "month")}


def kind_of(reading: Reading) -> str:
    """Which of these kinds the question is; "" for another."""
    return next((kind for kind in KINDS if getattr(reading, kind)), "")


def laid_over(old: Carried, said: Reading, context: PlanContext) -> Reading:
    """The whole question. Raises CannotRead for what the kind asked before cannot take."""
    kind = kind_of(old.reading)
    name = old.reading.shop.tool if old.reading.shop else kind
    if extra := sorted(_said(said) - _TAKES[name]) or _wrong_groups(name, said):
        raise _in_one_line(name, extra)
    if said.shop is not None and said.shop.tool not in ("shop", name):
        name = said.shop.tool
    whole = merged(replace(old, reading=replace(old.reading, metrics=())), said, context)
    whole.pace = said.pace or old.reading.pace
    if whole.pace and old.reading.pace and not whole.pace.said:
        whole.pace = replace(whole.pace, said=old.reading.pace.said)
    whole.profit = _profit(old.reading.profit, said)
    whole.shop = _shop(old.reading.shop, said, name)
    if whole.shop and old.reading.shop and whole.shop.tool != old.reading.shop.tool:
        whole.named = said.named  # a platform's claims were asked for; the shop knows no platforms
    if said.added is not None and said.added.by_source:
        whole.by = []
    return whole


def told(call: ToolCall) -> str:
    """What such a call is of, for "Read as: ..."."""
    args = call.args
    match call.name:
        case "pacing":
            what = _PACED[args.get("about", "track")]
        case "profit":
            what = "what is left after goods and ads" if "period" in args else "break-even ROAS"
        case "reconcile":
            what = "claims against the shop's orders"
        case "customers":
            what = "customers"
        case "what_if":
            what = f"plans of the budgets{_wish(args)}"
        case "shop":
            what = join_words([_FIGURES.get(f, f) for f in args.get("figures", ())])
        case _:
            what = ""
    margin = args.get("margin")
    return what if margin is None else f"{what} at a margin of {margin * 100:g}%"


def _wish(args: Mapping[str, Any]) -> str:
    if "change" in args:
        return f" with {args['change'] * 100:+g}%"
    if "amount" in args:
        return f" with {args['amount']:g} more{' a ' + args['per'] if 'per' in args else ''}"
    if "target_value" in args:
        return f" for a {'CPA' if args['aim'] == 'target_cpa' else 'ROAS'} of {args['target_value']:g}"
    return ""


def _said(said: Reading) -> set[str]:
    parts = (
        "named", "metrics", "periods", "left_out", "promotions", "baseline", "versus", "compare", "by", "by_label",
        "rank", "per_day", "average", "together", "chart", "why", "change", "overview", "share", "bound", *KINDS,
    )  # fmt: skip
    found = {part for part in parts if getattr(said, part)}
    if said.added is not None:
        found |= {part for part in ("split", "by_source", "pools") if getattr(said.added, part)}
        found |= {"margin"} if said.added.margin is not None else set()
    if not found and not re.search(EVERYTHING, said.text):
        found.add("words")  # "just the number", "in a table"
    return found


def _wrong_groups(name: str, said: Reading) -> list[str]:
    return [by for by in said.by if by not in _GROUPS.get(name, ())]


def _in_one_line(name: str, extra: list[str]) -> CannotRead:
    if extra == ["margin"]:
        return CannotRead(
            f"A margin changes what is left of the revenue, and nothing of {_OF[name].partition(' (')[0]}."
        )
    return CannotRead(
        f"The last question was about {_OF[name].partition(' (')[0]}, and I cannot carry that over to it. Ask it in "
        f"one line with the figure and the period; about {_OF[name]} a follow-up may name {_may(name)}."
    )


def _may(name: str) -> str:
    words = {
        "pace": "a platform or a month",
        "profit": "a platform, a campaign, a period, a margin, or 'by campaign'",
        "shop": "a period, two to compare, 'by week' or 'by country'",
        "reconcile": "a platform, a period, 'by day' or 'by source'",
        "customers": "a period",
    }
    return words[name]


def _profit(old: Profit | None, said: Reading) -> Profit | None:
    now = said.profit or old
    if now is None or old is None:
        return now
    margin = said.added.margin if said.added is not None else None
    stated = next((m for m in (margin, said.profit.margin if said.profit else None) if m is not None), old.margin)
    even = now.even_only and not (said.periods or said.named)
    return Profit(stated, even)


def _shop(old: ShopWish | None, said: Reading, name: str) -> ShopWish | None:
    now = said.shop or old
    if now is None or old is None:
        return now
    added = said.added
    if added is not None and added.margin is not None:
        if now.figures != ("contribution",):
            raise _in_one_line(name, ["margin"])
        now = replace(now, margin=added.margin)
    elif now.margin is None and now.figures == old.figures:
        now = replace(now, margin=old.margin)
    if added is not None:
        now = replace(now, by=added.split or now.by, by_source=added.by_source or (now.by_source and not said.by))
    return replace(now, said=False)
