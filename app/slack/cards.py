"""The approval card: a pure function of what the store says. Its buttons carry the approval's id and nothing else.

While an approval waits the card argues for it; once decided it says what became of it, and Details has the rest.
"""

from __future__ import annotations

from datetime import datetime

from app.slack import blocks as bk
from app.slack.blocks import Block, Mention
from app.slack.outcome import outcome_lines, status_line
from app.slack.plan_words import change_line, confirmation, expected, fields, moment, plain_name, step, what
from app.slack.reasons import Uses, alternatives, reasons, running, running_title, why
from app.slack.wording import money, spread
from domain.lifecycle import Status
from store.approvals import ApprovalView
from tools.labels import platform_label, shown

APPROVE, REJECT, DETAILS = "approval_approve", "approval_reject", "approval_details"
NO_USES: Uses = {}


def card(
    view: ApprovalView, now: datetime, *, uses: Uses = NO_USES, mention: Mention = bk.person
) -> tuple[str, list[Block]]:
    """The card as it should stand now: (plain text with the same facts, blocks). ``uses`` by entity."""
    pending, status = view.approval.status is Status.PENDING, status_line(view, mention)
    body = [
        bk.header(_title(view)),
        bk.section(_sentence(view, mention)),
        *([bk.section(status)] if status else []),
        *[bk.section("\n".join(lines)) for lines in [outcome_lines(view)] if lines],
        *bk.fields(_fields(view, now, _date_token(view))),
        *([*_table(view), *reasons(view, uses)] if pending else []),
    ]
    last = [bk.context(_small_print(view)), bk.actions(*_buttons(view))]
    blocks = [
        block | {"block_id": f"{view.approval.id}-{i}-{now:%H%M%S%f}"}  # a new id per update, as Slack asks
        for i, block in enumerate(bk.fit([*body, *last], keep_last=len(last)))
    ]
    return _fallback(view, now, status, mention), blocks


def details(
    view: ApprovalView, now: datetime, *, uses: Uses = NO_USES, mention: Mention = bk.person
) -> tuple[str, list[Block]]:
    """Everything about an approval, as a reply in its card's thread."""
    rec, lines = view.recommendation, []
    lines.append("*Operations*, in the order in which they are written")
    for op in view.operations:
        read = f"{op.change.observed_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"{op.seq}. {change_line(op.change)} (`{bk.data(op.change.entity)}`, read {read})")
    expires = moment(view.approval.expires_at, view.account.timezone)
    lines += ["", *(f"*{label}*: {value}" for label, value in fields(view, now, expires=expires))]
    lines += ["", "*Why*", *(f"• {why(view, fact, with_source=True)}" for fact in rec.why)]
    lines += ["", f"*{running_title(uses)}*", *(f"• {line}" for line in running(view, uses))] if uses else []
    lines += ["", "*Risks*", *(f"• {bk.data(r, 500)}" for r in (*rec.risks, *rec.warnings))]
    lines += ["", "*Alternatives*", *(f"• {line}" for line in alternatives(rec))]
    votes = [f"{mention(v.user)} {v.decision}, {v.at:%Y-%m-%d %H:%M} UTC" for v in view.votes]
    lines += ["", "*Decisions*", *(votes or ["none yet"])]
    lines += ["", f"Recommendation `{rec.id}` revision {rec.revision}, plan `{view.approval.plan_hash}`"]
    text = "\n".join(lines)
    return bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text))


def _title(view: ApprovalView) -> str:
    words = "Approve budget change" if view.approval.status is Status.PENDING else "Budget change"
    return f"{words} · {view.account.name} · {platform_label(view.account.platform)}"


def _sentence(view: ApprovalView, mention: Mention) -> str:
    plan = what(view.recommendation.changes)
    if view.approval.status is not Status.PENDING:
        return plan
    who = " or ".join(mention(a.user) for a in view.approvers[:10]) or "nobody yet: name an approver first"
    needed = f"{view.approval.quorum} of " if view.approval.quorum > 1 else ""
    return f"{plan} To be approved by {needed}{who}."


def _fields(view: ApprovalView, now: datetime, expires: str) -> list[tuple[str, str]]:
    if view.approval.status is not Status.PENDING:
        return [("Expected", expected(view.recommendation.expected))]
    return fields(view, now, expires=expires)


def _date_token(view: ApprovalView) -> str:
    """The expiry in the reader's own zone, as Slack writes it."""
    at = view.approval.expires_at
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{moment(at, view.account.timezone)}>"


def _table(view: ApprovalView) -> list[Block]:
    if len(view.operations) < 2:
        return []
    changes = [op.change for op in view.operations]
    rows = [[plain_name(c), money(c.before), money(c.after), spread(step(c))] for c in changes]
    table = bk.table(["Budget", "Now/day", "Proposed/day", "Change"], rows, [False, True, True, True])
    cut = len(rows) - (len(table["rows"]) - 1)
    return [table, *([bk.context(f"{cut} more in Details")] if cut else [])]


def _small_print(view: ApprovalView) -> str:
    a = view.approval
    sources = sorted({bk.data(shown(f.source), 60) for f in view.recommendation.why})[:3]
    came = f" · from {', '.join(sources)}" if sources else ""
    return (
        f"Recommendation {bk.data(a.recommendation_id[:8])} revision {a.revision} · plan {a.plan_hash[:8]} · "
        f"{bk.data(view.account.currency)}, {bk.data(view.account.timezone)} · figures from your data{came}"
    )


def _buttons(view: ApprovalView) -> list[Block]:
    approval = view.approval
    show = bk.button("Details", DETAILS, approval.id)
    if approval.status is not Status.PENDING:
        return [show]
    ask = bk.confirm("Apply this change?", confirmation(view.recommendation.changes), "Approve")
    return [
        bk.button("Approve", APPROVE, approval.id, "primary", ask),
        bk.button("Reject…", REJECT, approval.id, "danger"),
        show,
    ]


def _fallback(view: ApprovalView, now: datetime, status: str, mention: Mention) -> str:
    lines = [bk.data(_title(view), bk.HEADER), _sentence(view, mention), status, *outcome_lines(view)]
    expires = moment(view.approval.expires_at, view.account.timezone)
    lines += [f"{label}: {value.replace('*', '')}" for label, value in _fields(view, now, expires)]
    if len(view.operations) > 1 and view.approval.status is Status.PENDING:
        lines += [change_line(op.change) for op in view.operations]
    return bk.clip("\n".join(line for line in lines if line), bk.MAX_TEXT)
