"""Questions that a shop's orders answer: claims against orders, returns, MER, customers, what is left of the money."""

from __future__ import annotations

from typing import Any

from agent.planner.baselines import times
from agent.planner.plans import TIME_STEPS, make_plan, one_period
from agent.planner.reading import Reading
from agent.planner.shop_words import ShopWish
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall

_GROUPS = {
    "shop": ("day", "week", "month", "country", "category"),
    "reconcile": ("day", "source"),
    "customers": (),
}


def asked(reading: Reading, context: PlanContext) -> Plan | None:
    """One tool on the orders, over the period named."""
    wish = reading.shop
    if wish is None:
        return None
    if reading.left_out:
        raise CannotRead("Days cannot be left out of the shop's figures yet. Name the days that count.")
    if reading.named.campaigns or reading.named.exclude_campaigns:
        raise CannotRead(
            "The shop's orders know no campaigns. Ask for the shop, or for a platform's claims against it."
        )
    _refuse_what_would_be_dropped(reading, wish)
    by = _split(reading, wish)
    notes: list[str] = []
    args: dict[str, Any] = {}
    if len(reading.periods) > 1 or reading.baseline:
        if wish.tool != "shop":
            raise CannotRead("I give claims against orders, and customers, for one period at a time. Which one?")
        when = times(reading, context)
        notes += when.notes
        args["period"] = when.period.to_json()
        if when.baseline is not None:
            args["baseline"] = when.baseline.to_json()
    else:
        args["period"] = one_period(reading, context, notes).to_json()
    if wish.tool == "reconcile":
        args["platforms"] = list(reading.named.platforms)
        args |= {"by": by} if by else {}
        if wish.said:
            notes.append("Numbers named in the question are not used: the figures are those loaded.")
    elif reading.named.platforms or reading.named.exclude_platforms:
        raise CannotRead(
            "The shop's orders are not split by platform. Ask for the whole shop, or 'meta against the shop'."
        )
    elif wish.tool == "shop":
        args |= {"figures": list(wish.figures)} | ({"margin": wish.margin} if wish.margin is not None else {})
        args |= {"by": by} if by else {}
    return make_plan(reading, [ToolCall(wish.tool, args)], notes)


def _refuse_what_would_be_dropped(reading: Reading, wish: ShopWish) -> None:
    """Raises CannotRead for a form that orders are not told in: the total alone would answer another question."""
    by = [by for by in reading.by if by not in _GROUPS[wish.tool]]
    forms = (
        (bool(by), f"by {by[0].removeprefix('label:') if by else ''}"),
        (reading.chart, "as a chart"),
        (reading.rank is not None, "ranked"),
        (reading.share, "as shares"),
        (reading.per_day, "per day"),
        (reading.average, "as an average"),
        (reading.bound is not None, "against a bound"),
    )
    form = next((said for asked, said in forms if asked), None)
    if form is None:
        return
    able = {
        "shop": "by day, week, month, country or category, or for two periods: 'net revenue by week in may', "
        "'mer june vs may'",
        "reconcile": "by day or by source: 'reconcile meta by day in may'",
        "customers": "for one period: 'new customers in may'",
    }[wish.tool]
    raise CannotRead(f"I cannot tell that {form}. What the shop's orders know is told {able}.")


def _split(reading: Reading, wish: ShopWish) -> str:
    """What the answer is broken down by; "" for a total. Raises CannotRead: a total never stands for a breakdown."""
    own = wish.by or ("source" if wish.by_source else "")
    groups = list(dict.fromkeys([*([own] if own else []), *reading.by]))
    if len(groups) > 1:
        raise CannotRead("I break down by one thing at a time. By which?", tuple(f"by {by}" for by in groups))
    by = groups[0] if groups else ""
    if by in TIME_STEPS and wish.figures == ("contribution",):
        raise CannotRead(
            f"I cannot break down by {by} what is left of the shop's money: ask for one {by} at a time, or for 'net "
            f"revenue by {by}' or 'mer by {by}'."
        )
    if by and wish.tool == "shop" and (len(reading.periods) > 1 or reading.baseline):
        raise CannotRead(f"I give the shop's figures by {by} for one period at a time. Which one?")
    return by
