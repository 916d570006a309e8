"""An ads platform in one SQLite file, which several processes may share. It records every wire write for good.

Faults are scripted by the number of the write: ``lost_before`` and ``lost_after`` lose the answer before or after the
change is applied, ``rejected`` refuses it, ``silent`` says applied and applies nothing, ``foreign`` lets somebody else
write another value right after ours, ``late`` loses the answer and applies the change only after the next read-back,
``put_back`` lets a rule put the old value back at once, with the answer lost. Reads may be stale for a while, or fail.
The change history is complete ``history_seconds`` after a change, and shows nothing of it before. An entity named
``t...`` is a campaign's target CPA, ``r...`` a target ROAS, ``p...`` a portfolio's target CPA, without a history.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from connectors.base import (
    BidState,
    BudgetState,
    Capabilities,
    ForeignChange,
    Invalid,
    Landed,
    Observation,
    PlatformAccount,
    ReadBack,
    ReportPage,
    ReportQuery,
    Transient,
    Unsupported,
    Validation,
    WriteOutcome,
)
from domain.account_change import AccountChange
from domain.money import Money
from domain.ratio import Amount, Ratio
from domain.recommendation import Change
from tests.activation.world import NOW

_SCHEMA = """
create table if not exists budgets (entity text primary key, micros integer, old integer, stale_reads integer,
    shared integer default 0, enabled integer default 1);
create table if not exists writes (n integer primary key autoincrement, entity text, micros integer, pid integer);
create table if not exists faults (n integer primary key, kind text);
create table if not exists failing (reads integer);
create table if not exists history (n integer primary key autoincrement, at text, entity text, old integer,
    new integer, by text);
"""


def _field(entity: str) -> str:
    return {"t": "target_cpa", "p": "target_cpa", "r": "target_roas"}.get(entity[0], "daily_budget")


def _value(entity: str, micros: int) -> Amount:
    return Ratio.from_micros(micros) if entity.startswith("r") else Money.from_micros(micros, "EUR")


class FakePlatform:
    """The ``Connector`` port over the file. ``on_write`` is called just before and just after a write lands."""

    platform = "google_ads"

    def __init__(
        self,
        path: Path,
        *,
        settle_seconds: float = 0.0,
        slow_s: float = 0.0,
        history_seconds: float = 0.0,
        now: Callable[[], datetime] = lambda: NOW,
    ) -> None:
        self.path, self._slow_s, self.now = path, slow_s, now
        self.capabilities = Capabilities(True, True, False, settle_seconds, history_seconds)
        self.no_history: Exception | None = None
        self.learning: bool | None = False
        self.switched = False  # to a strategy without a target
        self._late: list[Change] = []
        self.on_write: Callable[[str], None] = lambda _where: None
        self.refuses: str | None = None
        with self._open() as db:
            db.executescript(_SCHEMA)

    # --- what a test arranges and counts

    def put(self, entity: str, amount: str = "200", *, shared: bool = False, enabled: bool = True) -> None:
        micros = int(Decimal(amount) * 1_000_000)
        with self._open() as db:
            self._remember(db, entity, micros, "person@acme.example")
            db.execute(
                "insert or replace into budgets values (?, ?, ?, 0, ?, ?)", (entity, micros, micros, shared, enabled)
            )

    def fault(self, nth_write: int, kind: str) -> None:
        with self._open() as db:
            db.execute("insert into faults values (?, ?)", (nth_write, kind))

    def stale_reads(self, entity: str, count: int) -> None:
        """The next reads after a write still show the old value."""
        with self._open() as db:
            db.execute("update budgets set stale_reads = ? where entity = ?", (count, entity))

    def failing_reads(self, count: int) -> None:
        with self._open() as db:
            db.execute("delete from failing")
            db.execute("insert into failing values (?)", (count,))

    def writes(self) -> list[tuple[str, int]]:
        with self._open() as db:
            return [(e, m) for e, m in db.execute("select entity, micros from writes order by n")]

    def amount(self, entity: str) -> Decimal:
        with self._open() as db:
            return Decimal(db.execute("select micros from budgets where entity = ?", (entity,)).fetchone()[0]) / 10**6

    # --- the port

    def accounts(self) -> tuple[PlatformAccount, ...]:
        return (PlatformAccount("123", "Acme EU", "EUR", "UTC"),)

    def report(self, query: ReportQuery) -> Iterator[ReportPage]:
        yield ReportPage((), None, True)

    def budgets(self, account: str) -> tuple[BudgetState, ...]:
        with self._open() as db:
            entities = [e for (e,) in db.execute("select entity from budgets")]
        return tuple(self.state(account, e) for e in entities)

    def state(self, account: str, entity: str) -> BudgetState:
        with self._open() as db:
            micros, shared, enabled = db.execute(
                "select micros, shared, enabled from budgets where entity = ?", (entity,)
            ).fetchone()
        campaigns = (("9", "Brand"), ("10", "Unseen")) if shared else (("9", "Brand"),)
        return BudgetState(
            entity, entity, campaigns, Money.from_micros(micros, "EUR"), "DAILY", bool(shared), bool(enabled), False,
            10_000, datetime.now(UTC),
        )  # fmt: skip

    def bids(self, account: str) -> tuple[BidState, ...]:
        with self._open() as db:
            entities = [e for (e,) in db.execute("select entity from budgets") if _field(e) != "daily_budget"]
        return tuple(self.bid_state(account, e) for e in entities)

    def bid_state(self, account: str, entity: str) -> BidState:
        state = self.state(account, entity)
        assert state.daily_amount is not None
        value = _value(entity, state.daily_amount.micros)
        cpa, roas = (value, None) if isinstance(value, Money) else (None, value)
        return BidState(
            entity, entity, state.campaigns, "TARGET_CPA" if cpa else "TARGET_ROAS", None if self.switched else cpa,
            None if self.switched else roas, state.shared, state.enabled, self.learning, 10_000, datetime.now(UTC),
        )  # fmt: skip

    def account_changes(self, account: str, since: datetime) -> tuple[AccountChange, ...]:
        raise Unsupported("this platform keeps no history of the account")

    def recent_changes(self, account: str, entity: str, since: datetime) -> tuple[ForeignChange, ...]:
        if self.no_history or entity.startswith("p"):
            raise self.no_history or Unsupported("this platform keeps no history of portfolios")
        until = self.now() - timedelta(seconds=self.capabilities.history_seconds)
        with self._open() as db:
            rows = db.execute("select at, old, new, by from history where entity = ? order by n", (entity,)).fetchall()
        moves = [(datetime.fromisoformat(at), *(_value(entity, m) for m in (b, a)), by) for at, b, a, by in rows]
        return tuple(
            ForeignChange(at, by, "GOOGLE_ADS_API", entity, f"{old} to {new}", old, new, _field(entity))
            for at, old, new, by in moves
            if since <= at <= until
        )

    def validate(self, change: Change) -> Validation:
        if self.refuses:
            raise Invalid(self.refuses)
        return Validation.PLATFORM

    def apply(self, change: Change, deadline_s: float) -> WriteOutcome:
        self.on_write("before")
        time.sleep(self._slow_s)
        with self._open() as db:
            kind = self._record(db, change)
            if kind in ("applied", "lost_after", "foreign", "put_back"):
                self._land(db, change)
            if kind in ("foreign", "put_back"):
                other = 1_000_000 if kind == "foreign" else change.before.micros
                self._remember(db, change.entity, other, "rule@acme.example")
                db.execute("update budgets set micros = ? where entity = ?", (other, change.entity))
        if kind == "late":
            self._late.append(change)
        self.on_write("after")
        if kind.startswith("lost") or kind in ("late", "put_back"):
            return WriteOutcome(Landed.UNKNOWN, None, "no answer before the deadline")
        if kind == "raises":
            raise RuntimeError("a bug in the connector")
        if kind == "rejected":
            return WriteOutcome(Landed.REJECTED, "req-2", "the budget is too low")
        return WriteOutcome(Landed.APPLIED, "req-1", "")

    def read_back(self, change: Change) -> Observation:
        with self._open() as db:
            failing = db.execute("select reads from failing").fetchone()
            if failing and failing[0] > 0:
                db.execute("update failing set reads = reads - 1")
                failed = True
            else:
                failed = False
            micros, old, stale = db.execute(
                "select micros, old, stale_reads from budgets where entity = ?", (change.entity,)
            ).fetchone()
            if stale and not failed:
                db.execute("update budgets set stale_reads = stale_reads - 1 where entity = ?", (change.entity,))
            while self._late:  # after this reading
                self._land(db, self._late.pop())
        if failed:
            raise Transient("503 for a moment")
        shown = _value(change.entity, old if stale else micros)
        verdicts = {change.after: ReadBack.DESIRED, change.before: ReadBack.BEFORE}
        return Observation(verdicts.get(shown, ReadBack.OTHER), shown, datetime.now(UTC), "req-read")

    def _land(self, db: sqlite3.Connection, change: Change) -> None:
        self._remember(db, change.entity, change.after.micros, "api@acme.example")
        values = (change.after.micros, change.entity)
        db.execute("update budgets set old = micros, micros = ? where entity = ?", values)

    def _remember(self, db: sqlite3.Connection, entity: str, micros: int, by: str) -> None:
        was = db.execute("select micros from budgets where entity = ?", (entity,)).fetchone()
        if was and was[0] != micros:
            row = (self.now().isoformat(), entity, was[0], micros, by)
            db.execute("insert into history (at, entity, old, new, by) values (?, ?, ?, ?, ?)", row)

    def _record(self, db: sqlite3.Connection, change: Change) -> str:
        row = db.execute(
            "insert into writes (entity, micros, pid) values (?, ?, 0) returning n",
            (change.entity, change.after.micros),
        ).fetchone()
        fault = db.execute("select kind from faults where n = ?", row).fetchone()
        return fault[0] if fault else "applied"

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        db.execute("pragma synchronous = off")  # a killed process loses nothing by it, only a machine without power
        try:
            db.execute("begin immediate") if self._exists(db) else None
            yield db
            if db.in_transaction:
                db.execute("commit")
        finally:
            db.close()

    @staticmethod
    def _exists(db: sqlite3.Connection) -> bool:
        return db.execute("select count(*) from sqlite_master where name = 'failing'").fetchone()[0] > 0
