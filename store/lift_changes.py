"""Adding and revoking results of experiments, each in the audit. No planner or tool can reach this."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.money import Money
from domain.scope import Scope
from store import accounts, audit
from store.lift_results import Found, results
from store.tables import Campaign, LiftResult

MAX_NAME, MAX_METHOD, MAX_SOURCE, MOST_CAMPAIGNS = 200, 60, 500, 200
LONGEST_DAYS = 400
OUTCOMES = ("revenue", "conversions")


@dataclass(frozen=True, slots=True)
class Entry:
    """A result as a person states it."""

    name: str
    campaigns: tuple[str, ...]
    outcome: str
    method: str
    first_day: date
    last_day: date
    spend: Decimal
    incremental: float
    low: float
    high: float
    level: float
    source: str


def add(session: Session, account_id: int, entry: Entry, *, by: str, now: datetime) -> int:
    """Keep a result, audited; its id. The same result is kept once.

    Raises:
        BadInput: what is wrong, with what is allowed.
    """
    _check(entry)
    _check_campaigns(session, account_id, entry.campaigns)
    spend = Money(entry.spend, accounts.get(session, account_id).currency)
    values = {
        "name": _clean(entry.name, "name", MAX_NAME), "campaigns": list(entry.campaigns), "outcome": entry.outcome,
        "method": _clean(entry.method, "method", MAX_METHOD), "first_day": entry.first_day,
        "last_day": entry.last_day, "spend_micros": spend.micros, "incremental": entry.incremental,
        "low": entry.low, "high": entry.high, "level": entry.level,
        "source": _clean(entry.source, "source", MAX_SOURCE),
    }  # fmt: skip
    same = select(LiftResult).where(LiftResult.account_id == account_id, LiftResult.revoked_at.is_(None))
    for row in session.scalars(same):
        if all(getattr(row, key) == value for key, value in values.items()):
            return row.id
    row = LiftResult(account_id=account_id, **values, entered_by=by, entered_at=now)
    session.add(row)
    session.flush()
    said = {**values, "result": row.id, "first_day": str(entry.first_day), "last_day": str(entry.last_day)}
    audit.append(session, by, "experiment.added", f"account:{account_id}", said, now)
    return row.id


def revoke(session: Session, scope: Scope, result_id: int, *, by: str, now: datetime) -> Found:
    """Let a result count no more, audited; the row stays. Raises BadInput where there is none in force."""
    found = next((f for f in results(session, scope) if f.id == result_id), None)
    if found is None:
        raise BadInput(f"no result {result_id} is in force; see budgeteer experiments list")
    session.execute(
        update(LiftResult)
        .where(LiftResult.id == result_id, LiftResult.revoked_at.is_(None))
        .values(revoked_by=by, revoked_at=now)
    )
    said = {"result": result_id, "name": found.name}
    audit.append(session, by, "experiment.revoked", f"account:{found.account_id}", said, now)
    return found


def _check(entry: Entry) -> None:
    if entry.outcome not in OUTCOMES:
        raise BadInput(f"{entry.outcome[:40]!r} is no outcome; use {' or '.join(OUTCOMES)}")
    if entry.last_day < entry.first_day or (entry.last_day - entry.first_day).days >= LONGEST_DAYS:
        raise BadInput(f"{entry.first_day} to {entry.last_day} is no stretch of 1 to {LONGEST_DAYS} days")
    if not (entry.spend.is_finite() and entry.spend > 0):
        raise BadInput(f"a tested spend of {entry.spend} is not usable; give what the tested ads cost, above 0")
    if not all(math.isfinite(x) for x in (entry.incremental, entry.low, entry.high)):
        raise BadInput("the result and its range must be finite numbers")
    if not entry.low <= entry.incremental <= entry.high or entry.low >= entry.high:
        raise BadInput(
            f"{entry.incremental:g} must lie in its range {entry.low:g} to {entry.high:g}, which must have a width: a "
            "result without its doubt cannot be weighed"
        )
    if not 0.5 <= entry.level <= 0.999:
        raise BadInput(f"a level of {entry.level:g} is not usable; give a fraction from 0.5 to 0.999, such as 0.9")


def _check_campaigns(session: Session, account_id: int, campaigns: Sequence[str]) -> None:
    if len(campaigns) > MOST_CAMPAIGNS:
        raise BadInput(f"{len(campaigns)} campaigns; name at most {MOST_CAMPAIGNS}, or none for the whole account")
    known = set(session.scalars(select(Campaign.name).where(Campaign.account_id == account_id)))
    for name in campaigns:
        if name not in known:
            near = ", ".join(sorted(known)[:10]) or "none"
            raise BadInput(f"the account has no campaign {name[:80]!r}; it has {near}")


def _clean(text: str, what: str, longest: int) -> str:
    text = " ".join(text.split())
    if not text or len(text) > longest or not text.isprintable():
        raise BadInput(f"the {what} {text[:40]!r} is not usable; give 1 to {longest} printable characters")
    return text
