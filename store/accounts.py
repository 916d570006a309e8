"""Ad accounts: created once, found by name, and turned into the scope that every query needs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from domain.errors import BadInput, NotConfigured
from domain.money import exponent
from domain.scope import Scope
from domain.window import checked_zone
from store.in_use import account_in_use
from store.tables import Account

MAX_NAME = 200
Kind = Literal["ads", "analytics", "shop"]
WEEK_STARTS = {0: "monday", 6: "sunday"}
"""What ``accounts.week_start`` holds, as ``date.weekday`` counts, and its word."""


def ensure(
    session: Session,
    *,
    platform: str,
    name: str,
    currency: str,
    timezone: str,
    origin: Literal["api", "file"],
    now: datetime,
    external_id: str | None = None,
    kind: Kind = "ads",
    week_start: int | None = None,
) -> Account:
    """The account of this platform and name, created where it is new.

    A file and the API meet in one account: a file may be loaded into a synced account, and a sync
    adopts an account that so far came from files. Names are compared without regard to case. Two
    accounts that a platform calls alike are told apart by ``external_id``. ``week_start`` (0 is Monday, 6 Sunday) is
    kept where the account has none yet.

    Raises:
        BadInput: ``currency``, ``timezone``, ``week_start`` or ``kind`` is not what is stored, the zone is no IANA
            name, or the name is empty or too long.
        UnknownCurrency: not an ISO 4217 code.
    """
    name = _checked_name(name)
    exponent(currency)
    checked_zone(timezone)
    stored = _stored(session, platform, name, external_id)
    if stored is None:
        stored = _create(session, platform, _free_name(session, platform, name, external_id), currency, timezone,
                         origin, now, external_id, kind)  # fmt: skip
    _check_same(stored, currency, timezone)
    if stored.kind != kind:
        raise BadInput(
            f"account {stored.name!r} on {stored.platform} holds {stored.kind} figures, not {kind}; use another name"
        )
    if week_start is not None:
        _keep_week_start(stored, week_start)
    if origin == "api" and stored.origin == "file":
        stored.origin, stored.external_id = "api", external_id
        session.flush()
    return stored


def find(session: Session, name: str | None = None, platform: str | None = None) -> list[Account]:
    """Accounts by name (without regard to case) and platform, in the order of platform and name."""
    query = select(Account).order_by(Account.platform, Account.name)
    if platform is not None:
        query = query.where(Account.platform == platform)
    found = list(session.scalars(query))  # folded here: SQLite's lower() knows ASCII only
    return found if name is None else [a for a in found if a.name.casefold() == name.strip().casefold()]


def get(session: Session, account_id: int) -> Account:
    """One account by its store id. Raises BadInput where there is none."""
    account = session.get(Account, account_id)
    if account is None:
        raise BadInput(f"no account has id {account_id}")
    return account


def week_start_of(session: Session, scope: Scope, default: int) -> int:
    """The day on which weeks begin where the ads accounts in scope agree, else ``default``; 0 is Monday.

    An account that says nothing goes by ``default`` too.
    """
    query = select(Account.week_start).where(Account.id.in_(scope.account_ids), Account.kind == "ads").distinct()
    starts = {default if start is None else start for start in session.scalars(query)}
    return starts.pop() if len(starts) == 1 else default


def scope_for(session: Session, name: str | None) -> Scope:
    """The scope of the accounts called ``name`` (on whatever platforms), or of all accounts for None.

    Raises:
        NotConfigured: the store holds no account yet.
        BadInput: no account has this name; the message names those there are.
    """
    known = find(session)
    if not known:
        raise NotConfigured(
            "no data yet; load an export first: "
            "budgeteer import FILE --platform google_ads --account NAME --currency USD"
        )
    wanted = known if name is None else find(session, name)
    if not wanted:
        used = session.scalars(select(Account.name).where(account_in_use()).distinct())
        names = ", ".join(sorted(used)) or "none"
        raise BadInput(f"no account is called {name!r}; known accounts: {names}")
    return Scope(tuple(a.id for a in wanted))


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise BadInput(f"account name {name[:40]!r}: use 1 to {MAX_NAME} printable characters")
    return name


def _stored(session: Session, platform: str, name: str, external_id: str | None) -> Account | None:
    if external_id is not None:
        same_id = select(Account).where(Account.platform == platform, Account.external_id == external_id)
        if (account := session.scalars(same_id).first()) is not None:
            return account
    named = find(session, name, platform)
    if external_id is not None:
        named = [a for a in named if a.external_id is None]
    return named[0] if named else None


def _free_name(session: Session, platform: str, name: str, external_id: str | None) -> str:
    return f"{name[: MAX_NAME - 110]} ({external_id})" if find(session, name, platform) else name


def _create(
    session: Session,
    platform: str,
    name: str,
    currency: str,
    timezone: str,
    origin: str,
    now: datetime,
    external_id: str | None,
    kind: Kind,
) -> Account:
    on_postgres = session.get_bind().dialect.name == "postgresql"
    statement = postgresql.insert(Account) if on_postgres else sqlite.insert(Account)
    session.execute(
        statement.values(
            platform=platform,
            name=name,
            currency=currency,
            timezone=timezone,
            origin=origin,
            created_at=now,
            external_id=external_id,
            kind=kind,
        ).on_conflict_do_nothing()  # another process may create it at the same moment
    )
    return session.scalars(select(Account).where(Account.platform == platform, Account.name == name)).one()


def _keep_week_start(stored: Account, week_start: int) -> None:
    if week_start not in WEEK_STARTS:
        raise BadInput(f"week start {week_start}: a week starts on Monday (0) or Sunday (6)")
    if stored.week_start is None:
        stored.week_start = week_start
    elif stored.week_start != week_start:
        kept = WEEK_STARTS[stored.week_start]
        raise BadInput(
            f"the weeks of account {stored.name!r} on {stored.platform} start on {kept.title()}, not "
            f"{WEEK_STARTS[week_start].title()}; use --week-start {kept}, or another --account name"
        )


def _check_same(stored: Account, currency: str, timezone: str) -> None:
    for what, kept, given in (("currency", stored.currency, currency), ("timezone", stored.timezone, timezone)):
        if kept != given:
            raise BadInput(
                f"account {stored.name!r} on {stored.platform} is kept in {what} {kept}, not {given}; "
                f"use --{what} {kept}, or another --account name"
            )
