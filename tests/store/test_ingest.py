"""Loading daily figures: what is new, changed and the same; what is kept; what never happens."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select

from domain.errors import BadInput
from store import accounts
from store.engine import open_engine, read, write
from store.ingest import LoadCounts, MetricRow, load
from store.tables import Campaign, DailyMetric, ImportRun, MetricRevision

NOW = datetime(2024, 7, 1, tzinfo=UTC)
DAY = date(2024, 1, 1)
SPAWN = multiprocessing.get_context("spawn")
ROW = MetricRow(DAY, "Brand", None, 10_500_000, 1000, 20, 1.5, 33.1)


def put(engine: Engine, rows: Sequence[MetricRow], name: str = "Acme", **options: Any) -> LoadCounts:
    with write(engine) as session:
        account = accounts.ensure(
            session, platform="google_ads", name=name, currency="USD", timezone="UTC", origin="file", now=NOW
        )
        return load(session, account, rows, source="x.csv", content_sha256=None, complete=True, now=NOW, **options)


def stored(engine: Engine) -> dict[tuple[str, date], tuple[Any, ...]]:
    figures = (DailyMetric.spend_micros, DailyMetric.impressions, DailyMetric.clicks, DailyMetric.conversions,
               DailyMetric.revenue)  # fmt: skip
    with read(engine) as session:
        query = select(Campaign.name, DailyMetric.day, *figures).join(Campaign, Campaign.id == DailyMetric.campaign_id)
        return {(name, day): tuple(rest) for name, day, *rest in session.execute(query)}


def revisions(engine: Engine) -> list[tuple[dict[str, Any], int, int]]:
    with read(engine) as session:
        query = select(MetricRevision).order_by(MetricRevision.id)
        return [(r.old, r.written_by_run, r.replaced_by_run) for r in session.scalars(query)]


def test_the_same_rows_again_change_nothing(engine: Engine) -> None:
    rows = [ROW, replace(ROW, day=DAY + timedelta(days=1)), replace(ROW, campaign="Display")]
    first = put(engine, rows)
    assert (first.loaded, first.updated, first.unchanged) == (3, 0, 0)
    before = stored(engine)
    again = put(engine, rows)
    assert (again.loaded, again.updated, again.unchanged) == (0, 0, 3)
    assert (stored(engine), revisions(engine)) == (before, [])


def test_a_changed_figure_is_updated_and_what_it_was_is_kept(engine: Engine) -> None:
    first = put(engine, [ROW])
    second = put(engine, [replace(ROW, spend_micros=11_000_000)])
    third = put(engine, [replace(ROW, spend_micros=12_000_000, revenue=0.1)])
    assert stored(engine)["Brand", DAY] == (12_000_000, 1000, 20, 1.5, 0.1)
    old = {"impressions": 1000, "clicks": 20, "conversions": 1.5, "revenue": 33.1, "sessions": None, "reach": None}
    assert revisions(engine) == [
        ({"spend_micros": 10_500_000, **old}, first.run_id, second.run_id),
        ({"spend_micros": 11_000_000, **old}, second.run_id, third.run_id),
    ]


def test_a_figure_that_a_source_does_not_give_never_erases_one(engine: Engine) -> None:
    put(engine, [ROW])
    bare = MetricRow(DAY, "Brand", None, 10_500_000, None, None, None, None)
    assert put(engine, [bare]).unchanged == 1
    assert put(engine, [replace(bare, spend_micros=1)]).updated == 1
    assert stored(engine)["Brand", DAY] == (1, 1000, 20, 1.5, 33.1)


def test_a_figure_that_was_unknown_is_filled_in_and_null_is_not_zero(engine: Engine) -> None:
    put(engine, [replace(ROW, revenue=None, conversions=0.0)])
    assert stored(engine)["Brand", DAY][3:] == (0.0, None)
    assert put(engine, [replace(ROW, conversions=0.0)]).updated == 1
    assert stored(engine)["Brand", DAY][3:] == (0.0, 33.1)
    assert revisions(engine)[0][0]["revenue"] is None


def test_a_load_never_deletes(engine: Engine) -> None:
    put(engine, [ROW, replace(ROW, campaign="Display")])
    put(engine, [ROW])
    assert len(stored(engine)) == 2


def test_accounts_levels_and_breakdowns_are_kept_apart(engine: Engine) -> None:
    assert put(engine, [ROW]).loaded == 1
    assert put(engine, [ROW], name="Other").loaded == 1
    assert put(engine, [ROW], level="ad_group").loaded == 1
    assert put(engine, [ROW], breakdown="device=mobile").loaded == 1
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(DailyMetric)) == 4


def test_rows_of_the_api_and_of_a_file_meet_by_name_and_a_rename_follows_the_id(engine: Engine) -> None:
    put(engine, [ROW])
    assert put(engine, [replace(ROW, campaign_id="77")]).unchanged == 1
    assert put(engine, [ROW]).unchanged == 1
    assert put(engine, [replace(ROW, campaign="Brand DE", campaign_id="77")]).unchanged == 1
    assert list(stored(engine)) == [("Brand DE", DAY)]


def test_two_campaigns_of_one_name_are_told_apart_by_their_ids(engine: Engine) -> None:
    rows = [replace(ROW, campaign_id="1"), replace(ROW, campaign_id="2", spend_micros=5)]
    assert put(engine, rows).loaded == 2
    assert put(engine, rows).unchanged == 2
    assert {name: figures[0] for (name, _), figures in stored(engine).items()} == {"Brand": 10_500_000, "Brand (2)": 5}


@pytest.mark.parametrize(
    "bad",
    [
        replace(ROW, conversions=math.nan),
        replace(ROW, revenue=math.inf),
        replace(ROW, spend_micros=-1),
        replace(ROW, clicks=2**63),
        replace(ROW, campaign=""),
        replace(ROW, campaign="x" * 501),
    ],
)
def test_a_figure_that_is_none_loads_nothing(engine: Engine, bad: MetricRow) -> None:
    with pytest.raises(BadInput):
        put(engine, [replace(ROW, day=DAY - timedelta(days=1)), bad])
    assert stored(engine) == {}
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(ImportRun)) == 0


def test_two_rows_of_one_key_load_nothing(engine: Engine) -> None:
    with pytest.raises(BadInput, match="two rows for one campaign and day"):
        put(engine, [ROW, replace(ROW, day=DAY - timedelta(days=1)), ROW])
    assert stored(engine) == {}


def test_the_run_says_what_it_did(engine: Engine) -> None:
    counts = put(engine, [ROW], summary={"rows_read": 3})
    with read(engine) as session:
        run = session.get_one(ImportRun, counts.run_id)
        assert run.summary == {"rows_read": 3, "run_id": counts.run_id, "loaded": 1, "updated": 0, "unchanged": 0}
        assert (run.source, run.complete, run.at) == ("x.csv", True, NOW)


def test_nothing_to_load_is_a_run_without_rows(engine: Engine) -> None:
    counts = put(engine, [])
    assert (counts.loaded, counts.updated, counts.unchanged) == (0, 0, 0)


def test_two_loads_in_one_transaction_work(engine: Engine) -> None:
    with write(engine) as session:
        account = accounts.ensure(
            session, platform="meta", name="A", currency="USD", timezone="UTC", origin="file", now=NOW
        )
        options: dict[str, Any] = {"source": "x", "content_sha256": None, "complete": True, "now": NOW}
        assert load(session, account, [ROW], **options).loaded == 1
        assert load(session, account, [ROW], **options).unchanged == 1


ROWS = st.lists(
    st.builds(
        MetricRow,
        day=st.integers(0, 3).map(lambda n: DAY + timedelta(days=n)),
        campaign=st.sampled_from(["a", "A", "ä"]),
        campaign_id=st.none(),
        spend_micros=st.none() | st.integers(0, 2),
        impressions=st.none() | st.integers(0, 2),
        clicks=st.none(),
        conversions=st.none() | st.sampled_from([0.0, 0.1]),
        revenue=st.none() | st.sampled_from([0.0, 1e17, 5e-324]),
    ),
    unique_by=lambda row: (row.day, row.campaign),
    max_size=8,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_any_sequence_of_loads_ends_where_a_dictionary_ends(engine: Engine, loads: list[list[MetricRow]]) -> None:
    with write(engine) as session:
        for table in (MetricRevision, DailyMetric, Campaign, ImportRun):
            session.execute(delete(table))
    oracle: dict[tuple[str, date], tuple[Any, ...]] = {}
    replaced = 0
    for rows in loads:
        new = updated = 0
        for row in rows:
            key, given = (
                (row.campaign, row.day),
                (row.spend_micros, row.impressions, row.clicks, row.conversions, row.revenue),
            )
            was = oracle.get(key)
            oracle[key] = (
                given if was is None else tuple(b if b is not None else a for a, b in zip(was, given, strict=True))
            )
            new += was is None
            updated += was is not None and was != oracle[key]
        counts = put(engine, rows)
        assert (counts.loaded, counts.updated, counts.unchanged) == (new, updated, len(rows) - new - updated)
        replaced += updated
    assert stored(engine) == oracle
    assert len(revisions(engine)) == replaced


def load_elsewhere(url: str, spend: int, barrier: Any) -> None:
    engine = open_engine(url)
    barrier.wait(30)
    for n in range(5):
        put(engine, [replace(ROW, day=DAY + timedelta(days=d), spend_micros=spend + n) for d in range(30)])
    engine.dispose()


def test_two_processes_that_load_at_once_keep_every_revision(engine: Engine, database_url: str) -> None:
    barrier = SPAWN.Barrier(2)
    processes = [SPAWN.Process(target=load_elsewhere, args=(database_url, spend, barrier)) for spend in (100, 200)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(stored(engine)) == 30
    # every one of the ten loads differs from the one before it, so each but the first replaced all thirty rows
    assert len(revisions(engine)) == 9 * 30
