"""What became of an approval: one line for the whole, one for each operation as it was read back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.slack import blocks as bk
from app.slack.blocks import Mention
from app.slack.plan_words import change_line
from app.slack.wording import value
from domain.lifecycle import OpState, Status
from store.approvals import ApprovalView, OperationView
from store.switches import Switch

_AFTER_APPROVAL = {
    Status.EXECUTING: "applying…",
    Status.APPLIED: "applied, and read back from the platform as approved",
    Status.PARTIALLY_APPLIED: "partly applied: what was not is listed below. Finish proposes the rest, Undo what "
    "was applied, each as a card of its own",
    Status.FAILED: "not applied",
    Status.UNKNOWN: "outcome not known yet: the platform's answer was lost. It is being read back; nothing is sent "
    "again until that is settled",
    Status.STALE: "not applied: the value on the platform is no longer what the plan started from. Nothing was "
    "written; ask for a fresh proposal",
    Status.REFUSED: "not applied: refused by the checks just before the write",
    Status.QUARANTINED: "needs a person: the platform shows neither the old nor the new value",
}
_OP_WORDS = {
    OpState.WAITING: "waiting",
    OpState.SENT: "being written",
    OpState.APPLIED: "applied",
    OpState.FAILED: "failed",
    OpState.UNKNOWN: "outcome unknown",
    OpState.SKIPPED: "skipped",
    OpState.QUARANTINED: "needs a person",
}


def status_line(view: ApprovalView, mention: Mention, successor: str = "") -> str:
    """``Ana approved 10:42 · applied ...``; empty while nobody has decided. ``successor`` links the card that replaced
    it, where it is posted."""
    a = view.approval
    votes = [v for v in view.votes if v.decision == "approve"]
    if a.status is Status.PENDING:
        who = ", ".join(f"{mention(v.user)} {_clock(view, v.at)}" for v in votes)
        return f"Approved so far ({len(votes)} of {a.quorum}): {who}" if votes else ""
    who = mention(a.decided_by) if a.decided_by else "Somebody"
    at = f" {_clock(view, a.decided_at)}" if a.decided_at else ""
    if a.status in _AFTER_APPROVAL:
        return f"*{who} approved{at}* · {_became(view)}"
    if a.status is Status.REJECTED:
        why = f": “{bk.data(a.reason, 500)}”" if a.reason else ""
        rule = f" Not proposed again before {a.left_alone_until:%Y-%m-%d}." if a.left_alone_until else ""
        return f"*{who} rejected{at}*{why} · nothing was changed.{rule}"
    return {
        Status.EXPIRED: f"*Expired {_clock(view, a.expires_at)}* · nothing was changed; ask for a fresh proposal",
        Status.SUPERSEDED: _replaced(view, mention, successor),
        Status.WITHDRAWN: f"*{who} withdrew this{at}* · nothing was changed",
    }.get(a.status, f"*{a.status}*")


def _replaced(view: ApprovalView, mention: Mention, link: str) -> str:
    newer = view.successor
    if newer is not None and newer.recommendation_id == view.approval.recommendation_id:
        what = f"*Edited by {mention(newer.proposed_by)} {_clock(view, newer.created_at)}*: decide on the fresh card"
    else:
        what = "*Replaced by a newer proposal for the same budget*"
    return f"{what}{f' ({link})' if link else ''} · nothing was changed by this one"


def origin_line(view: ApprovalView, mention: Mention) -> str:
    """Whose amounts these are, or what this takes back or finishes; empty for a plan as it was drafted."""
    a = view.approval
    parts = []
    if a.undoes is not None:
        parts.append("Takes back a change that was applied; what was spent meanwhile stays spent")
    elif a.finishes is not None:
        parts.append("The rest of a plan that was partly applied")
    if a.edited_by:
        who = ", ".join(mention(user) for user in a.edited_by)
        parts.append(f"Amounts edited by {who}")
    return f"*{' · '.join(parts)}*" if parts else ""


def followed_line(view: ApprovalView, mention: Mention) -> str:
    """That this was undone or finished, or that a card proposes so."""
    parts = []
    for what, done, found in (("Undo", "Undone", view.undone), ("Finish", "Finished", view.finished)):
        if found is None:
            continue
        if found.status is Status.APPLIED and found.decided_by and found.decided_at:
            parts.append(f"*{done}*: approved by {mention(found.decided_by)} {_clock(view, found.decided_at)}")
        else:
            parts.append(f"*{what}* proposed by {mention(found.proposed_by)}, on a card of its own")
    return " · ".join(parts)


def stopped_line(switch: Switch, timezone: str, mention: Mention) -> str:
    """``Writes are stopped (everything) by Ana since 10:42: ...``."""
    what = "everything" if switch.scope == "global" else bk.data(switch.scope.replace(":", " "))
    since = f"{switch.at.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M}"
    why = f": {bk.data(switch.reason, 200)}" if switch.reason else ""
    who = f"*Writes are stopped* ({what}) by {mention(switch.by)} since {since}{why}"
    return f"{who}. Approve is refused until they are resumed."


def _became(view: ApprovalView) -> str:
    """What the approval came to. Only what was written from here is called applied."""
    status = view.approval.status
    if status is Status.APPLIED and any(_by_others(op) for op in view.operations):
        return "the platform shows what was approved, but not all of it was set from here: see below"
    if status is Status.FAILED:
        said = next((op.detail for op in view.operations if op.state is OpState.FAILED and op.detail), None)
        return f"{_AFTER_APPROVAL[status]}: {bk.data(said, 300)}" if said else _AFTER_APPROVAL[status]
    return _AFTER_APPROVAL[status]


def _by_others(op: OperationView) -> bool:
    """Whether the platform refused the write and shows the approved value all the same."""
    return op.state is OpState.APPLIED and bool(op.attempts) and op.attempts[-1].outcome == "rejected"


def outcome_lines(view: ApprovalView) -> list[str]:
    """A line an operation, once writing has begun."""
    if view.approval.status not in _AFTER_APPROVAL or view.approval.status is Status.EXECUTING:
        return []
    return [f"• {operation_line(op)}" for op in view.operations]


def operation_line(op: OperationView) -> str:
    """How one write went: ``applied: “Brand”: €200.00 to €240.00/day, read back €240.00/day``."""
    words = "refused, but set by somebody else" if _by_others(op) else _OP_WORDS[op.state]
    line = f"{words}: {change_line(op.change)}"
    if op.attempts and (last := op.attempts[-1]).read_value is not None:
        line += f", read back {value(last.read_value)}{'' if op.change.of_target else '/day'}"
    return f"{line}; {bk.data(op.detail, 300)}" if op.detail and op.state is not OpState.APPLIED else line


def _clock(view: ApprovalView, at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(view.account.timezone)):%H:%M}"
