"""The approval card: a pure function of what the store says. Its buttons carry the approval's id and nothing else.

While an approval waits the card argues for it; once decided it says what became of it, and Details has the rest.
"""

from __future__ import annotations

from datetime import datetime

from app.slack import blocks as bk
from app.slack.blocks import Block, Mention
from app.slack.outcome import followed_line, origin_line, outcome_lines, status_line, stopped_line
from app.slack.plan_words import (
    NOTHING_MORE,
    WHOLE,
    Known,
    change_line,
    confirmation,
    fields,
    foreseen,
    full_name,
    labels,
    moment,
    step,
    what,
)
from app.slack.reasons import Uses, alternatives, reasons, running, running_title, why
from app.slack.target_words import HEADS as TARGET_HEADS
from app.slack.target_words import of_targets
from app.slack.target_words import row as target_row
from app.slack.wording import spread, value
from domain.lifecycle import OpState, Status
from store.approvals import ApprovalView
from tools.labels import platform_label, shown

APPROVE, REJECT, DETAILS = "approval_approve", "approval_reject", "approval_details"
EDIT, MORE, UNDO, FINISH = "approval_edit_amounts", "approval_more", "approval_undo", "approval_finish"
SNOOZES = {"hour": 1, "three": 3, "day": 24}  # hours until a person is reminded
_SNOOZE_WORDS = {"hour": "Remind me in an hour", "three": "Remind me in three hours", "day": "Remind me tomorrow"}
NO_USES: Uses = {}
INCOMPLETE = (
    "*This cannot be approved*: not all of it stands on this card, or what is stored is not what was proposed. "
    "Ask for a new, smaller proposal."
)


def card(
    view: ApprovalView,
    now: datetime,
    *,
    uses: Uses = NO_USES,
    mention: Mention = bk.person,
    known: Known = NOTHING_MORE,
) -> tuple[str, list[Block]]:
    """The card as it should stand now: (plain text with the same facts, blocks). ``uses`` by entity."""
    pending = view.approval.status is Status.PENDING
    status = "\n".join([*_lines_of_state(view, mention, known)])
    text = _fallback(view, now, status, mention, known)
    whole = [
        bk.header(_title(view)),
        bk.section(_sentence(view, mention)),
        *([bk.section(status)] if status else []),
        *(_table(view) if pending else []),
        *bk.fields(_fields(view, now, _date_token(view), known)),
    ]
    more = reasons(view, uses) if pending else bk.paragraphs("\n".join(outcome_lines(view)))
    last = [bk.context(_small_print(view)), bk.actions(*_buttons(view))]
    if pending and not _complete(view, text, [*whole, *last]):
        last = [bk.section(INCOMPLETE), bk.context(_small_print(view)), bk.actions(*_buttons(view, approve=False))]
        blocks = bk.fit([*whole, *more, *last], keep_last=len(last))
    else:
        blocks = bk.fit([*whole, *more, *last], keep_first=len(whole), keep_last=len(last))
    named = [block | {"block_id": f"{view.approval.id}-{i}-{now:%H%M%S%f}"} for i, block in enumerate(blocks)]
    return text, named  # a new id per update, as Slack asks


def _lines_of_state(view: ApprovalView, mention: Mention, known: Known) -> list[str]:
    """What became of it, what it follows and what follows it, and whether writes are stopped."""
    lines = [origin_line(view, mention), status_line(view, mention, known.successor), followed_line(view, mention)]
    if view.approval.status is Status.PENDING:
        lines += [stopped_line(s, view.account.timezone, mention) for s in view.stopped]
    return [line for line in lines if line]


def details(
    view: ApprovalView, now: datetime, *, uses: Uses = NO_USES, mention: Mention = bk.person
) -> list[tuple[str, list[Block]]]:
    """Everything about an approval, as replies in its card's thread; as many as it takes, nothing cut."""
    rec, lines = view.recommendation, []
    lines.append("*Operations*, in the order in which they are written")
    for op in view.operations:
        read = f"{op.change.observed_at:%Y-%m-%d %H:%M} UTC"
        values = f"{value(op.change.before)} to {value(op.change.after)}{'' if op.change.of_target else '/day'}"
        of = f" {op.change.called}" if op.change.of_target else ""
        lines.append(f"{op.seq}. {full_name(op.change)}:{of} {values} (`{bk.data(op.change.entity)}`, read {read})")
    lines += ["", "*Outcome*", *went] if (went := outcome_lines(view)) else []
    expires = moment(view.approval.expires_at, view.account.timezone)
    lines += ["", *(f"*{label}*: {value}" for label, value in fields(view, now, expires=expires))]
    lines += ["", "*Why*", *(f"• {why(view, fact, with_source=True)}" for fact in rec.why)]
    lines += ["", f"*{running_title(uses)}*", *(f"• {line}" for line in running(view, uses))] if uses else []
    lines += ["", "*Risks*", *(f"• {bk.data(r, 500)}" for r in (*rec.risks, *rec.warnings))]
    lines += ["", "*Alternatives*", *(f"• {line}" for line in alternatives(rec))]
    votes = [f"{mention(v.user)} {v.decision}, {v.at:%Y-%m-%d %H:%M} UTC" for v in view.votes]
    lines += ["", "*Decisions*", *(votes or ["none yet"])]
    lines += ["", f"Recommendation `{rec.id}` revision {rec.revision}, plan `{view.approval.plan_hash}`"]
    return [(page, bk.paragraphs(page)) for page in bk.pages(lines)]


def _complete(view: ApprovalView, text: str, blocks: list[Block]) -> bool:
    """Whether every operation stands on the card and in its plain text: its name, its value before and after."""
    if view.tampered or len(view.operations) > WHOLE:
        return False
    if len(view.operations) < 2:
        return text.startswith(bk.data(_title(view), bk.HEADER)) and len(text) < bk.MAX_TEXT
    rows = next(len(b["rows"]) - 1 for b in blocks if b["type"] == "table")
    lines = all(line in text for line in _lines(view))
    return rows == len(view.operations) and lines and bk.size(blocks) <= bk.MAX_WHOLE


def _title(view: ApprovalView) -> str:
    kind = "bid" if of_targets(view.recommendation.changes) else "budget"
    pending = view.approval.status is Status.PENDING
    words = f"Approve {kind} change" if pending else f"{kind[:1].upper()}{kind[1:]} change"
    return f"{words} · {view.account.name} · {platform_label(view.account.platform)}"


def _sentence(view: ApprovalView, mention: Mention) -> str:
    plan = what(view.recommendation.changes)
    if view.approval.status is not Status.PENDING:
        return plan
    everybody = [a.user for a in view.approvers]
    asked = [user for user in everybody if user not in view.approval.edited_by] or everybody
    who = " or ".join(mention(user) for user in asked[:10]) or "nobody yet: name an approver first"
    needed = f"{view.approval.quorum} of " if view.approval.quorum > 1 else ""
    return f"{plan} To be approved by {needed}{who}."


def _fields(view: ApprovalView, now: datetime, expires: str, known: Known) -> list[tuple[str, str]]:
    if view.approval.status is not Status.PENDING:
        return [("Expected", foreseen(view.recommendation))]
    return fields(view, now, expires=expires, known=known)


def _date_token(view: ApprovalView) -> str:
    """The expiry in the reader's own zone, as Slack writes it."""
    at = view.approval.expires_at
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{moment(at, view.account.timezone)}>"


def _table(view: ApprovalView) -> list[Block]:
    if len(view.operations) < 2:
        return []
    changes = [op.change for op in view.operations]
    names = labels(changes)
    if of_targets(changes):
        targets = [target_row(c, names[c.entity]) for c in changes]
        return [bk.table(TARGET_HEADS, targets, [False, True, True, True], room=bk.MAX_WHOLE)]
    rows = [[names[c.entity], value(c.before), value(c.after), spread(step(c))] for c in changes]
    heads = ["Budget", "Now/day", "Proposed/day", "Change"]
    return [bk.table(heads, rows, [False, True, True, True], room=bk.MAX_WHOLE)]


def _lines(view: ApprovalView) -> list[str]:
    """Every operation in plain text, where there are several."""
    changes = [op.change for op in view.operations]
    names = labels(changes)
    return [change_line(c, names[c.entity]) for c in changes] if len(changes) > 1 else []


def _small_print(view: ApprovalView) -> str:
    a = view.approval
    sources = sorted({bk.data(shown(f.source), 60) for f in view.recommendation.why})[:3]
    came = f" · from {', '.join(sources)}" if sources else ""
    return (
        f"Recommendation {bk.data(a.recommendation_id[:8])} revision {a.revision} · plan {a.plan_hash[:8]} · "
        f"{bk.data(view.account.currency)}, {bk.data(view.account.timezone)} · figures from your data{came}"
    )


def _buttons(view: ApprovalView, *, approve: bool = True) -> list[Block]:
    approval = view.approval
    show = bk.button("Details", DETAILS, approval.id)
    if approval.status is not Status.PENDING:
        return [*_followups(view), show]
    decline = bk.button("Reject…", REJECT, approval.id, "danger")
    menu = bk.overflow(MORE, [(f"{choice}:{approval.id}", _SNOOZE_WORDS[choice]) for choice in SNOOZES])
    if not approve:
        return [decline, show, menu]
    ask = bk.confirm("Apply this change?", confirmation(view.recommendation.changes), "Approve")
    return [
        bk.button("Approve", APPROVE, approval.id, "primary", ask),
        bk.button("Edit…", EDIT, approval.id),
        decline,
        show,
        menu,
    ]


def _followups(view: ApprovalView) -> list[Block]:
    """Finish and Undo, where there is something to finish or to take back and nobody has proposed that yet."""
    approval, states = view.approval, {o.state for o in view.operations}
    if approval.status not in (Status.APPLIED, Status.PARTIALLY_APPLIED):
        return []
    made = []
    if view.finished is None and states & {OpState.SKIPPED, OpState.FAILED}:
        made.append(bk.button("Finish…", FINISH, approval.id))
    if view.undone is None and OpState.APPLIED in states:
        made.append(bk.button("Undo…", UNDO, approval.id))
    return made


def _fallback(view: ApprovalView, now: datetime, status: str, mention: Mention, known: Known) -> str:
    lines = [bk.data(_title(view), bk.HEADER), _sentence(view, mention), status]
    lines += _lines(view) if view.approval.status is Status.PENDING else outcome_lines(view)
    expires = moment(view.approval.expires_at, view.account.timezone)
    lines += [f"{label}: {value.replace('*', '')}" for label, value in _fields(view, now, expires, known)]
    return bk.clip("\n".join(line for line in lines if line), bk.MAX_TEXT)
