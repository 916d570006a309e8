"""The two modals of a card: other amounts, and why not. They carry the approval's id and nothing to be believed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.slack import blocks as bk
from app.slack import target_words
from app.slack.blocks import Block
from app.slack.plan_words import plain_name
from domain.money import Money
from domain.ratio import Amount, parse_like
from domain.rejection import REASONS
from store.approvals import ApprovalView

REJECT_VIEW, EDIT_VIEW = "approval_reject_reason", "approval_edit"
REASON, CHIP, KEEP = "reason", "why", "keep"
PER_GROUP = 10  # options of one group of checkboxes
LABEL = 75


def rejection(view: ApprovalView) -> Block:
    """Why not: a reason that becomes a rule, and words of one's own."""
    name = bk.data(view.account.name)
    about = f"Reject the change for *{name}*? Nothing is written to the platform, and what is rejected is not proposed "
    options = [(key, f"{r.label} ({_rule(r.both_ways)}, {r.days} days)") for key, r in REASONS.items()]
    blocks = [
        bk.section(f"{about}again for a while."),
        bk.radio(CHIP, "Why", options, first="not_now"),
        bk.text_input(REASON, "In your words (optional)", "Kept with the decision", optional=True),
    ]
    return bk.modal("Reject", REJECT_VIEW, view.approval.id, "Reject", blocks)


def _rule(both_ways: bool) -> str:
    return "left alone" if both_ways else "not this way"


def editing(view: ApprovalView, *, solo: bool = False) -> Block:
    """The amount of each operation, and which of them to keep. ``solo``: whoever edits may approve as well."""
    who = "an approver, in solo mode whoever edited too, has to approve" if solo else "*somebody else* has to approve"
    shown = [(o.seq, o.change) for o in view.operations]
    blocks: list[Block] = [bk.section(f"Your amounts make a fresh card that {who}. Votes so far are void.")]
    if len(shown) > 1:
        labels = [(str(seq), f"{seq}. {plain_name(c)}") for seq, c in shown]
        for start in range(0, len(labels), PER_GROUP):
            title = "Keep" if not start else "Keep (continued)"
            blocks.append(bk.checkboxes(f"{KEEP}:{start}", title, labels[start : start + PER_GROUP]))
    for seq, c in shown:
        of = c.called if c.of_target else "a day"
        label = f"{seq}. {plain_name(c)}, {of}" if len(shown) > 1 else f"{plain_name(c)}, {of}"
        hint = target_words.hint(c.before)
        blocks.append(bk.amount_input(f"amount:{seq}", label, _digits(c.after), hint))
    return bk.modal("Edit the amounts", EDIT_VIEW, view.approval.id, "Propose", blocks)


def amounts(planned: Mapping[int, Amount], values: Mapping[str, Any]) -> tuple[dict[int, Amount], dict[str, str]]:
    """What was filled in: an amount for each operation that is kept, and what is wrong, by block. Pure.

    ``planned`` are the operations of the store by number: a block of the form that is none of them is ignored, an
    operation that the form does not have is an error.
    """
    from domain.errors import BudgeteerError

    kept = _kept(values)
    found: dict[int, Amount] = {}
    errors: dict[str, str] = {}
    for seq, amount in planned.items():
        if kept is not None and str(seq) not in kept:
            continue
        block = f"amount:{seq}"
        typed = values.get(block, {}).get("text", {}).get("value")
        try:
            found[seq] = parse_like(_one_line(typed), amount)
        except BudgeteerError as error:
            errors[block] = bk.clean(str(error), 200)
            continue
        if found[seq].amount < 0:
            errors[block] = f"{bk.clean(typed, 40)} is negative; neither a budget nor a target is"
    return found, errors


def _kept(values: Mapping[str, Any]) -> set[str] | None:
    groups = [v for block, v in values.items() if block.startswith(f"{KEEP}:")]
    if not groups:
        return None
    return {str(o["value"]) for g in groups for o in g.get("options", {}).get("selected_options") or []}


def _one_line(typed: object) -> str:
    return typed[:60] if isinstance(typed, str) else ""


def _digits(amount: Amount) -> str:
    """``1240.00``: as it has to be typed."""
    from domain.money import exponent

    if not isinstance(amount, Money):
        return str(amount)
    return (
        f"{amount.amount:.{exponent(amount.currency)}f}"
        if amount.amount == round(amount.amount, exponent(amount.currency))
        else f"{amount.amount.normalize():f}"
    )


def first_block(view_blocks: list[Block]) -> str:
    """The input beside which an error about the whole plan is told."""
    return next(str(b["block_id"]) for b in view_blocks if b.get("type") == "input")
