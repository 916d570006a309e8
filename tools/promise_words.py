"""What came of a change in words, its every figure a fact: for the thread, the digest, the answers, the command."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from statistics import NormalDist
from typing import Literal
from zoneinfo import ZoneInfo

from domain.evidence import Fact
from domain.formatting import format_value
from domain.promise import Total
from domain.window import Window
from store.promises import PromiseView
from tools.figures import Cited
from tools.labels import join_words, quoted
from tools.levers import LAG_DAYS

Verdict = Literal["as predicted", "more", "less"]
COMPARED = 4
LONGEST = 300
_SAID: dict[Verdict, str] = {
    "as predicted": "in line with what was predicted",
    "more": "more than was predicted",
    "less": "less than was predicted",
}


def verdict(p: PromiseView) -> Verdict | None:
    """Realised against predicted, counting how sure both are; None where one of them is not known."""
    promised, realised = p.promised, p.realised
    if promised is None or realised is None:
        return None
    z = NormalDist().inv_cdf((1 + realised.level) / 2)
    off = realised.mid - promised.mid
    if abs(off) <= z * (realised.sd**2 + promised.sd**2) ** 0.5:
        return "as predicted"
    return "more" if off > 0 else "less"


def due_on(p: PromiseView) -> date:
    """The first day on which a waiting promise can be measured."""
    return p.window_end + timedelta(days=LAG_DAYS + 1)


def changed_on(p: PromiseView) -> date:
    """The account's own day on which the change was applied."""
    return p.applied_at.astimezone(ZoneInfo(p.timezone)).date()


def name(p: PromiseView) -> str:
    """``the change of 2026-03-16 (Acme EU: move ... to Brand)``."""
    return f"the change of {changed_on(p)} ({quoted(p.title)})"


def told(p: PromiseView, cited: Cited) -> str:
    """What came of it, with references to facts; or why nothing can be said of it (yet)."""
    if p.status == "measured" and p.realised is not None:
        return _measured(p, p.realised, cited)
    if p.status == "waiting":
        days = f"its days end on {p.window_end}, and it can be measured from {due_on(p)}"
        return f"it is not known yet: {days}.{_said(p, cited)}"
    if p.status == "void":
        return f"it is not measured: {quoted(p.reason or 'no reason is kept')}."
    return f"there is no counterfactual: {quoted(p.reason or 'no reason is kept')}.{_said(p, cited)}"


def plain(text: str, cited: Cited) -> str:
    """The text with its figures filled in."""
    for fact in cited.facts:
        text = text.replace("{{" + fact.id + "}}", format_value(fact))
    return text


def _measured(p: PromiseView, realised: Total, cited: Cited) -> str:
    mid, low, high = _cite(p, "realised", realised, cited)
    what = p.outcome or str(p.details.get("outcome", "the outcome"))
    parts = [
        f"from {p.window_start} to {p.window_end} it changed {what} by {mid}, likely between {low} and {high}, "
        f"against campaigns that it left alone ({_compared(p)})."
    ]
    if realised.low <= 0 <= realised.high:
        parts.append("That cannot be told from no effect at all.")
    parts.append(_against(p, cited))
    parts += _beside(p, cited)
    return " ".join(part for part in parts if part)


def _against(p: PromiseView, cited: Cited) -> str:
    judged = verdict(p)
    if p.promised is None or judged is None:
        return f"Nothing was predicted: {quoted(p.not_predicted or 'no reason is kept')}."
    mid, low, high = _cite(p, "predicted", p.promised, cited)
    return f"Predicted for these days: {mid} ({low} to {high}): {_SAID[judged]}, given both ranges."


def _beside(p: PromiseView, cited: Cited) -> list[str]:
    """What the change did to spend where its total moved, what cut the window, what else was in it."""
    said = []
    moved = sum(c.after_micros - c.before_micros for c in p.changes if c.field == "daily_budget")
    added = p.details.get("spend_added")
    if moved and added is not None:
        change = _fact(p, "change of spend", float(added), cited, money=True)
        said.append(f"Spend changed by {change} against the week before.")
    if (cut := p.details.get("cut")) is not None:
        said.append(f"Its days were cut short: {quoted(str(cut))}.")
    if notes := p.details.get("notes"):
        said.append(f"In these days there was also: {quoted(join_words([str(n) for n in notes]))}.")
    return said


def _said(p: PromiseView, cited: Cited) -> str:
    """What was predicted of one that has no realised figure."""
    if p.predicted is None:
        return ""
    mid, low, high = _cite(p, "predicted", p.promised or p.predicted, cited)
    return f" Predicted: {mid} ({low} to {high})."


def _compared(p: PromiseView) -> str:
    names = list(dict.fromkeys(str(name) for name, _ in p.details.get("compared_with", ())))
    more = ["others"] if len(names) > COMPARED else []
    return quoted(join_words([*names[:COMPARED], *more]))[:LONGEST] or "not kept"


def _cite(p: PromiseView, which: str, total: Total, cited: Cited) -> tuple[str, str, str]:
    ends = (("mean", total.mid), ("low", total.low), ("high", total.high))
    how = _how(p, which, total)
    mid, low, high = (_fact(p, f"{which} effect, {end}", value, cited, how=how) for end, value in ends)
    return mid, low, high


def _how(p: PromiseView, which: str, total: Total) -> str:
    level = f"{total.level * 100:.0f} % interval"
    if which == "realised":
        return f"{p.method or 'not kept'}; {level}, conversions up to {LAG_DAYS} days late are in"
    corrected = ", corrected by earlier outcomes" if p.correction else ""
    return f"frozen when the change was applied ({p.model or 'model not kept'}){corrected}; {level}"


def _fact(p: PromiseView, label: str, value: float, cited: Cited, *, how: str = "", money: bool | None = None) -> str:
    of_money = p.outcome == "revenue" if money is None else money
    of_money = of_money and p.currency is not None
    return cited.cite(
        Fact(
            id="f0", label=label, value=Decimal(repr(value)), unit="money" if of_money else "count",
            currency=p.currency if of_money else None, entity=p.title or p.account,
            window=Window(p.window_start, p.window_end, p.timezone),
            source=f"daily figures of {p.account} and the ledger of promises",
            how=how or "spend a day after the change less that of the last week before it", form="estimate",
        )
    )  # fmt: skip
