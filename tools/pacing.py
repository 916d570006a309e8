"""The tool ``pacing``: on track, where we land, what is left, targets; against the plan or the question's budgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form, Table, ToolResult, Unit
from domain.formatting import format_value
from domain.window import Window
from tools.arguments import Filters, Period
from tools.base import Arguments, Tool, ToolContext
from tools.figures import Books, Cited, Group
from tools.labels import join_words, quoted
from tools.months import month_words
from tools.reader import Reader, answered
from tools.standings import Standing, Standings, card_lines, standings

__all__ = ["TOOL", "PacingArguments", "SaidBudget", "card_lines", "standings"]

About = Literal["track", "landing", "left", "targets"]
POOLS_TOLD = 4
EVENLY = "planned to date spreads the budget evenly over the month's days"


class SaidBudget(Arguments):
    """A month's budget that the question itself names."""

    platform: str = Field(default="", description="platform slug; empty for everything together")
    amount: float = Field(gt=0, allow_inf_nan=False, description="of the whole month, in the accounts' currency")


class PacingArguments(Filters):
    """A month's money against the plan."""

    period: Period | None = Field(default=None, description="the month asked for, or a part of it; this month without")
    about: About = Field(default="track", description="what the answer says first")
    said: Annotated[tuple[SaidBudget, ...], Field(max_length=10)] = Field(
        default=(), description="budgets that the question names; they stand instead of the plan for this answer only"
    )


def run(context: ToolContext, arguments: PacingArguments) -> ToolResult:
    """Every pool that the filters leave, and their sum where money of one currency adds up."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: PacingArguments) -> ToolResult:
    context = reader.context
    first = context.today.replace(day=1)
    if arguments.period is not None:
        first = arguments.period.start.replace(day=1)
        if arguments.period.end.replace(day=1) != first:
            raise CannotAnswer("a plan is by month: ask for one month, for example 'spend vs budget june'")
    said = {b.platform: Decimal(repr(b.amount)) for b in arguments.said}
    found = standings(reader.session, context.scope, context.today, month=first, said=said or None)
    pools = _selected(found, reader, arguments)
    shown = found.total if found.total and len(pools) == len(found.pools) else None
    teller = _Teller(reader, arguments.about)
    told = [*([shown] if shown else []), *pools[:POOLS_TOLD]]
    parts = [teller.tell(standing) for standing in told]
    if len(pools) > POOLS_TOLD:
        parts.append("The other pools are in the table.")
    table = _table(found, [*pools, *([shown] if shown else [])]) if len(pools) > 1 else None
    return reader.result("\n".join(parts), teller.cited, [], _caveats(found, pools, said, teller), table)


def _selected(found: Standings, reader: Reader, arguments: PacingArguments) -> tuple[Standing, ...]:
    if arguments.labels or arguments.exclude_labels or arguments.exclude_campaigns:
        raise CannotAnswer("the plan is told pool by pool, and a pool cannot be cut by a label or a campaign left out")
    if not (arguments.platforms or arguments.accounts or arguments.campaigns):
        return found.pools
    names = {a.name for a in reader.selection.accounts}
    kept = tuple(s for s in found.pools if names & set(s.accounts))
    if not kept:
        have = join_words([quoted(s.pool) for s in found.pools])
        raise CannotAnswer(f"the plan of {month_words(found.month.start)} has no pool for that; it has {have}")
    return kept


class _Teller:
    """Words a standing, fact by fact."""

    def __init__(self, reader: Reader, about: About) -> None:
        self.reader, self.about, self.cited = reader, about, Cited()

    def tell(self, s: Standing) -> str:
        order: dict[About, tuple[Callable[[Standing], str], ...]] = {
            "track": (self._track, self._landing, self._left, self._targets),
            "landing": (self._landing, self._track, self._left, self._targets),
            "left": (self._left, self._track, self._landing),
            "targets": (self._aims,),
        }
        over = s.days_left == 0
        chosen = (self._final, self._targets) if over and self.about != "targets" else order[self.about]
        said = [text for part in chosen if (text := part(s))]
        first, *rest = said
        head = f"{_name(s)}: {first}" if s.key != "all" else first[:1].upper() + first[1:]
        return " ".join(f"{text}." for text in (head, *(t[:1].upper() + t[1:] if t[:1] != "{" else t for t in rest)))

    def _track(self, s: Standing) -> str:
        when = f"{s.month.start} to {s.through}" if s.through else month_words(s.month.start)
        spent = self._cite(s, "Spend to date", s.spent, "money", "sum(spend) of complete days", reason=s.reason)
        if s.budget is None:
            return f"{spent} spent, {when}; the plan names no budget"
        budget = self._cite(s, "Budget", s.budget, "money", _how(s), of_plan=True)
        if s.spent is None:
            return f"spend is {spent} ({s.reason}); the budget is {budget}"
        share = (
            self._cite(s, "Share of the budget spent", s.spent / s.budget, "percent", "spend / budget")
            if s.budget
            else ""
        )
        text = f"{spent} of {budget} spent{f' ({share})' if share else ''}, {when}"
        if s.planned is None or not s.days_over:
            return text
        gap = s.spent - s.planned
        planned = self._cite(
            s, "Planned to date", s.planned, "money",
            f"budget * {s.days_over} days / {s.month.days} days, evenly", of_plan=True,
        )  # fmt: skip
        if gap == 0:
            return f"on plan: {text}, as planned to date ({planned})"
        off = self._cite(s, "Spend against planned to date", gap, "money", "spend - planned to date", form="signed")
        word = "ahead of plan" if gap > 0 else "behind plan"
        return f"{word}: {text}, {off} against the {planned} planned to date"

    def _landing(self, s: Standing) -> str:
        how = "spend to date + the days left, each as the mean of its weekday over the last four weeks"
        mid = s.lands()
        lands = self._cite(s, "Expected landing", mid, "money", how, form="level", reason=s.why_not, whole=True)
        if mid is None:
            return f"where it lands is {lands} ({s.why_not})"
        low, high = s.lands("low"), s.lands("high")
        if low is None or high is None:
            between = f" (no range: {s.why_not})"
        else:
            how = "the same estimate's errors in the past, Student's t, 90 %"
            low_, high_ = (
                self._cite(s, f"Landing, {side}", value, "money", how, form="level", whole=True)
                for side, value in (("low", low), ("high", high))
            )
            between = f", likely {low_} to {high_} (90 %)"
        text = f"it lands at {lands} by {s.month.end}{between}"
        if s.budget is None:
            return text
        gap = mid - s.budget
        off = self._cite(
            s, "Landing against the budget", gap, "money", "expected landing - budget", form="estimate", whole=True
        )
        if self.about != "landing":
            return f"{text}: {off} against the budget"
        return (
            f"{text}: {off} against the budget of {self._cite(s, 'Budget', s.budget, 'money', _how(s), of_plan=True)}"
        )

    def _left(self, s: Standing) -> str:
        if s.budget is None or s.left is None:
            return f"what is left is unknown: {s.reason or 'the plan names no budget'}" if self.about == "left" else ""
        left = self._cite(s, "Left of the budget", s.left, "money", "budget - spend to date")
        if s.left_per_day is None:
            return f"{left} left"
        if s.left < 0:
            return f"{left} left: the budget is spent"
        per_day = self._cite(s, "Left per day", s.left_per_day, "money", f"left / {s.days_left} days left")
        days = self._cite(s, "Days left", Decimal(s.days_left), "days", "days of the month without complete figures")
        return f"{left} left, {per_day} a day over {days}"

    def _final(self, s: Standing) -> str:
        spent = self._cite(s, "Spend", s.spent, "money", "sum(spend)", reason=s.reason)
        if s.budget is None or s.spent is None:
            return f"{spent} spent in {month_words(s.month.start)}; " + (s.reason or "the plan names no budget")
        budget = self._cite(s, "Budget", s.budget, "money", _how(s), of_plan=True)
        gap = s.spent - s.budget
        text = f"{spent} spent in {month_words(s.month.start)} of a budget of {budget}"
        if gap == 0 or not s.budget:
            return text
        off = self._cite(s, "Spend against the budget", gap, "money", "spend - budget", form="signed")
        how, label = "(spend - budget) / budget", "Spend against the budget, relative"
        return f"{text}: {off} ({self._cite(s, label, gap / s.budget, 'percent', how, form='signed')})"

    def _targets(self, s: Standing) -> str:
        """Actual against target; "" where the plan has no target."""
        if s.targets_differ:
            return "" if s.key == "total" else "its lines have targets of their own: see budgeteer plan show"
        said = []
        aims: tuple[tuple[str, Unit, Decimal | None, Decimal | None, int], ...] = (
            ("ROAS", "ratio", s.roas, s.target_roas, 1), ("CPA", "money", s.cpa, s.target_cpa, -1),
        )  # fmt: skip
        for name, unit, actual, target, better in aims:
            if target is None:
                continue
            basis = "as each platform attributes conversions, by its own rules"
            formula = "sum(revenue) / sum(spend)" if name == "ROAS" else "sum(spend) / sum(conversions)"
            no = s.reason or f"not known {'before spend' if name == 'ROAS' else 'before conversions'}"
            now = self._cite(s, name, actual, unit, formula, reason=no, basis=basis)
            aim = self._cite(s, f"Target {name}", target, unit, "from the plan", of_plan=True)
            met = "" if actual is None else " (met)" if (actual - target) * better >= 0 else " (missed)"
            floor = ""
            if s.floor is not None:
                worst = self._cite(s, f"Floor of {name}", s.floor, unit, "from the plan", of_plan=True)
                below = actual is not None and (actual - s.floor) * better < 0
                floor = f", {'beyond' if below else 'within'} the floor of {worst}"
            said.append(f"{name} {now} against a target of {aim}{met}{floor}")
        return join_words(said)

    def _aims(self, s: Standing) -> str:
        budget = ""
        if s.budget is not None:
            amount = self._cite(s, "Budget", s.budget, "money", _how(s), of_plan=True)
            budget = f"budget {amount} for {month_words(s.month.start)}"
        none = "" if s.key == "total" else "the plan names no target ROAS or CPA"
        targets = self._targets(s) or none
        return "; ".join(part for part in (budget, targets) if part)

    def _cite(
        self, s: Standing, label: str, value: Decimal | None, unit: Unit, how: str, *, form: Form = "plain",
        reason: str | None = None, of_plan: bool = False, whole: bool = False, basis: str | None = None,
    ) -> str:  # fmt: skip
        """A fact of the pool over the days so far, or over the whole month where it is of the plan or a landing."""
        window = (
            s.month if of_plan or whole or s.through is None else Window(s.month.start, s.through, s.month.timezone)
        )
        return self.cited.cite(
            Fact(
                id="new",
                label=label,
                value=value,
                unit=unit,
                currency=s.currency if unit == "money" else None,
                entity=s.pool,
                window=window,
                source="the plan" if of_plan else self._source(s),
                how=how,
                reason=None if value is not None else reason or "unknown",
                form=form,
                basis=basis,
            )
        )

    def _source(self, s: Standing) -> str:
        from store import performance

        runs = {run for pair in s.runs.values() for run in pair}
        names = performance.sources(self.reader.session, self.reader.context.scope, runs) if runs else {}
        books = Books({a.id: a for a in performance.accounts(self.reader.session, self.reader.context.scope)}, names)
        return books.source(Group(runs=s.runs))


def _how(s: Standing) -> str:
    return "from the plan" if s.key != "all" else "as the question says"


def _name(s: Standing) -> str:
    return "All pools together" if s.key == "total" else quoted(s.pool)


def _caveats(found: Standings, pools: Sequence[Standing], said: object, teller: _Teller) -> list[str]:
    from domain.formatting import format_money

    notes = [EVENLY] if any(s.days_left and s.budget is not None for s in pools) and teller.about != "targets" else []
    if said:
        notes.append("the budgets are those of the question, for this answer only; nothing was saved")
    notes += found.notes
    if len({s.currency for s in found.pools}) > 1:
        notes.append("the pools are in several currencies, so they have no sum")
    if len({s.through for s in pools if s.through}) > 1:
        notes.append("the pools' data end on different days: each is told through its own last complete day")
    if found.unplanned:
        amounts = join_words([format_money(v, c) for c, v in sorted(found.unplanned.items())])
        names = join_words([quoted(n) for n in found.unplanned_names[:5]])
        notes.append(f"{amounts} of spend is in no line of the plan ({names})")
    if any(len(s.platforms) > 1 and s.target_roas is not None for s in pools):
        notes.append("Revenue of several platforms: platform claims, may double-count")
    return notes


def _table(found: Standings, pools: Sequence[Standing]) -> Table:
    columns = ("Pool", "Budget", "Spent", "Planned to date", "Lands at", "Low", "High", "Left", "Target", "Actual")
    rows, shown = [], []
    for s in pools:
        aim: tuple[Decimal | None, Decimal | None, Unit] = (
            (s.target_roas, s.roas, "ratio") if s.target_roas is not None or s.target_cpa is None
            else (s.target_cpa, s.cpa, "money")
        )  # fmt: skip
        target, actual, unit = aim
        money = (s.budget, s.spent, s.planned, s.lands(), s.lands("low"), s.lands("high"), s.left)
        rows.append((_name(s), *(None if v is None else float(v) for v in (*money, target, actual))))
        shown.append(
            (_name(s), *(_shown(v, "money", s) for v in money), _shown(target, unit, s, ""), _shown(actual, unit, s))
        )
    title = f"Plan and spend, {month_words(found.month.start)}"
    return Table(title, columns, tuple(rows), shown=tuple(shown))


def _shown(value: Decimal | None, unit: Unit, s: Standing, missing: str = "unknown", *, form: Form = "plain") -> str:
    if value is None:
        return missing
    currency = s.currency if unit == "money" else None
    return format_value(Fact("x", "", value, unit, currency, s.pool, s.month, "", "", form=form))


TOOL = Tool(
    "pacing",
    "A month's spend against the plan, per pool and in total: spent to date, planned to date, expected landing with a "
    "range, left, target ROAS or CPA against actual. For 'on track', 'where do we land', 'how much can we still "
    "spend', 'spend vs budget', 'what is our target'.",
    PacingArguments,
    run,
)
