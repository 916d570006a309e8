"""The tool ``pacing``: on track, where we land, what is left, targets; against the plan or the question's budgets."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form, Table, ToolResult, Unit
from domain.formatting import format_value
from tools.arguments import Filters, Period
from tools.base import Arguments, Tool, ToolContext
from tools.labels import join_words, quoted
from tools.months import month_words
from tools.reader import Reader, answered
from tools.standing_words import About, Teller, name_of
from tools.standings import Standing, Standings, card_lines, standings

__all__ = ["TOOL", "PacingArguments", "SaidBudget", "card_lines", "standings"]

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
    teller = Teller(reader, arguments.about)
    parts = tell(teller, pools[:POOLS_TOLD], shown)
    if len(pools) > POOLS_TOLD:
        parts.append("The other pools are in the table.")
    table = _table(found, [*pools, *([shown] if shown else [])]) if len(pools) > 1 else None
    return reader.result("\n".join(parts), teller.cited, [], _caveats(found, pools, said, teller), table)


def tell(teller: Teller, pools: Sequence[Standing], total: Standing | None, *, brief: bool = False) -> list[str]:
    """A line a pool, the sum of all first. What is the answer is told whole: the sum, or the pools without one."""
    if total is None:
        return [teller.brief(pool) if brief else teller.tell(pool) for pool in pools]
    return [teller.brief(total) if brief else teller.tell(total), *(teller.brief(pool) for pool in pools)]


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


def _caveats(found: Standings, pools: Sequence[Standing], said: object, teller: Teller) -> list[str]:
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
        rows.append((name_of(s), *(None if v is None else float(v) for v in (*money, target, actual))))
        shown.append(
            (name_of(s), *(_shown(v, "money", s) for v in money), _shown(target, unit, s, ""), _shown(actual, unit, s))
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
