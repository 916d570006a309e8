"""Plans that people saved under a name: kept, listed, forgotten. What they hold never changes; audited."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.scope import Scope
from store import audit
from store.tables import Scenario

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class Saved:
    """One saved plan of one account, as of the day that was today then."""

    id: str
    account_id: int
    name: str
    as_of: date
    content: Mapping[str, Any]
    created_by: str
    created_at: datetime
    recommendation_id: str | None


def save(
    session: Session,
    scope: Scope,
    *,
    account_id: int,
    name: str,
    as_of: date,
    content: Mapping[str, Any],
    by: str,
    now: datetime,
) -> Saved:
    """Keep a plan under a name that no kept plan of the account has (compared without regard to case).

    Raises:
        BadInput: the name is taken, empty, too long or not printable; or the account is not in scope.
    """
    name = _checked(name)
    if account_id not in scope.account_ids:
        raise BadInput(f"account {account_id} is not seen here")
    if any(s.account_id == account_id for s in named(session, scope, name)):
        raise _taken(name)
    row = Scenario(
        id=uuid.uuid4().hex, account_id=account_id, name=name, as_of=as_of, content=dict(content), created_by=by,
        created_at=now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:  # another process saved it in this moment
        raise _taken(name) from None
    audit.append(session, by, "scenario.saved", row.id, {"name": name, "account": account_id}, now)
    return _saved(row)


def kept(session: Session, scope: Scope) -> list[Saved]:
    """All kept plans, the newest first."""
    query = (
        select(Scenario)
        .where(Scenario.account_id.in_(scope.account_ids), Scenario.removed_at.is_(None))
        .order_by(Scenario.created_at.desc(), Scenario.account_id, Scenario.name)
    )
    return [_saved(row) for row in session.scalars(query.execution_options(populate_existing=True))]


def named(session: Session, scope: Scope, name: str) -> list[Saved]:
    """The kept plans of a name: one an account; empty where there is none."""
    wanted = name.strip().casefold()
    return [s for s in kept(session, scope) if s.name.casefold() == wanted]


def get(session: Session, scope: Scope, name: str) -> list[Saved]:
    """As ``named``. Raises BadInput with the names that there are where there is none."""
    if found := named(session, scope, name):
        return found
    names = ", ".join(dict.fromkeys(s.name for s in kept(session, scope)))
    raise BadInput(f"no plan is saved as {name!r}; saved: {names or 'none'}")


def forget(session: Session, scope: Scope, name: str, *, by: str, now: datetime) -> list[Saved]:
    """Take the plans of a name off the list; what became of them stays. Raises BadInput where there is none."""
    found = get(session, scope, name)
    for saved in found:
        row = session.get_one(Scenario, saved.id)
        row.removed_by, row.removed_at = by, now
        audit.append(session, by, "scenario.forgotten", saved.id, {"name": saved.name}, now)
    session.flush()
    return found


def proposed(session: Session, scope: Scope, saved: Saved, recommendation_id: str, *, by: str, now: datetime) -> bool:
    """Note what a plan was turned into; False where it was turned into one before, which stays noted."""
    statement = (
        update(Scenario)
        .where(
            Scenario.id == saved.id,
            Scenario.account_id.in_(scope.account_ids),
            Scenario.recommendation_id.is_(None),
        )
        .values(recommendation_id=recommendation_id)
    )
    first = session.connection().execute(statement).rowcount == 1
    if first:
        audit.append(session, by, "scenario.proposed", saved.id, {"recommendation": recommendation_id}, now)
    return first


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadInput(f"a plan's name has 1 to {MAX_NAME} printable characters, not {name[:40]!r}")
    return name


def _taken(name: str) -> BadInput:
    return BadInput(
        f"a plan is saved as {name!r} already; take another name, or forget that one: budgeteer plan forget {name!r}"
    )


def _saved(row: Scenario) -> Saved:
    return Saved(
        row.id, row.account_id, row.name, row.as_of, row.content, row.created_by, row.created_at, row.recommendation_id
    )
