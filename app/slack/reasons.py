"""Why a plan is proposed: facts, how its budgets run now, risks, what else could be done."""

from __future__ import annotations

from collections.abc import Mapping

from app.slack import blocks as bk
from app.slack.blocks import Block
from app.slack.plan_words import expected, name
from app.slack.wording import effect, money
from domain.evidence import Fact
from domain.formatting import said
from domain.money import Money
from domain.recommendation import Recommendation
from store.approvals import ApprovalView
from store.budget_use import BudgetUse
from tools.labels import platform_label, window_label

BULLETS = 3
Uses = Mapping[str, BudgetUse]


def reasons(view: ApprovalView, uses: Uses) -> list[Block]:
    """Why, how the budgets run now, risks and alternatives; three bullets each."""
    rec = view.recommendation
    parts = {
        "Why": [why(view, fact) for fact in rec.why],
        running_title(uses): running(view, uses),
        "Risks": [bk.data(risk, 300) for risk in (*rec.warnings, *rec.risks)],
        "Instead": alternatives(rec),
    }
    return [
        bk.section(f"*{title}*\n" + "\n".join(f"• {line}" for line in lines[:BULLETS]))
        for title, lines in parts.items()
        if lines
    ]


def why(view: ApprovalView, fact: Fact, *, with_source: bool = False) -> str:
    """One reason as a sentence: ``Search DE: the next euro a day returns 3.01 in revenue (Google Ads, days)``."""
    of = next((name(c) for c in view.recommendation.changes if c.entity_name == fact.entity), bk.data(fact.entity))
    where = f"{platform_label(view.account.platform)}, {window_label(fact.window)}"
    line = f"{of}: {bk.data(said(fact), 300)} ({bk.data(where)})"
    return f"{line}; from {bk.data(fact.source, 200)}: {bk.data(fact.how, 300)}" if with_source else line


def running_title(uses: Uses) -> str:
    """Over which days ``running`` looks."""
    use = next(iter(uses.values()), None)
    return f"How they ran, {use.start} to {use.end}" if use else "How they ran"


def running(view: ApprovalView, uses: Uses) -> list[str]:
    """The state of the budgets that move most, a line each."""
    changes = sorted(view.recommendation.changes, key=lambda c: -abs(c.step))
    return [f"*{name(c)}* {_state(uses[c.entity], view.account.currency)}" for c in changes if c.entity in uses]


def alternatives(rec: Recommendation) -> list[str]:
    """What else could be done, each with its range."""
    lines = []
    for other in rec.alternatives:
        e = other.expected
        span = f"{effect(e.low, e.unit, e.currency)} to {effect(e.high, e.unit, e.currency)}" if e else ""
        shown = f": {span if e.low or e.high else expected(e)}" if e else ""
        lines.append(f"{bk.data(other.label)}{shown}. {bk.data(other.detail, 300)}".strip())
    return lines


def _state(use: BudgetUse, currency: str) -> str:
    parts = ["spend unknown"]
    if use.spent is not None:
        share = "" if use.used is None else f", {use.used * 100:.0f} % of its budget"
        parts = [f"spent {money(Money(round(use.spent, 2), currency))} a day{share}"]
    if use.lost is not None:
        parts.append(f"{use.lost * 100:.0f} % of impressions lost to the budget")
    if use.bid_strategy:
        parts.append(f"bidding: {bk.data(use.bid_strategy).replace('_', ' ').lower()}")
    if use.learning is not None:
        parts.append("learning" if use.learning else "not learning")
    return " · ".join(parts)
