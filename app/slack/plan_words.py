"""What a plan does, in words: its budgets, its totals, its fields on the card."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.slack import blocks as bk
from app.slack.exposure import Exposure, exposure, total
from app.slack.wording import effect, money, per_day, signed, spread
from domain.formatting import format_chance
from domain.lifecycle import Status
from domain.money import Money
from domain.recommendation import Change, Range
from store.approvals import ApprovalView
from tools.labels import join_words, with_campaigns

NAMED = 6  # changes up to which a sentence names each
_IN_EFFECT = {"google_ads": "at once"}  # what a platform does with a new daily budget, where it is known


def what(changes: tuple[Change, ...]) -> str:
    """The plan in one mrkdwn sentence."""
    if len(changes) == 1:
        return f"{verb(changes[0])} the daily budget of *{name(changes[0])}* {from_to(changes[0])}."
    before, after = totals(changes)
    if before != after:
        return f"Change *{len(changes)} daily budgets*, in all from {money(before)} to {money(after)} a day."
    if len(changes) > NAMED:
        return f"Move *{money(moved(changes))}* a day between {len(changes)} budgets."
    giving, getting = (
        join_words([f"*{bk.data(c.entity_name)}*" for c in changes if (c.after < c.before) is cut])
        for cut in (True, False)
    )
    return f"Move *{money(moved(changes))}* a day from {giving} to {getting}."


def confirmation(changes: tuple[Change, ...]) -> str:
    """What the dialog asks about, with the money; every amount where there is room for it."""
    if len(changes) == 1:
        return f"{verb(changes[0])} *{bk.data(changes[0].entity_name, 80)}* {from_to(changes[0])}. Applies now."
    before, after = totals(changes)
    short = (
        f"Change {len(changes)} daily budgets, in all from {money(before)} to {per_day(after)}."
        if before != after
        else f"Move {money(moved(changes))} a day between {len(changes)} budgets; the total stays {per_day(after)}."
    )
    each = "; ".join(f"{bk.data(c.entity_name, 40)} {money(c.before)} to {money(c.after)}" for c in changes)
    full = f"{short} {each}. Applies now."
    return full if len(full) <= bk.CONFIRM_TEXT else f"{short} Applies now."


def fields(view: ApprovalView, now: datetime, *, expires: str) -> list[tuple[str, str]]:
    """Everything that stands in figures, as labels and mrkdwn values. ``expires`` is how that moment is written."""
    rec = view.recommendation
    pairs = [
        *_amounts(rec.changes),
        ("Expected", expected(rec.expected)),
        ("At most", at_most(view, now)),
        ("Risk", f"{format_chance(rec.chance_worse)} chance of being worse than today, confidence {rec.confidence}"),
        ("Reversible", "the budget yes, by a new approval; money spent is not"),
    ]
    if words := _IN_EFFECT.get(view.account.platform):
        pairs.append(("In effect", words))
    return [*pairs, ("Expires", expires)] if view.approval.status is Status.PENDING else pairs


def expected(e: Range) -> str:
    """``+€11,800 to +€27,300 revenue in 30 days (90 % interval, most likely +€20,200)``."""
    low, mid, high = (effect(v, e.unit, e.currency) for v in (e.low, e.mid, e.high))
    if e.low == e.high == 0:
        return "no change"
    outcome = {"money": " revenue", "count": " conversions"}.get(e.unit, "")
    return f"{low} to {high}{outcome} in {e.horizon_days} days ({e.level * 100:.0f} % interval, most likely {mid})"


def at_most(view: ApprovalView, now: datetime) -> str:
    """What the platform can charge at most under the plan."""
    today = now.astimezone(ZoneInfo(view.account.timezone)).date()
    most = total([exposure(c.platform, c.before, c.after, today) for c in view.recommendation.changes])
    return _exposure_words(most) if most else "unknown: no spending rule of this platform is known here"


def moment(at: datetime, timezone: str) -> str:
    """``2026-03-18 17:00 Europe/Berlin``."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} {timezone}"


def name(change: Change) -> str:
    """A budget as mrkdwn, with the campaigns it feeds where its name does not say them."""
    return bk.escape(plain_name(change))


def plain_name(change: Change) -> str:
    """As ``name``, for plain text."""
    return with_campaigns(bk.clean(change.entity_name), [bk.clean(a) for a in change.affects])


def change_line(change: Change) -> str:
    """``Brand Search EU: €200.00 to €240.00/day``."""
    return f"*{name(change)}*: {money(change.before)} to {per_day(change.after)}"


def step(change: Change) -> Money:
    """By how much a budget changes."""
    return Money(change.after.amount - change.before.amount, change.after.currency)


def moved(changes: tuple[Change, ...]) -> Money:
    """What all raises come to together."""
    result = Money(changes[0].before.amount * 0, changes[0].before.currency)
    for c in changes:
        result = result + step(c) if c.before < c.after else result
    return result


def totals(changes: tuple[Change, ...]) -> tuple[Money, Money]:
    """All budgets together, before and after."""
    before, after = changes[0].before, changes[0].after
    for c in changes[1:]:
        before, after = before + c.before, after + c.after
    return before, after


def verb(change: Change) -> str:
    """Raise, lower or keep."""
    return "Raise" if change.before < change.after else "Lower" if change.after < change.before else "Keep"


def from_to(change: Change) -> str:
    """``from €200.00 to €240.00/day``."""
    return f"from {money(change.before)} to {per_day(change.after)}"


def _amounts(changes: tuple[Change, ...]) -> list[tuple[str, str]]:
    before, after = totals(changes)
    if len(changes) > 1 and before == after:
        words = f"moves {money(moved(changes))} a day between {len(changes)} budgets, the total stays {money(after)}"
        return [("Budgets", words)]
    more = Money(after.amount - before.amount, after.currency)
    share = f", {signed(more.amount / before.amount * 100)} %" if before.amount else ""
    return [("Now", per_day(before)), ("Proposed", f"{per_day(after)} (*{spread(more)}{share}*)")]


def _exposure_words(most: Exposure) -> str:
    if most.to_month_end is None or most.to_month_end_before is None:
        return f"{money(most.today)} today; the platform has no monthly cap"
    same = most.to_month_end == most.to_month_end_before
    without = "as without it" if same else f"{money(most.to_month_end_before)} without it"
    return f"{money(most.today)} today, {money(most.to_month_end)} to month end ({without})"
