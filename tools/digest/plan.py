"""The month against the plan, pool by pool, and the pools that are likely to land over their budget."""

from __future__ import annotations

import re
from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form
from domain.scope import Scope
from domain.window import Window
from tools import pacing
from tools.arguments import Period
from tools.digest.model import Decision
from tools.figures import Cited
from tools.labels import quoted
from tools.months import month_words
from tools.reader import Reader
from tools.standings import Standing, standings

_REFERENCE = re.compile(r"\{\{(f\d+)\}\}")
HOW = "spend to date + the days left, each as the mean of its weekday over the last four weeks"


def against_plan(reader: Reader, month: Window, cited: Cited) -> list[str]:
    """What the plan's own tool says of the month of the covered days, a line a pool; nothing where there is no plan."""
    names = tuple(a.name for a in reader.selection.accounts)
    asked = pacing.PacingArguments(period=Period(start=month.start, end=month.end), accounts=names)
    told = pacing.run(reader.context, asked)
    if told.refused is not None:
        return []
    adopted: dict[str, str] = {}

    def cite(match: re.Match[str]) -> str:
        if match[1] not in adopted:
            adopted[match[1]] = cited.cite(next(f for f in told.facts if f.id == match[1]))
        return adopted[match[1]]

    return [_REFERENCE.sub(cite, line) for line in told.text.splitlines()]


def unplanned(reader: Reader, month: Window) -> list[str]:
    """Said among what cannot be seen where the month has no plan."""
    if _pools(reader, month) is not None:
        return []
    return [f"no plan for {month_words(month.start)}, so nothing is set against one: budgeteer plan import FILE"]


def landing_over(reader: Reader, month: Window) -> list[Standing]:
    """The pools whose likely range lies above their budget (where there is none, the landing itself), dearest first.

    A month that is over lands no more.
    """
    over = [s for s in _pools(reader, month) or () if s.days_left and _is_over(s)]
    return sorted(over, key=lambda s: -((s.lands() or Decimal(0)) - (s.budget or Decimal(0))))


def _is_over(pool: Standing) -> bool:
    least = pool.lands("mid") if pool.lands("low") is None else pool.lands("low")
    return least is not None and pool.budget is not None and least > pool.budget


def over_budget(pool: Standing, cited: Cited) -> Decision:
    """One pool that lands over, as something to decide."""
    lands = cited.cite(_fact(pool, "Expected landing", pool.lands(), HOW, "level"))
    budget = cited.cite(_fact(pool, "Budget", pool.budget, "from the plan", "plain"))
    over = (pool.lands() or Decimal(0)) - (pool.budget or Decimal(0))
    by = cited.cite(_fact(pool, "Landing against the budget", over, "expected landing - budget", "estimate"))
    said = f"{quoted(pool.pool)} lands over its budget: {lands} by {pool.month.end} of {budget} ({by})"
    return Decision("over_budget", said, "Where do we land?", question="where do we land")


def _pools(reader: Reader, month: Window) -> tuple[Standing, ...] | None:
    scope = Scope(tuple(a.id for a in reader.selection.accounts))
    try:
        return standings(reader.session, scope, reader.context.today, month=month.start).pools
    except CannotAnswer:
        return None


def _fact(pool: Standing, label: str, value: Decimal | None, how: str, form: Form) -> Fact:
    return Fact(
        id="new",
        label=label,
        value=value,
        unit="money",
        currency=pool.currency,
        entity=pool.pool,
        window=pool.month,
        source="the plan" if how == "from the plan" else "the store",
        how=how,
        reason=None if value is not None else "unknown",
        form=form,
    )
