"""The month against the plan, pool by pool, and the pools that are likely to land over their budget."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form
from domain.scope import Scope
from domain.window import Window
from tools import pacing
from tools.digest.model import Decision
from tools.figures import Cited
from tools.labels import quoted
from tools.months import month_words
from tools.reader import Reader
from tools.standing_words import LANDING, Teller
from tools.standings import Standing, Standings, standings


def against_plan(reader: Reader, month: Window, cited: Cited) -> list[str]:
    """How the month of the covered days stands, a line a pool and the sum first; nothing where there is no plan."""
    found = _standings(reader, month)
    if found is None:
        return []
    return pacing.tell(Teller(reader, "track", cited), found.pools[: pacing.POOLS_TOLD], found.total, brief=True)


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
    lands = cited.cite(_fact(pool, "Expected landing", pool.lands(), LANDING, "level"))
    budget = cited.cite(_fact(pool, "Budget", pool.budget, "from the plan", "plain"))
    over = (pool.lands() or Decimal(0)) - (pool.budget or Decimal(0))
    by = cited.cite(_fact(pool, "Landing against the budget", over, "expected landing - budget", "estimate"))
    said = f"{quoted(pool.pool)} lands over its budget: {lands} by {pool.month.end} of {budget} ({by})"
    return Decision("over_budget", said, "Where do we land?", question="where do we land")


def _pools(reader: Reader, month: Window) -> tuple[Standing, ...] | None:
    found = _standings(reader, month)
    return None if found is None else found.pools


def _standings(reader: Reader, month: Window) -> Standings | None:
    scope = Scope(tuple(a.id for a in reader.selection.accounts))
    try:
        return standings(reader.session, scope, reader.context.today, month=month.start)
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
