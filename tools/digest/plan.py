"""The month against the plan, pool by pool, and the pools that are likely to land over their budget."""

from __future__ import annotations

from decimal import Decimal

from domain.errors import CannotAnswer
from domain.evidence import Fact, Form
from domain.scope import Scope
from domain.window import Window
from tools import pacing
from tools.digest import words
from tools.digest.model import Decision
from tools.digest.words import w
from tools.figures import Cited
from tools.labels import quoted
from tools.reader import Reader
from tools.standing_words import LANDING, Teller
from tools.standings import Standing, Standings, standings


def against_plan(reader: Reader, month: Window, cited: Cited) -> list[str]:
    """How the month of the covered days stands, a line a pool and the sum first; nothing where there is no plan."""
    found = _standings(reader, month)
    if found is None:
        return []
    if words.language() != "en":  # the words of the plan's own answers are English: here the same figures, briefly
        return [_brief(pool, cited) for pool in found.pools[: pacing.POOLS_TOLD]]
    return pacing.tell(Teller(reader, "track", cited), found.pools[: pacing.POOLS_TOLD], found.total, brief=True)


def _brief(pool: Standing, cited: Cited) -> str:
    """Spent of the budget, and where it lands."""
    spent = cited.cite(_fact(pool, "Spend to date", pool.spent, "sum(spend) of complete days", "plain"))
    budget = cited.cite(_fact(pool, "Budget", pool.budget, "from the plan", "plain"))
    said = w("pool", pool=quoted(pool.pool), spent=spent, budget=budget)
    if not pool.days_left or pool.lands() is None:
        return said
    low, mid, high = (cited.cite(_fact(pool, f"Expected landing, {p}", pool.lands(p), LANDING, "level"))
                      for p in ("low", "mid", "high"))  # fmt: skip
    return said + w("pool lands", mid=mid, low=low, high=high)


def unplanned(reader: Reader, month: Window) -> list[str]:
    """Said among what cannot be seen where the month has no plan."""
    if _pools(reader, month) is not None:
        return []
    return [w("no plan", month=words.month(month.start))]


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
    day = words.day(pool.month.end)
    said = w("lands over", pool=quoted(pool.pool), lands=lands, day=day, budget=budget, by=by)
    return Decision("over_budget", said, w("where"), question="where do we land")


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
