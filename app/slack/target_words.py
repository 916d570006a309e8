"""What a plan of bid targets does, in words. A target has no amount a day and no exposure: budgets bound it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.slack import blocks as bk
from app.slack.wording import signed, value
from domain.money import Money
from domain.ratio import Amount
from domain.recommendation import Change

HEADS = ["Bid target", "Now", "Proposed", "Change"]
IN_EFFECT = {"google_ads": "set at once; the bidding follows over the next days"}
REVERSIBLE = "the target yes, by a new approval; money spent is not, and bidding may have to learn again"


def of_targets(changes: Sequence[Change]) -> bool:
    """Whether a plan is one of bid targets; a plan changes either those or budgets."""
    return any(c.of_target for c in changes)


def what(changes: Sequence[Change], names: Mapping[str, str]) -> str:
    """The plan in one mrkdwn sentence; ``names`` are mrkdwn by entity."""
    if len(changes) > 1:
        loose, tight = (sum(c.loosens is way for c in changes) for way in (True, False))
        parts = [f"{n} may spend more" for n in [loose] if n] + [f"{n} may spend less" for n in [tight] if n]
        return f"Change *{len(changes)} bid targets*: {', '.join(parts)}. No budget changes."
    change = changes[0]
    return f"Set the {change.called} of *{names[change.entity]}* from {moves(change)}. No budget changes."


def confirmation(changes: Sequence[Change], names: Mapping[str, str]) -> str:
    """What the dialog asks about, the values first, as plain text; ``names`` are plain and quoted."""
    if len(changes) == 1:
        change = changes[0]
        called = f"{change.called[:1].upper()}{change.called[1:]}"
        return f"{called} from {moves(change)}, applied now: {names[change.entity]}."
    each = "; ".join(f"{c.called} {value(c.before)} to {value(c.after)} {names[c.entity]}" for c in changes)
    full = f"{len(changes)} bid targets, applied now. {each}."
    return (
        full if len(full) <= bk.CONFIRM_TEXT else f"{len(changes)} bid targets, applied now. Each stands on the card."
    )


def line(change: Change, shown: str) -> str:
    """``Target CPA of “Brand”: €30.00 -> €27.50, -8.3 %``; ``shown`` is the name as mrkdwn."""
    called = f"{change.called[:1].upper()}{change.called[1:]}"
    return f"{called} of *{shown}*: {value(change.before)} to {value(change.after)}{_share(change)}"


def moves(change: Change) -> str:
    """``€30.00 to €27.50 (-8.3 %)``."""
    share = f" ({_share(change)[2:]})" if change.share is not None else ""
    return f"{value(change.before)} to {value(change.after)}{share}"


def row(change: Change, shown: str) -> list[str]:
    """One row under ``HEADS``."""
    return [
        f"{shown} ({change.called})",
        value(change.before),
        value(change.after),
        _share(change)[2:] or "from nothing",
    ]


def fields(changes: Sequence[Change]) -> list[tuple[str, str]]:
    """Now and proposed, as on the card."""
    if len(changes) > 1:
        return [("Bid targets", f"{len(changes)} of them, each below")]
    change = changes[0]
    called = f"{change.called[:1].upper()}{change.called[1:]}"
    return [(f"{called} now", value(change.before)), ("Proposed", f"{value(change.after)} (*{_share(change)[2:]}*)")]


def bound(budgets: Sequence[Money] | None) -> str:
    """What bounds the spend of a plan of targets: the daily ``budgets`` of its campaigns; None where not known."""
    if not budgets:
        return "no budget changes: the daily budgets of its campaigns bound the spend, as before"
    total = budgets[0]
    for more in budgets[1:]:
        total = total + more
    if len(budgets) == 1:
        return f"no budget changes: the daily budget of {value(total)} bounds the spend, as before"
    return f"no budget changes: {len(budgets)} daily budgets, {value(total)} in all, bound the spend, as before"


def hint(now: Amount) -> str:
    """What to type into the field of an edit."""
    kind = f"in {now.currency}" if isinstance(now, Money) else "revenue per unit spent"
    return f"Now {value(now)}. Digits with a point, {kind}."


def _share(change: Change) -> str:
    return "" if change.share is None else f", {signed(change.share * 100)} %"
