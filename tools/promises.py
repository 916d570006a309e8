"""What came of the changes that were applied: of one, or how good the recommendations were altogether."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

from pydantic import Field
from sqlalchemy.orm import Session

from domain.errors import CannotAnswer
from domain.evidence import Fact, Table, ToolResult
from store import performance, promises
from store.engine import read
from store.promises import PromiseView
from tools.arguments import Names, Period
from tools.base import REASONS, Arguments, Tool, ToolContext, refusal
from tools.figures import Cited
from tools.labels import join_words, platform_label, quoted
from tools.promise_scores import Score, scores
from tools.promise_words import changed_on, due_on, name, told, verdict

SHOWN = 3  # told in full; the rest stands in the table
COLUMNS = ("Applied", "Account", "Change", "Predicted", "Realised", "Low", "High", "Came out", "Id")
STATUS = {"waiting": "not known yet", "no_counterfactual": "no counterfactual", "void": "void"}


class PromisesArguments(Arguments):
    """Which applied changes; all in scope where nothing is named."""

    accounts: Names = Field(default=(), description="exact account names")
    platforms: Names = Field(default=(), description="platform slugs")
    campaigns: Names = Field(default=(), description="exact names of campaigns or budgets that were changed")
    period: Period | None = Field(default=None, description="days on which the changes were applied")


def run(context: ToolContext, arguments: PromisesArguments) -> ToolResult:
    """What came of them; a reasoned no becomes a refused result."""
    with read(context.engine) as session:
        try:
            return _answer(session, context, arguments)
        except REASONS as no:
            return ToolResult(refused=refusal(no), freshness=_freshness(session, context))


def _answer(session: Session, context: ToolContext, arguments: PromisesArguments) -> ToolResult:
    every = promises.listed(session, context.scope)
    if not every:
        raise CannotAnswer("no change was applied through here yet, so nothing was promised and nothing can be judged")
    found = [p for p in every if _asked(p, arguments)]
    if not found:
        raise CannotAnswer(_none(every, arguments))
    cited = Cited()
    narrowed = bool(arguments.campaigns or arguments.period)
    measured = [p for p in found if p.status == "measured"]
    if not measured and not narrowed:
        raise CannotAnswer(_not_yet(found))
    lines = [_summary(score, cited) for score in scores(found) if score.measured > 1]
    shown = found[:SHOWN] if narrowed else measured[:SHOWN]
    lines += [f"• {_first_up(name(p))}: {told(p, cited)}" for p in shown]
    if not narrowed:
        lines += _others(found)
    return ToolResult(
        facts=cited.facts,
        text="\n".join(lines),
        table=table(found) if len(found) > 1 else None,
        row_count=len(found),
        freshness=_freshness(session, context),
        caveats=_caveats(found),
    )


def _asked(p: PromiseView, arguments: PromisesArguments) -> bool:
    wanted = {n.casefold() for n in arguments.campaigns}
    names = {c.name.casefold() for c in p.changes} | {n.casefold() for c in p.changes for _, n in c.campaigns}
    accounts = {n.casefold() for n in arguments.accounts}
    return (
        (not wanted or bool(wanted & names))
        and (not accounts or p.account.casefold() in accounts)
        and (not arguments.platforms or p.platform in arguments.platforms)
        and (arguments.period is None or arguments.period.start <= changed_on(p) <= arguments.period.end)
    )


def _none(every: Sequence[PromiseView], arguments: PromisesArguments) -> str:
    """Why nothing was found, and what there is."""
    days = [str(changed_on(p)) for p in every[:5]]
    of = f" of {quoted(join_words(arguments.campaigns))}" if arguments.campaigns else ""
    when = ""
    if (period := arguments.period) is not None:
        same = period.start == period.end
        when = f" on {period.start}" if same else f" from {period.start} to {period.end}"
    return f"no change{of} was applied through here{when}; changes were applied on {join_words(days)}"


def _not_yet(found: Sequence[PromiseView]) -> str:
    waiting = [p for p in found if p.status == "waiting"]
    if waiting:
        first = min(due_on(p) for p in waiting)
        return (
            f"no applied change has been measured yet: the first can be on {first}, when its days are over and their "
            "conversions have arrived"
        )
    reasons = list(dict.fromkeys(p.reason or "no reason is kept" for p in found))
    return f"none of the applied changes could be measured: {quoted('; '.join(reasons[:3]))}"


def _summary(score: Score, cited: Cited) -> str:
    """One outcome's record, every figure a fact."""
    count = _counter(score, cited)
    n, held = count("changes measured", score.measured), count("ranges that held", score.held)
    money = score.outcome == "revenue" and score.currency is not None

    def amount(label: str, value: float) -> str:
        fact = Fact(
            "f0", label, Decimal(repr(value)), "money" if money else "count", score.currency if money else None,
            "measured changes", score.window, "the ledger of promises", "sums over the days that were measured",
            form="estimate",
        )  # fmt: skip
        return cited.cite(fact)

    predicted, realised = amount("predicted of all", score.predicted), amount("realised of all", score.realised)
    low, high = amount("realised of all, low", score.realised_low), amount("realised of all, high", score.realised_high)
    said = (
        f"Of {n} measured changes of {score.outcome}, {held} came out as predicted, given both ranges. "
        f"Together they were predicted to bring {predicted} and brought {realised}, likely between {low} and {high}."
    )
    if score.correction is not None:
        ratio = Fact(
            "f0", "realised over predicted, as it corrects the next prediction",
            Decimal(repr(round(score.correction.ratio, 4))), "ratio", None, "measured changes", score.window,
            "the ledger of promises", "weighed by how sure each is, shrunk towards no correction",
        )  # fmt: skip
        said += f" Later predictions are corrected by {cited.cite(ratio)} of what the fit says."
    return said


def _counter(score: Score, cited: Cited) -> Callable[[str, int], str]:
    def count(label: str, value: int) -> str:
        return cited.cite(
            Fact("f0", f"{label} ({score.outcome})", Decimal(value), "count", None, "measured changes", score.window,
                 "the ledger of promises", "counted")
        )  # fmt: skip

    return count


def _others(found: Sequence[PromiseView]) -> list[str]:
    """What is not in the score, and why."""
    waiting = [p for p in found if p.status == "waiting"]
    without = [p for p in found if p.status == "no_counterfactual"]
    said = []
    if waiting:
        said.append(f"Others are not due yet, the first on {min(due_on(p) for p in waiting)}.")
    if without:
        reason = quoted(without[0].reason or "no reason is kept")
        said.append(f"For some there is no counterfactual, and so no figure; the last one: {reason}.")
    return said


def table(found: Sequence[PromiseView]) -> Table:
    """A row a change, the newest first: figures over the days that are measured."""
    rows = tuple(
        (
            changed_on(p), f"{platform_label(p.platform)} ({p.account})", p.title,
            None if p.promised is None else p.promised.mid,
            *((None, None, None) if p.realised is None else (p.realised.mid, p.realised.low, p.realised.high)),
            came_out(p), p.id[:8],
        )
        for p in found
    )  # fmt: skip
    return Table("Applied changes and what came of them", COLUMNS, rows)


def came_out(p: PromiseView) -> str:
    """``as predicted``, ``more``, ``less``; or where it stands."""
    judged = verdict(p)
    return judged if judged is not None else "not predicted" if p.status == "measured" else STATUS[p.status]


def _caveats(found: Sequence[PromiseView]) -> tuple[str, ...]:
    if not any(p.status == "measured" for p in found):
        return ()
    return (
        "measured in what the platform attributes to itself; what else changed only for the changed campaigns in those "
        "days is in the figure too",
    )


def _freshness(session: Session, context: ToolContext) -> dict[str, date]:
    return {a.platform: a.last_day for a in performance.accounts(session, context.scope) if a.last_day is not None}


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


TOOL = Tool(
    "promises",
    "What came of applied budget changes: predicted against realised, measured against campaigns left alone. For 'how "
    "good were your recommendations?', 'what came of the change of 3 November?', 'did raising Brand pay off?'.",
    PromisesArguments,
    run,
)
