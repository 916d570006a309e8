"""The message that proposes labels: a section and two buttons for each key, drawn from the store.

Who may decide: a named approver of the account; anybody who sees the message where no approver is named yet.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.slack import blocks as bk
from app.slack.blocks import Block
from domain.labels import SURENESS, described
from domain.scope import Scope
from store import accounts, labels, outbox
from store.approvers import approvers
from store.engine import read
from store.labels import RuleView

CONFIRM, REJECT = "labels_confirm", "labels_reject"
KIND, UPDATE = "labels", "labels_update"
NAMES_SHOWN = 3


def post(session: Session, account_id: int, channel: str, now: datetime) -> None:
    """Queue the message for an account; it is drawn when it is sent."""
    key = f"labels:{account_id}:{uuid.uuid4().hex}"
    outbox.put(session, dedupe_key=key, kind=KIND, channel=channel, payload={"account_id": account_id}, now=now)


def redraw(session: Session, account_id: int, channel: str, ts: str, now: datetime) -> None:
    """Bring a posted message in line with the store as it is when this is sent."""
    payload = {"account_id": account_id, "ts": ts}
    key = f"labels:{account_id}:{uuid.uuid4().hex}"
    outbox.put(session, dedupe_key=key, kind=UPDATE, channel=channel, payload=payload, now=now)


def drawn(engine: Engine, account_id: int) -> tuple[str, list[Block]]:
    """(plain text with the same facts, blocks) as the store has it now."""
    with read(engine) as session:
        account = accounts.get(session, account_id).name
        found = labels.rules(session, Scope((account_id,)))
        named = bool(approvers(session, account_id))
    who = "An approver of this account decides." if named else "No approver is named yet: anybody here may decide."
    lines, blocks = [], [bk.header(f"Labels for {account}"), bk.section(_intro(found))]
    for key, group in groupby(sorted(found, key=lambda v: v.rule.key), lambda v: v.rule.key):
        said, made = _key(key, list(group))
        lines.append(said)
        blocks += made
    last = bk.context(f"{who} Confirmed rules label new campaigns too; a label set by hand stands above them.")
    text = bk.clip(f"Labels for {bk.data(account)}:\n" + "\n".join(lines), bk.MAX_TEXT)
    return text, bk.fit([*blocks, last], keep_last=1)


def _intro(found: Sequence[RuleView]) -> str:
    waiting = any(view.status == "proposed" for view in found)
    asked = 'Once confirmed, I can answer "without brand", "DE vs AT" or "by category".'
    return f"The campaign names suggest these labels. {asked}" if waiting else "Every proposal is decided."


def _key(key: str, views: list[RuleView]) -> tuple[str, list[Block]]:
    proposed = [view for view in views if view.status == "proposed"]
    shown = proposed or [view for view in views if view.status == "confirmed"] or views
    lines = [f"*{bk.data(key)}*{'' if proposed else f': {decided(shown[0])}'}"]
    lines += [
        f"• {bk.data(v.rule.value)}: {_some(v.campaigns)} ({bk.data(described(v.rule.pattern), 200)}; "
        f"{SURENESS.get(v.rule.priority, 'sure')})"
        for v in shown
    ]
    text = "\n".join(lines)
    made = bk.paragraphs(text)
    if proposed:
        value = str(proposed[0].id)
        made.append(
            bk.actions(bk.button("Confirm", CONFIRM, value, "primary"), bk.button("Reject", REJECT, value, "danger"))
        )
    return text, made


def _some(campaigns: Sequence[str]) -> str:
    if not campaigns:
        return "no campaign today"
    more = f" and {len(campaigns) - NAMES_SHOWN} more" if len(campaigns) > NAMES_SHOWN else ""
    return ", ".join(bk.data(name) for name in campaigns[:NAMES_SHOWN]) + more


def decided(view: RuleView) -> str:
    """Who decided on a rule, and when."""
    at = f" on {view.decided_at:%Y-%m-%d} at {view.decided_at:%H:%M} UTC" if view.decided_at else ""
    return f"{view.status} by {bk.person(view.decided_by or 'unknown')}{at}"
