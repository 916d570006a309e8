"""What a plan does, in words: its budgets, its totals, its fields on the card."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from app.slack import blocks as bk
from app.slack import target_words
from app.slack.exposure import Exposure, exposure, total
from app.slack.wording import effect, money, per_day, signed, spread, value
from domain.formatting import format_chance
from domain.lifecycle import Status
from domain.money import Money
from domain.recommendation import Change, Range, Recommendation, write_order
from store.approvals import ApprovalView
from tools.labels import join_words, with_campaigns

NAMED = 6  # changes up to which a sentence names each
WHOLE = 20  # changes up to which a card shows each of them
LABEL = 40  # characters of a budget's name where many stand on one card
_REVERSIBLE = "the budget yes, by a new approval; money spent is not"
_IN_EFFECT = {"google_ads": "at once"}  # what a platform does with a new daily budget, where it is known


def what(changes: tuple[Change, ...]) -> str:
    """The plan in one mrkdwn sentence."""
    if target_words.of_targets(changes):
        return target_words.what(changes, {c.entity: name(c) for c in changes})
    if len(changes) == 1:
        return f"{verb(changes[0])} the daily budget of *{name(changes[0])}* {from_to(changes[0])}."
    before, after = totals(changes)
    if before != after:
        return f"Change *{len(changes)} daily budgets*, in all from {money(before)} to {money(after)} a day."
    if len(changes) > NAMED:
        return f"Move *{money(moved(changes))}* a day between {len(changes)} budgets."
    short = labels(changes)
    giving, getting = (
        join_words([f"*“{bk.data(short[c.entity])}”*" for c in changes if (c.step < 0) is cut]) for cut in (True, False)
    )
    return f"Move *{money(moved(changes))}* a day from {giving} to {getting}."


def confirmation(changes: tuple[Change, ...]) -> str:
    """What the dialog asks about, the money first, as plain text; every amount where there is room for it."""
    if target_words.of_targets(changes):
        quoted = {entity: f"“{label}”" for entity, label in labels(changes).items()}
        return target_words.confirmation(changes, quoted)
    if len(changes) == 1:
        change = changes[0]
        return f"F{from_to(change)[1:]}, applied now: {verb(change).lower()} “{bk.clean(change.entity_name)}”."
    before, after = totals(changes)
    short = (
        f"{len(changes)} daily budgets, in all from {money(before)} to {per_day(after)}, applied now."
        if before != after
        else f"{money(moved(changes))} a day moved between {len(changes)} budgets, applied now; "
        f"the total stays {per_day(after)}."
    )
    names = labels(changes)
    each = "; ".join(f"{value(c.before)} to {value(c.after)} “{names[c.entity]}”" for c in changes)
    full = f"{short} {each}."
    return full if len(full) <= bk.CONFIRM_TEXT else f"{short} Each of them stands on the card."


def labels(changes: Sequence[Change]) -> dict[str, str]:
    """Each budget's name by its entity, short enough to show many and never the same for two; plain text."""
    names = {c.entity: _label(c) for c in changes}
    whole = all(names[c.entity] == plain_name(c) for c in changes)
    if whole and len({unicodedata.normalize("NFKC", n).casefold() for n in names.values()}) == len(changes):
        return names
    ordered = sorted(changes, key=write_order)
    return {c.entity: f"{n}. {names[c.entity]}" for n, c in enumerate(ordered, start=1)}


def _label(change: Change) -> str:
    """A name of at most ``LABEL`` characters: its campaigns go first, then its middle."""
    if len(whole := plain_name(change)) <= LABEL:
        return whole
    alone = _unquoted(bk.clean(change.entity_name, 500))
    return alone if len(alone) <= LABEL else f"{alone[: LABEL - 14].rstrip()}…{alone[-13:].lstrip()}"


@dataclass(frozen=True, slots=True)
class Known:
    """What a card says beside the approval, where it is known: mrkdwn, empty where it is not.

    ``highest`` is the highest budget already set today, by entity; ``successor`` a link to the card that replaced it.
    ``budgets`` are those that bound the spend of a plan of bid targets.
    """

    pool: str = ""
    break_even: str = ""
    successor: str = ""
    highest: Mapping[str, Money] = field(default_factory=dict)
    budgets: tuple[Money, ...] = ()


NOTHING_MORE = Known()


def fields(view: ApprovalView, now: datetime, *, expires: str, known: Known = NOTHING_MORE) -> list[tuple[str, str]]:
    """Everything that stands in figures, as labels and mrkdwn values. ``expires`` is how that moment is written."""
    rec = view.recommendation
    targets = target_words.of_targets(rec.changes)
    most = target_words.bound(known.budgets) if targets else at_most(view, now, known.highest)
    pairs = [
        *(target_words.fields(rec.changes) if targets else _amounts(rec.changes)),
        ("Expected", foreseen(rec)),
        *([("Break-even", known.break_even)] if known.break_even else []),
        ("At most", most),
        *([("Pool", known.pool)] if known.pool else []),
        ("Risk", _risk(rec)),
        ("Reversible", target_words.REVERSIBLE if targets else _REVERSIBLE),
    ]
    if words := (target_words.IN_EFFECT if targets else _IN_EFFECT).get(view.account.platform):
        pairs.append(("In effect", words))
    return [*pairs, ("Expires", expires)] if view.approval.status is Status.PENDING else pairs


def expected(e: Range) -> str:
    """``+€11,800 to +€27,300 revenue in 30 days (90 % interval, most likely +€20,200)``."""
    low, mid, high = (effect(v, e.unit, e.currency) for v in (e.low, e.mid, e.high))
    if e.low == e.high == 0:
        return "no change"
    outcome = {"money": " revenue", "count": " conversions"}.get(e.unit, "")
    return f"{low} to {high}{outcome} in {e.horizon_days} days ({e.level * 100:.0f} % interval, most likely {mid})"


def foreseen(rec: Recommendation) -> str:
    """As ``expected``, or why nobody can say."""
    return bk.data(rec.not_estimated or "not estimated", 300) if rec.expected is None else expected(rec.expected)


def _risk(rec: Recommendation) -> str:
    if rec.chance_worse is None:
        return "the chance of being worse than today is not estimated"
    return f"{format_chance(rec.chance_worse)} chance of being worse than today, confidence {rec.confidence}"


def at_most(view: ApprovalView, now: datetime, highest: Mapping[str, Money]) -> str:
    """What the platform can charge at most under the plan; ``highest`` budget of today by entity, where known."""
    today = now.astimezone(ZoneInfo(view.account.timezone)).date()
    most = total([exposure(c.platform, *c.budget, today, highest.get(c.entity)) for c in view.recommendation.changes])
    return _exposure_words(most) if most else "unknown: no spending rule of this platform is known here"


def moment(at: datetime, timezone: str) -> str:
    """``2026-03-18 17:00 Europe/Berlin``."""
    return f"{at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} {timezone}"


def name(change: Change) -> str:
    """A budget as mrkdwn in quotes, with the campaigns it feeds where its name does not say them."""
    return f"“{bk.escape(bk.neutral(plain_name(change)))}”"


def plain_name(change: Change) -> str:
    """As ``name``, for plain text and without the quotes; a quote inside a name closes nothing."""
    own = bk.clean(change.entity_name) or "(without a name)"
    return _unquoted(with_campaigns(own, [bk.clean(a) for a in change.affects]))


def full_name(change: Change) -> str:
    """A budget's name and all its campaigns, as long as they are; mrkdwn."""
    own = bk.clean(change.entity_name, 500)
    fed = [bk.clean(a, 500) for a in dict.fromkeys(change.affects)]
    campaigns = "" if fed in ([], [own]) else f" (pays for {', '.join(fed)})"
    return f"“{bk.escape(bk.neutral(_unquoted(own + campaigns)))}”"


def _unquoted(text: str) -> str:
    return text.replace("“", "'").replace("”", "'")


def change_line(change: Change, label: str | None = None) -> str:
    """``“Brand Search EU”: €200.00 to €240.00/day``; ``label`` as ``labels`` has it."""
    shown = name(change) if label is None else f"“{bk.data(label)}”"
    if change.of_target:
        return target_words.line(change, shown)
    before, after = change.budget
    return f"*{shown}*: {money(before)} to {per_day(after)}"


def step(change: Change) -> Money:
    """By how much a budget changes."""
    before, after = change.budget
    return after - before


def moved(changes: tuple[Change, ...]) -> Money:
    """What all raises come to together."""
    result = Money(changes[0].before.amount * 0, changes[0].before.currency)
    for c in changes:
        result = result + step(c) if c.step > 0 else result
    return result


def totals(changes: tuple[Change, ...]) -> tuple[Money, Money]:
    """All budgets together, before and after."""
    before, after = changes[0].budget
    for c in changes[1:]:
        before, after = before + c.budget[0], after + c.budget[1]
    return before, after


def verb(change: Change) -> str:
    """Raise, lower or keep."""
    return "Raise" if change.step > 0 else "Lower" if change.step < 0 else "Keep"


def from_to(change: Change) -> str:
    """``from €200.00 to €240.00/day``."""
    before, after = change.budget
    return f"from {money(before)} to {per_day(after)}"


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
