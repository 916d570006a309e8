"""The approval card: a pure function of what the store says. Its buttons carry the approval's id and nothing else."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.slack import blocks as bk
from app.slack.blocks import Block, Mention
from app.slack.exposure import Exposure, exposure, total
from app.slack.outcome import change_line, outcome_lines, status_line
from app.slack.wording import money, per_day, signed, spread
from domain.formatting import format_value
from domain.lifecycle import Status
from domain.money import Money
from domain.recommendation import Change, Recommendation
from store.approvals import ApprovalView
from tools.labels import platform_label, shown

APPROVE, REJECT, DETAILS = "approval_approve", "approval_reject", "approval_details"
BULLETS = 3


def card(view: ApprovalView, now: datetime, *, mention: Mention = bk.person) -> tuple[str, list[Block]]:
    """The card as it should stand now: (plain text with the same facts, blocks)."""
    pairs = _fields(view, now)
    status = status_line(view, mention)
    body = [
        bk.header(_title(view)),
        bk.section(_sentence(view, mention)),
        *([bk.section(status)] if status else []),
        *[bk.section("\n".join(lines)) for lines in [outcome_lines(view)] if lines],
        *bk.fields(pairs),
        *_table(view),
        *_reasons(view.recommendation),
    ]
    last = [bk.context(_small_print(view)), bk.actions(*_buttons(view))]
    blocks = [
        block | {"block_id": f"{view.approval.id}-{i}-{now:%H%M%S%f}"}  # a new id per update, as Slack asks
        for i, block in enumerate(bk.fit([*body, *last], keep_last=len(last)))
    ]
    return _fallback(view, pairs, status, mention), blocks


def details(view: ApprovalView, *, mention: Mention = bk.person) -> tuple[str, list[Block]]:
    """Everything that the card had no room for, as a reply in its thread."""
    rec, lines = view.recommendation, []
    lines.append("*Operations*, in the order in which they are written")
    for op in view.operations:
        c = op.change
        spend = f"; spent by {', '.join(bk.data(a) for a in c.affects)}" if c.affects else ""
        lines.append(
            f"{op.seq}. {change_line(c)} (`{bk.data(c.entity)}`, read {c.observed_at:%Y-%m-%d %H:%M} UTC{spend})"
        )
    lines += ["", "*Why*", *(f"• {_why(rec, i, with_source=True)}" for i in range(len(rec.why)))]
    lines += ["", "*Expected*", _expected(rec)]
    lines += ["", "*Risks*", *(f"• {bk.data(r, 500)}" for r in (*rec.risks, *rec.warnings))]
    lines += ["", "*Alternatives*", *(f"• {line}" for line in _alternatives(rec))]
    votes = [f"{mention(v.user)} {v.decision}, {v.at:%Y-%m-%d %H:%M} UTC" for v in view.votes]
    lines += ["", "*Decisions*", *(votes or ["none yet"])]
    lines += ["", f"Recommendation `{rec.id}` revision {rec.revision}, plan `{view.approval.plan_hash}`"]
    text = "\n".join(lines)
    return bk.clip(text, bk.MAX_TEXT), bk.fit(bk.paragraphs(text))


def _title(view: ApprovalView) -> str:
    words = "Approve budget change" if view.approval.status is Status.PENDING else "Budget change"
    return f"{words} · {view.account.name} · {platform_label(view.account.platform)}"


def _sentence(view: ApprovalView, mention: Mention) -> str:
    changes = view.recommendation.changes
    if len(changes) == 1:
        what = f"{_verb(changes[0])} the daily budget of *{bk.data(changes[0].entity_name)}* {_from_to(changes[0])}."
    else:
        before, after = _totals(changes)
        what = f"Change *{len(changes)} daily budgets*, in all {money(before)} to {money(after)} a day."
    if view.approval.status is not Status.PENDING:
        return what
    who = " or ".join(mention(a.user) for a in view.approvers[:10]) or "nobody yet: name an approver first"
    needed = f"{view.approval.quorum} of " if view.approval.quorum > 1 else ""
    return f"{what} To be approved by {needed}{who}."


def _fields(view: ApprovalView, now: datetime) -> list[tuple[str, str]]:
    rec, changes = view.recommendation, view.recommendation.changes
    before, after = _totals(changes)
    step = Money(after.amount - before.amount, after.currency)
    share = f", {signed(step.amount / before.amount * 100)} %" if before.amount else ""
    expires = view.approval.expires_at
    pairs = [
        ("Now", per_day(before)),
        ("Proposed", f"{per_day(after)} (*{spread(step)}{share}*)"),
        ("Expected", _expected(rec)),
        ("At most", _at_most(view, now)),
        ("Risk", f"{rec.chance_worse * 100:.0f} % chance of being worse than today, confidence {rec.confidence}"),
        ("Reversible", "the budget yes, by a new approval; money spent is not"),
    ]
    if view.approval.status is Status.PENDING:
        fallback = f"{expires:%Y-%m-%d %H:%M} UTC"
        pairs.append(("Expires", f"<!date^{int(expires.timestamp())}^{{date_short_pretty}} at {{time}}|{fallback}>"))
    return pairs


def _at_most(view: ApprovalView, now: datetime) -> str:
    today = now.astimezone(ZoneInfo(view.account.timezone)).date()
    most = total([exposure(c.platform, c.before, c.after, today) for c in view.recommendation.changes])
    return _exposure_words(most) if most else "unknown: no spending rule of this platform is known here"


def _exposure_words(most: Exposure) -> str:
    if most.to_month_end is None or most.to_month_end_before is None:
        return f"{money(most.today)} today; the platform has no monthly cap"
    without = money(most.to_month_end_before)
    return f"{money(most.today)} today, {money(most.to_month_end)} to month end ({without} without it)"


def _table(view: ApprovalView) -> list[Block]:
    if len(view.operations) < 2:
        return []
    rows = [
        [
            op.change.entity_name,
            money(op.change.before),
            money(op.change.after),
            spread(_step(op.change)),
            str(op.state),
        ]
        for op in view.operations
    ]
    table = bk.table(["Budget", "Now/day", "Proposed/day", "Change", "State"], rows, [False, True, True, True, False])
    cut = len(rows) - (len(table["rows"]) - 1)
    return [table, *([bk.context(f"{cut} more in Details")] if cut else [])]


def _reasons(rec: Recommendation) -> list[Block]:
    parts = []
    if rec.why:
        parts.append("*Why*\n" + "\n".join(f"• {_why(rec, i)}" for i in range(min(BULLETS, len(rec.why)))))
    risks = [*(f"{bk.data(w, 300)}" for w in rec.warnings), *(f"{bk.data(r, 300)}" for r in rec.risks)]
    if risks:
        parts.append("*Risks*\n" + "\n".join(f"• {r}" for r in risks[:BULLETS]))
    if rec.alternatives:
        parts.append("*Instead*\n" + "\n".join(f"• {line}" for line in _alternatives(rec)[:BULLETS]))
    return [bk.section(part) for part in parts]


def _why(rec: Recommendation, index: int, *, with_source: bool = False) -> str:
    fact = rec.why[index]
    value = format_value(fact) if fact.value is not None else f"{format_value(fact)}: {bk.data(fact.reason or '')}"
    line = f"{bk.data(fact.label)} of {bk.data(fact.entity)}: *{value}*, {fact.window}"
    return f"{line}, from {bk.data(fact.source, 200)}; {bk.data(fact.how, 300)}" if with_source else line


def _expected(rec: Recommendation) -> str:
    e = rec.expected
    low, mid, high = (spread(v, e.unit, e.currency) for v in (e.low, e.mid, e.high))
    return f"{low} to {high} in {e.horizon_days} days ({e.level * 100:.0f} % interval, most likely {mid})"


def _alternatives(rec: Recommendation) -> list[str]:
    lines = []
    for other in rec.alternatives:
        e = other.expected
        effect = f": {spread(e.low, e.unit, e.currency)} to {spread(e.high, e.unit, e.currency)}" if e else ""
        lines.append(f"{bk.data(other.label)}{effect}. {bk.data(other.detail, 300)}".strip())
    return lines


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
    changes = view.recommendation.changes
    if len(changes) == 1:
        says = f"{_verb(changes[0])} *{bk.data(changes[0].entity_name, 80)}* {_from_to(changes[0])}. Applies now."
    else:
        before, after = _totals(changes)
        says = f"Change {len(changes)} daily budgets, in all from {money(before)} to {per_day(after)}. Applies now."
    ask = bk.confirm("Apply this change?", says, "Approve")
    return [
        bk.button("Approve", APPROVE, approval.id, "primary", ask),
        bk.button("Reject…", REJECT, approval.id, "danger"),
        show,
    ]


def _fallback(view: ApprovalView, pairs: list[tuple[str, str]], status: str, mention: Mention) -> str:
    lines = [bk.data(_title(view), bk.HEADER), _sentence(view, mention), status, *outcome_lines(view)]
    lines += [f"{label}: {value.replace('*', '')}" for label, value in pairs]
    if len(view.operations) > 1:
        lines += [change_line(op.change) for op in view.operations]
    return bk.clip("\n".join(line for line in lines if line), bk.MAX_TEXT)


def _verb(change: Change) -> str:
    return "Raise" if change.before < change.after else "Lower" if change.after < change.before else "Keep"


def _from_to(change: Change) -> str:
    return f"from {money(change.before)} to {per_day(change.after)}"


def _step(change: Change) -> Money:
    return Money(change.after.amount - change.before.amount, change.after.currency)


def _totals(changes: tuple[Change, ...]) -> tuple[Money, Money]:
    before, after = changes[0].before, changes[0].after
    for c in changes[1:]:
        before, after = before + c.before, after + c.after
    return before, after
