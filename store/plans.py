"""The plan: a month's budgets, targets and margins by account, pool, campaign or label.

A plan loaded for a month replaces that month's lines of the accounts it names. What was there is kept with the run and
comes back when the run is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.money import Money
from domain.scope import Scope
from store.tables import Account, ImportRun, PlanLine

KIND = "plan"
_FIELDS = ("budget_micros", "target_roas", "target_cpa_micros", "margin", "floor", "locked")
_KEY = ("pool", "campaign", "label")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a plan. ``campaign`` and ``label`` are "" for the whole account, ``pool`` "" for its own pool.

    ``margin`` is a fraction of revenue; ``floor`` the worst acceptable value of the target's metric.
    """

    account_id: int
    account: str
    platform: str
    month: date
    currency: str
    pool: str = ""
    campaign: str = ""
    label: str = ""
    budget: Money | None = None
    target_roas: Decimal | None = None
    target_cpa: Money | None = None
    margin: Decimal | None = None
    floor: Decimal | None = None
    locked: bool = False
    run_id: int = 0

    @property
    def pool_key(self) -> str:
        """The same for two lines whose money may be exchanged. A pool may hold money of several accounts."""
        return self.pool.casefold() or own_pool(self.account_id)

    @property
    def pool_name(self) -> str:
        return self.pool or self.account

    @property
    def covers(self) -> str:
        """What the line is for, as a person reads it."""
        return self.campaign or self.label or self.account


def own_pool(account_id: int) -> str:
    """The key of the pool of an account's money that no named pool holds."""
    return f"#{account_id}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a plan did to one account, in lines. ``run_id`` is None where nothing changed.

    ``removed`` are lines of the same months that the new plan no longer has.
    """

    account_id: int
    account: str
    run_id: int | None
    new: int
    updated: int
    unchanged: int
    removed: int


def lines(session: Session, scope: Scope, first_month: date, last_month: date) -> list[Line]:
    """The plan of the months from ``first_month`` to ``last_month`` (any day in each), by month, account and pool."""
    query = (
        select(PlanLine, Account)
        .join(Account, Account.id == PlanLine.account_id)
        .where(
            PlanLine.account_id.in_(scope.account_ids),
            PlanLine.month.between(first_month.replace(day=1), last_month.replace(day=1)),
        )
        .order_by(PlanLine.month, Account.platform, Account.name, PlanLine.pool, PlanLine.campaign, PlanLine.label)
    )
    return [_line(row, account) for row, account in session.execute(query)]


def months(session: Session, scope: Scope) -> list[date]:
    """The first days of the months that have a plan."""
    query = select(PlanLine.month).where(PlanLine.account_id.in_(scope.account_ids)).distinct()
    return sorted(session.scalars(query))


def month_in_force(session: Session, account_id: int, day: date) -> date | None:
    """The month whose lines say whose money the account's budgets are: the day's own, else the last before it."""
    query = select(func.max(PlanLine.month)).where(PlanLine.account_id == account_id, PlanLine.month <= day)
    return session.scalar(query)


def sharing_a_pool(session: Session, account_id: int) -> list[int]:
    """The account and those that any month's plan puts into a named pool with it, in ascending order."""
    rows = session.execute(select(PlanLine.account_id, PlanLine.pool).where(PlanLine.pool != "").distinct()).all()
    own = {pool.casefold() for owner, pool in rows if owner == account_id}
    return sorted({account_id, *(owner for owner, pool in rows if pool.casefold() in own)})


def load(
    session: Session, planned: Sequence[Line], *, source: str, content_sha256: str | None, now: datetime
) -> list[Loaded]:
    """Replace the lines of every account and month that ``planned`` names, and keep what they replace.

    Runs in the caller's transaction. A plan that says what is stored already changes nothing.

    Raises:
        BadInput: two lines for the same thing.
    """
    done = []
    for account_id in dict.fromkeys(line.account_id for line in planned):
        own = [line for line in planned if line.account_id == account_id]
        done.append(_load_account(session, own, source, content_sha256, now))
    return done


def _load_account(
    session: Session, planned: Sequence[Line], source: str, content_sha256: str | None, now: datetime
) -> Loaded:
    account_id, name = planned[0].account_id, planned[0].account
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    over = sorted({line.month for line in planned})
    query = select(PlanLine).where(PlanLine.account_id == account_id, PlanLine.month.in_(over))
    stored = list(session.scalars(query))
    before = {_key(row): _values(row) for row in stored}
    rows = [_row(line) for line in planned]
    after = {_key(row): _values(row) for row in rows}
    if len(after) < len(rows):
        raise BadInput(f"two lines of the plan of {name} are for the same month, pool, campaign and label")
    unchanged = sum(before.get(key) == values for key, values in after.items())
    updated = sum(key in before for key in after) - unchanged
    removed = len(before.keys() - after.keys())
    counts = Loaded(account_id, name, None, len(after) - updated - unchanged, updated, unchanged, removed)
    if unchanged == len(after) == len(before):
        return counts
    kept = [{**_kept(row), "month": row.month.isoformat()} for row in stored]
    run = ImportRun(
        account_id=account_id, source=source, content_sha256=content_sha256, at=now, complete=True, kind=KIND,
        summary={"months": [m.isoformat() for m in over], "replaced": kept, "new": counts.new,
                 "updated": updated, "unchanged": unchanged, "removed": removed},
    )  # fmt: skip
    session.add(run)
    session.flush()
    _delete(session, account_id, over)
    for row in rows:
        row.run_id = run.id
    session.add_all(rows)
    session.flush()
    return replace(counts, run_id=run.id)


def _delete(session: Session, account_id: int, over: Iterable[date]) -> None:
    session.execute(delete(PlanLine).where(PlanLine.account_id == account_id, PlanLine.month.in_(list(over))))


def _key(row: PlanLine) -> tuple[Any, ...]:
    return (row.month, *(getattr(row, k) for k in _KEY))


def _values(row: PlanLine) -> tuple[Any, ...]:
    return tuple(getattr(row, f) for f in _FIELDS)


def _kept(row: PlanLine) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in (*_KEY, *_FIELDS, "run_id")}


def _row(line: Line) -> PlanLine:
    return PlanLine(
        account_id=line.account_id, month=line.month, pool=line.pool, campaign=line.campaign, label=line.label,
        budget_micros=None if line.budget is None else line.budget.micros,
        target_roas=_float(line.target_roas),
        target_cpa_micros=None if line.target_cpa is None else line.target_cpa.micros,
        margin=_float(line.margin), floor=_float(line.floor), locked=line.locked,
    )  # fmt: skip


def _line(row: PlanLine, account: Account) -> Line:
    def money(micros: int | None) -> Money | None:
        return None if micros is None else Money.from_micros(micros, account.currency)

    return Line(
        account_id=account.id, account=account.name, platform=account.platform, month=row.month,
        currency=account.currency, pool=row.pool, campaign=row.campaign, label=row.label,
        budget=money(row.budget_micros), target_roas=_decimal(row.target_roas), target_cpa=money(row.target_cpa_micros),
        margin=_decimal(row.margin), floor=_decimal(row.floor), locked=row.locked, run_id=row.run_id,
    )  # fmt: skip


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))
