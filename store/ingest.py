"""Loading daily figures: one transaction, set-based, with a revision for every figure that changes.

The rows go into a temporary table first (executemany on SQLite, COPY on PostgreSQL); what is new,
changed or the same is then decided by joins, so the cost does not depend on what is already stored.

NULL never replaces a value: a source that does not report a figure says nothing about it, so a file
without a revenue column leaves the revenue that another source gave. Nothing is deleted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import islice
from operator import itemgetter
from typing import Any, Protocol

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Double,
    Integer,
    MetaData,
    Select,
    Table,
    and_,
    func,
    insert,
    literal,
    or_,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from domain.errors import BadInput
from store.campaigns import campaign_ids
from store.tables import Account, DailyMetric, ImportRun, MetricRevision

FIGURES = ("spend_micros", "impressions", "clicks", "conversions", "revenue", "sessions", "reach")
DOUBLES = frozenset({"conversions", "revenue"})
CHUNK = 20_000
BIGINT_MAX = 2**63 - 1


class MetricLike(Protocol):
    """What ``load`` reads of a row: ``MetricRow`` has it, and so has ``connectors.base.DailyRow``."""

    @property
    def day(self) -> date: ...
    @property
    def campaign(self) -> str: ...
    @property
    def campaign_id(self) -> str | None: ...
    @property
    def spend_micros(self) -> int | None: ...
    @property
    def impressions(self) -> int | None: ...
    @property
    def clicks(self) -> int | None: ...
    @property
    def conversions(self) -> float | None: ...
    @property
    def revenue(self) -> float | None: ...
    @property
    def sessions(self) -> int | None: ...
    @property
    def reach(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One campaign on one day. None is "the source does not say", never 0."""

    day: date
    campaign: str
    campaign_id: str | None
    spend_micros: int | None
    impressions: int | None
    clicks: int | None
    conversions: float | None
    revenue: float | None
    sessions: int | None = None
    reach: int | None = None


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load did, in rows. ``run_id`` names it in ``import_runs``."""

    run_id: int
    loaded: int
    updated: int
    unchanged: int


def load(
    session: Session,
    account: Account,
    rows: Iterable[MetricLike],
    *,
    source: str,
    content_sha256: str | None,
    complete: bool,
    now: datetime,
    breakdown: str = "",
    level: str = "campaign",
    summary: Mapping[str, Any] | None = None,
) -> LoadCounts:
    """Insert or update the rows' figures and keep what they replace. Runs in the caller's transaction.

    ``complete`` says whether the source was read to its end; ``summary`` is kept with the run.

    Raises:
        BadInput: two rows for one campaign and day, or a figure that is not finite, negative or too large.
    """
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    rows = rows if isinstance(rows, list | tuple) else list(rows)
    run = ImportRun(
        account_id=account.id, source=source, content_sha256=content_sha256, at=now, complete=complete, summary={}
    )
    session.add(run)
    session.flush()
    ids = campaign_ids(session, account.id, {(row.campaign, row.campaign_id) for row in rows})
    connection = session.connection()
    stage = _stage(connection, _staged(rows, ids))
    target = _Target(account.id, level, breakdown)
    known, changed = _count(connection, stage, target)
    if changed:
        _keep_replaced(connection, stage, target, run.id)
    if changed or known < len(rows):
        _upsert(connection, stage, target, run.id)
    stage.drop(connection)
    counts = LoadCounts(run.id, loaded=len(rows) - known, updated=changed, unchanged=known - changed)
    run.summary = {**(summary or {}), **asdict(counts)}
    session.flush()
    return counts


@dataclass(frozen=True, slots=True)
class _Target:
    account_id: int
    level: str
    breakdown: str


def _staged(rows: Iterable[MetricLike], ids: Mapping[tuple[str, str | None], int]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        figures = (
            row.spend_micros, row.impressions, row.clicks, row.conversions, row.revenue, row.sessions, row.reach
        )  # fmt: skip
        for figure in figures:
            if figure is not None and not 0 <= figure <= BIGINT_MAX:  # NaN compares false
                raise _not_a_figure(row)
        yield (ids[row.campaign, row.campaign_id], row.day, *figures)


def _not_a_figure(row: MetricLike) -> BadInput:
    figures = ", ".join(f"{name} {getattr(row, name)}" for name in FIGURES)
    return BadInput(
        f"{row.campaign!r} on {row.day}: figures must be finite, not negative and within 64 bits ({figures})"
    )


def _stage(connection: Connection, rows: Iterator[tuple[Any, ...]]) -> Table:
    """A temporary table that holds the rows, keyed by campaign and day."""
    stage = Table(
        "incoming_metrics",
        MetaData(),
        Column("campaign_id", Integer, primary_key=True, autoincrement=False),
        Column("day", Date, primary_key=True),
        *(Column(name, Double if name in DOUBLES else BigInteger) for name in FIGURES),
        prefixes=["TEMPORARY"],
        sqlite_with_rowid=False,
    )
    stage.create(connection)
    rows = iter(sorted(rows, key=itemgetter(0, 1)))  # in the order of the key: neighbours in its index
    try:
        if connection.dialect.name == "postgresql":
            _copy(connection, rows)
        else:
            for chunk in _chunks(rows, CHUNK):
                # the raw driver's executemany: Core's own processing of a million rows takes longer than SQLite does
                plain = [(key, day.isoformat(), *figures) for key, day, *figures in chunk]
                connection.exec_driver_sql("INSERT INTO incoming_metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", plain)
    except IntegrityError as error:
        raise BadInput("two rows for one campaign and day; nothing was loaded") from error
    return stage


def _copy(connection: Connection, rows: Iterator[tuple[Any, ...]]) -> None:
    from psycopg.errors import UniqueViolation

    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy("COPY incoming_metrics FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    except UniqueViolation as error:
        raise BadInput("two rows for one campaign and day; nothing was loaded") from error
    connection.exec_driver_sql("ANALYZE incoming_metrics")


def _chunks(rows: Iterator[tuple[Any, ...]], size: int) -> Iterator[list[tuple[Any, ...]]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _stored_twin(stage: Table, target: _Target) -> ColumnElement[bool]:
    return and_(
        DailyMetric.campaign_id == stage.c.campaign_id,
        DailyMetric.day == stage.c.day,
        DailyMetric.level == target.level,
        DailyMetric.breakdown == target.breakdown,
    )


def _differs(stage: Any) -> ColumnElement[bool]:
    stored = DailyMetric.__table__.c
    return or_(*(and_(stage[f].is_not(None), stage[f].is_distinct_from(stored[f])) for f in FIGURES))


def _count(connection: Connection, stage: Table, target: _Target) -> tuple[int, int]:
    """(rows that are stored already, rows of those that differ)."""
    query = (
        select(func.count(), func.count().filter(_differs(stage.c)))
        .select_from(stage)
        .join(DailyMetric, _stored_twin(stage, target))
    )
    known, changed = connection.execute(query).one()
    return int(known), int(changed)


def _keep_replaced(connection: Connection, stage: Table, target: _Target, run_id: int) -> None:
    columns = [getattr(DailyMetric, f) for f in FIGURES]
    query: Select[Any] = (
        select(DailyMetric.campaign_id, DailyMetric.day, DailyMetric.run_id, *columns)
        .select_from(stage)
        .join(DailyMetric, _stored_twin(stage, target))
        .where(_differs(stage.c))
    )
    replaced = connection.execute(query).all()
    for start in range(0, len(replaced), CHUNK):
        connection.execute(
            insert(MetricRevision),
            [
                {
                    "account_id": target.account_id,
                    "campaign_id": campaign_id,
                    "level": target.level,
                    "day": day,
                    "breakdown": target.breakdown,
                    "old": dict(zip(FIGURES, old, strict=True)),
                    "written_by_run": written_by,
                    "replaced_by_run": run_id,
                }
                for campaign_id, day, written_by, *old in replaced[start : start + CHUNK]
            ],
        )


def _upsert(connection: Connection, stage: Table, target: _Target, run_id: int) -> None:
    constants = {
        "level": target.level,
        "breakdown": target.breakdown,
        "account_id": target.account_id,
        "run_id": run_id,
    }
    names = ["campaign_id", "day", *FIGURES, *constants]
    source = select(
        *(stage.c[name] for name in names[: 2 + len(FIGURES)]), *(literal(value) for value in constants.values())
    ).where(stage.c.campaign_id.is_not(None))  # SQLite needs a WHERE to tell ON CONFLICT from a join's ON
    source = source.order_by(stage.c.campaign_id, stage.c.day)  # in the order of the key: neighbours in its index
    on_postgres = connection.dialect.name == "postgresql"
    statement = (postgresql.insert(DailyMetric) if on_postgres else sqlite.insert(DailyMetric)).from_select(
        names, source
    )
    stored = DailyMetric.__table__.c
    new = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["campaign_id", "level", "day", "breakdown"],
            set_={**{f: func.coalesce(new[f], stored[f]) for f in FIGURES}, "run_id": new.run_id},
            where=_differs(new),
        )
    )
