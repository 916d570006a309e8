"""What a reminder says. It decides nothing and asks nobody who has decided."""

from __future__ import annotations

from app.slack import blocks as bk
from app.slack.blocks import Mention
from app.slack.plan_words import moment, what
from store.approvals import ApprovalView


def before_expiry(view: ApprovalView, mention: Mention) -> str:
    """To the approvers who have not voted, in the card's thread."""
    voted = {v.user for v in view.votes}
    who = ", ".join(mention(a.user) for a in view.approvers[:10] if a.user not in voted) or "nobody: name an approver"
    expires = moment(view.approval.expires_at, view.account.timezone)
    return (
        f"Still waiting for {who}: {what(view.recommendation.changes)} The card expires {expires}. "
        "Expiring neither approves nor rejects it; nothing is changed then."
    )


def as_asked(view: ApprovalView, link: str) -> str:
    """To the person who wanted to be reminded."""
    expires = moment(view.approval.expires_at, view.account.timezone)
    where = f" {link}" if link else ""
    name = bk.data(view.account.name)
    return f"You asked to be reminded ({name}): {what(view.recommendation.changes)} It expires {expires}.{where}"
