"""Questions what other budgets would do, as one call of ``what_if``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.planner.carried import Carried
from agent.planner.merging import merged
from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall

# A comparison of plans has none of these; read, they would be dropped without a word.
_NEVER = ("left_out", "promotions", "baseline", "rank", "why", "share", "bound", "by")

MOST_TOTALS = 4
LEAST, MOST = -1.0, 10.0  # shares of today's budgets, as the tool takes them


def wished(reading: Reading, context: PlanContext) -> Plan | None:
    """Plans side by side for a wish. Raises CannotRead for what a plan of budgets is not told by."""
    wish = reading.what_if
    if wish is None:
        return None
    named = reading.named
    if len(wish.totals) > MOST_TOTALS or 0 in wish.totals:
        raise CannotRead(f"Plans are set side by side for up to {MOST_TOTALS} other totals, none of them 0 % more.")
    for share in (wish.change or 0.0, *wish.totals):
        if not LEAST < share <= MOST:
            asked = f"{abs(share):,.0%} {'less' if share < 0 else 'more'}".replace("%", " %")
            raise CannotRead(
                f"{asked} is no plan of budgets: they can be cut by less than 100 % and raised by up to 1,000 %. To "
                "stop a campaign altogether is not decided by figures."
            )
    if any(getattr(reading, part) for part in _NEVER):
        raise CannotRead(
            "Plans are of daily budgets from now on: no breakdown, ranking or comparison of periods goes with them. "
            "Ask for example 'what if we cut 15 %', 'where should the next 5000 a month go' or 'get cpa under 30'."
        )
    if named.exclude_campaigns or named.exclude_labels or named.exclude_platforms:
        raise CannotRead("A plan is over all budgets of an account, or changes one part; parts cannot be left out.")
    parts = len(named.campaigns) + len(named.labels)
    if parts and wish.change is None:
        raise CannotRead(
            "That is asked over all budgets of an account, not of one campaign or label. Ask it without a name, or for "
            "an account."
        )
    if parts > 1:
        raise CannotRead("A change is of all budgets or of one campaign or label at a time; name one.")
    notes = [f"Plans are from now on, not of {p.start} to {p.end}." for p in reading.periods]
    args: dict[str, Any] = {**named.filters(context)}
    said: dict[str, Any] = {"change": wish.change, "totals": list(wish.totals), "amount": wish.amount, "per": wish.per}
    said |= {"aim": wish.aim, "target_value": wish.target}
    args |= {key: value for key, value in said.items() if value}
    return make_plan(reading, [ToolCall("what_if", args)], notes)


def laid_over(old: Carried, said: Reading, context: PlanContext) -> Reading:
    """ "and with 20 %?" as the whole question. Raises CannotRead for what a wish cannot take from a follow-up."""
    if said.what_if is None and not said.named:
        raise CannotRead(
            "The last question was what other budgets would do. A follow-up may name another amount or per cent, or an "
            "account, a platform or a campaign; ask anything else in one line."
        )
    whole = merged(old, said, context)
    wish = said.what_if or old.reading.what_if
    whole.what_if = None if wish is None else replace(wish, behind=False)
    whole.metrics, whole.periods, whole.versus, whole.compare = (), [], [], False
    return whole
