"""A question for a budget split, or for bid targets, as a tool call."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall
from tools.labels import join_words


def recommendation(reading: Reading, context: PlanContext) -> Plan | None:
    """A budget split: "recommend a budget", "where should the next euro go"."""
    if not reading.recommend:
        return None
    if reading.total is not None and not reading.total[1]:
        amount = f"{reading.total[0]:g}"
        raise CannotRead(
            f"A budget is split per day. Is {amount} the amount per day?",
            (f"recommend a budget of {amount} per day", "recommend a budget"),
        )
    if reading.named.campaigns:
        return _about(reading)
    if reading.direction:
        raise CannotRead(f"{reading.direction.title()} on what? Name a campaign, or ask 'recommend a budget'.")
    accounts = _accounts(reading, context, "A budget is recommended")
    if reading.named.exclude_campaigns:
        raise CannotRead(
            "A budget is recommended over all campaigns of an account; single ones cannot be left out. "
            "Ask 'recommend a budget'."
        )
    total = reading.total[0] if reading.total else None
    return make_plan(reading, [ToolCall("recommend_budget", {"total": total, "accounts": accounts})])


def _about(reading: Reading) -> Plan:
    """A split that moves money to or from the campaigns that are named. Raises CannotRead to ask which."""
    names = reading.named.campaigns
    listed = join_words(list(names))
    if reading.named.exclude_campaigns or reading.total is not None:
        raise CannotRead(
            f"I move money to or from {listed} within today's total. Ask 'recommend a budget that spends less on "
            f"{listed}', or more."
        )
    if not reading.direction:
        raise CannotRead(
            f"Should {listed} get less of the budget, or more?",
            tuple(f"recommend a budget that spends {way} on {listed}" for way in ("less", "more")),
        )
    about = {"campaigns": list(names), "direction": reading.direction}
    where = {"accounts": list(reading.named.accounts), "platforms": list(reading.named.platforms)}
    return make_plan(reading, [ToolCall("recommend_budget", {**about, **where})])


def bids(reading: Reading, context: PlanContext) -> Plan | None:
    """Bid targets: "should I change the target CPA of Brand", "bid recommendations for google"."""
    if not reading.bids:
        return None
    if reading.named.exclude_campaigns:
        raise CannotRead(
            "Bid targets are recommended for all campaigns of an account, or for those that are named.",
            ("recommend bids",),
        )
    accounts = _accounts(reading, context, "Bids are recommended")
    args = {"accounts": accounts, "campaigns": list(reading.named.campaigns)}
    return make_plan(reading, [ToolCall("recommend_bids", args)])


def below_floor(reading: Reading, context: PlanContext) -> Plan | None:
    """ "Which campaigns are below their floor?": every one that has a floor is looked at."""
    if not reading.below_floor:
        return None
    if reading.named.campaigns or reading.named.exclude_campaigns:
        raise CannotRead("Every campaign with a floor is looked at.", ("which campaigns are below their floor",))
    accounts = _accounts(reading, context, "That is looked at")
    return make_plan(reading, [ToolCall("below_floor", {"accounts": accounts})])


def _accounts(reading: Reading, context: PlanContext, what: str) -> list[str]:
    """The accounts named, and those of a platform that is."""
    accounts = list(reading.named.accounts)
    for platform in reading.named.platforms:
        here = [e.name for e in context.accounts if e.platform == platform]
        if any(e.name in here and e.platform != platform for e in context.accounts):
            raise CannotRead(f"{what} per account. Which account?", tuple(e.name for e in context.accounts))
        accounts += here
    return accounts
