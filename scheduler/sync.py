"""Reading a platform into the store: accounts, daily figures, budgets, bid targets. Nothing half read is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from connectors.base import (
    BidState,
    BudgetState,
    Connector,
    DailyRow,
    PlatformAccount,
    PlatformError,
    ReportQuery,
    Transient,
    Unsupported,
)
from domain.account_change import AccountChange
from domain.errors import BadInput
from domain.scope import Scope
from scheduler.lease import Progress, unheard
from store import accounts, bid_targets, budgets, change_log, ingest, platform_changes, serving, vanished
from store.engine import read, write
from store.tables import Account, DailyMetric, ImportRun

SOURCE = "api"
DAYS = 30  # as wide as the conversion window: late conversions still arrive
FIRST_DAYS = 400  # the first read of an account goes back over a year, so that last year can be compared
READ_ATTEMPTS = 3
HISTORY_DAYS = 30  # of the first read; platforms keep about as much
HISTORY_OVERLAP = timedelta(days=1)  # changes appear late, and a clock may be behind


@dataclass(frozen=True, slots=True)
class AccountSync:
    """What one account's sync did. ``error`` says why nothing of it was kept.

    ``changes`` are new ones in the platform's own history; ``history_error`` says why that could not be read (the
    figures were, and are kept).
    """

    platform: str
    account: str
    external_id: str
    currency: str
    first_day: date
    last_day: date
    rows_loaded: int = 0
    rows_updated: int = 0
    rows_unchanged: int = 0
    rows_removed: int = 0
    budgets: int = 0
    changes: int = 0
    history_error: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class SyncReport:
    """One platform's sync, account by account."""

    platform: str
    accounts: tuple[AccountSync, ...]

    @property
    def complete(self) -> bool:
        return all(a.error is None for a in self.accounts)

    @property
    def said(self) -> str:
        """What it did, in words."""
        read = [a for a in self.accounts if a.error is None]
        new, moved = (sum(getattr(a, f"rows_{kind}") for a in read) for kind in ("loaded", "updated"))
        said = f"{len(read)} of {len(self.accounts)} accounts read: {new:,} new rows, {moved:,} changed"
        blind = [f"the change history of {a.account} was not read: {a.history_error}" for a in read if a.history_error]
        return "; ".join([said, *blind])

    @property
    def failures(self) -> str:
        """Which accounts failed, and why; empty where none did."""
        return "; ".join(f"{a.account}: {a.error}" for a in self.accounts if a.error is not None)


def sync(
    engine: Engine,
    connector: Connector,
    *,
    now: datetime,
    days: int = DAYS,
    first_days: int = FIRST_DAYS,
    say: Progress | None = None,
) -> SyncReport:
    """Read every account of ``connector`` up to yesterday in its own zone: the last ``days`` days and any gap
    since the last sync, or ``first_days`` where nothing of it is stored yet.

    One account's failure is reported and leaves its stored facts as they were; the others go on.

    Raises:
        PlatformError: the accounts themselves cannot be read.
        BadInput: ``days`` is not positive, or ``now`` has no time zone.
        LeaseLost: another process may have taken this sync over; the accounts read so far are kept.
    """
    say = say or unheard()
    if days < 1 or first_days < 1 or now.tzinfo is None:
        raise BadInput(f"sync needs at least one day and an aware time, not {days}, {first_days} and {now!r}")
    listed = connector.accounts()
    done = []
    for number, account in enumerate(listed, 1):
        say(f"account {number} of {len(listed)}: {account.name}")
        done.append(_one(engine, connector, account, now, days, first_days, say))
    return SyncReport(connector.platform, tuple(done))


def _one(
    engine: Engine,
    connector: Connector,
    about: PlatformAccount,
    now: datetime,
    days: int,
    first_days: int,
    say: Progress,
) -> AccountSync:
    yesterday = now.astimezone(ZoneInfo(about.timezone)).date() - timedelta(days=1)
    last = _last_day_read(engine, connector.platform, about)
    wide = max(days, first_days if last is None else (yesterday - last).days)
    query = ReportQuery(about.external_id, yesterday - timedelta(days=wide - 1), yesterday)
    done = AccountSync(connector.platform, about.name, about.external_id, about.currency, query.start, query.end)
    try:
        rows = _whole_report(connector, query)
        states = connector.budgets(about.external_id)
        bids = _bids(connector, about)
        history, blind = _history(engine, connector, about, now)
        say.check()  # reading may have taken long: nothing is kept where somebody else reads it now
        with write(engine) as session:
            kept = _keep(session, done, about, rows, states, bids, history, now)
        return replace(kept, history_error=blind)
    except (PlatformError, BadInput) as error:
        return _failed(done, str(error))


def _whole_report(connector: Connector, query: ReportQuery) -> list[DailyRow]:
    """Every row, or Transient. A stream that broke off is read again from its beginning."""
    broken = Transient("the report never came to its end")
    for _ in range(READ_ATTEMPTS):
        try:
            rows: list[DailyRow] = []
            for page in connector.report(query):
                rows.extend(page.rows)
                if page.complete:
                    return rows
        except Transient as error:
            broken = error
    raise broken


def _keep(
    session: Session,
    done: AccountSync,
    about: PlatformAccount,
    rows: list[DailyRow],
    states: tuple[BudgetState, ...],
    bids: tuple[BidState, ...],
    history: tuple[AccountChange, ...],
    now: datetime,
) -> AccountSync:
    account = accounts.ensure(
        session,
        platform=done.platform,
        name=about.name,
        currency=about.currency,
        timezone=about.timezone,
        origin="api",
        now=now,
        external_id=about.external_id,
    )
    counts = ingest.load(session, account, rows, source=SOURCE, content_sha256=None, complete=True, now=now)
    removed = vanished.remove(
        session, account, rows, start=done.first_day, end=done.last_day, source=SOURCE, run_id=counts.run_id
    )
    budgets.save(session, account, states)
    serving.save(session, account, [s for state in states for s in state.serving], now)
    bid_targets.save(session, account, bids)
    changes = change_log.record(session, account.id, history, now=now)
    return AccountSync(
        done.platform,
        account.name,
        done.external_id,
        done.currency,
        done.first_day,
        done.last_day,
        rows_loaded=counts.loaded,
        rows_updated=counts.updated,
        rows_unchanged=counts.unchanged,
        rows_removed=removed,
        budgets=len(states),
        changes=changes,
    )


def _bids(connector: Connector, about: PlatformAccount) -> tuple[BidState, ...]:
    """What the account bids for; nothing where the platform has no targets, which is no error."""
    try:
        return connector.bids(about.external_id)
    except Unsupported:
        return ()


def _history(
    engine: Engine, connector: Connector, about: PlatformAccount, now: datetime
) -> tuple[tuple[AccountChange, ...], str | None]:
    """What was changed in the account since it was last read, or why that is not known.

    A platform without a history has no changes to read, which is no error; figures do not wait for a history.
    """
    with read(engine) as session:
        wanted = select(Account.id).where(
            Account.platform == connector.platform, Account.external_id == about.external_id
        )
        known = session.scalar(wanted)
        last = None if known is None else platform_changes.read_through(session, Scope((known,)), known)
    since = now - timedelta(days=HISTORY_DAYS) if last is None else last - HISTORY_OVERLAP
    try:
        return connector.account_changes(about.external_id, since), None
    except Unsupported:
        return (), None
    except PlatformError as error:
        return (), str(error)


def _failed(done: AccountSync, why: str) -> AccountSync:
    return AccountSync(
        done.platform, done.account, done.external_id, done.currency, done.first_day, done.last_day, error=why
    )


def _last_day_read(engine: Engine, platform: str, about: PlatformAccount) -> date | None:
    """The last day that an earlier sync stored, so that a gap of any length is read too."""
    with read(engine) as session:
        return session.scalar(
            select(func.max(DailyMetric.day))
            .join(Account, Account.id == DailyMetric.account_id)
            .join(ImportRun, ImportRun.id == DailyMetric.run_id)
            .where(Account.platform == platform, Account.external_id == about.external_id, ImportRun.source == SOURCE)
        )
