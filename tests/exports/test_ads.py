"""Exports by ad: what they say of ads is kept beside the campaigns' sums, newest first, and goes with its load."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from sqlalchemy import Engine, func, select

from app.importing import Options, load
from app.settings import Settings
from store import accounts, ads, undo
from store.engine import read, write
from store.tables import DailyMetric

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HEAD = "Day,Campaign name,Ad set name,Ad name,Impressions,Clicks (all),Amount spent (EUR),Purchases"
ROWS = (
    "2026-11-20,Prospecting,Broad,Video A,1000,20,10.00,1",
    "2026-11-20,Prospecting,Broad,Video B,1000,30,12.50,2",
    "2026-11-20,Prospecting,Lookalike,Video A,500,5,4.00,0",
)
WHOLE = (date(2026, 11, 1), date(2026, 11, 30))


def take(engine: Engine, rows: Sequence[str], head: str = HEAD, platform: str = "meta") -> int:
    content = "\n".join([head, *rows, ""]).encode()
    options = Options(platform=platform, account="Acme", currency="EUR")
    return load(engine, Settings(), NOW, "ads.csv", content, options).counts.run_id


def known(engine: Engine) -> dict[tuple[str, str, str], tuple[int | None, float | None]]:
    with read(engine) as session:
        found = ads.days(session, accounts.scope_for(session, None), *WHOLE)
    return {(r.campaign, r.ad_set, r.ad): (r.spend_micros, r.conversions) for r in found}


def test_parts_are_kept_as_they_are_and_add_up_to_the_campaign(engine: Engine) -> None:
    take(engine, ROWS)
    assert known(engine) == {
        ("Prospecting", "Broad", "Video A"): (10_000_000, 1),
        ("Prospecting", "Broad", "Video B"): (12_500_000, 2),
        ("Prospecting", "Lookalike", "Video A"): (4_000_000, 0),
    }
    with read(engine) as session:
        assert session.scalar(select(func.sum(DailyMetric.spend_micros))) == 26_500_000


def test_the_same_file_again_keeps_nothing_new_and_a_newer_one_counts_until_it_is_taken_back(engine: Engine) -> None:
    take(engine, ROWS)
    before = known(engine)
    take(engine, ROWS)
    assert known(engine) == before
    later = take(engine, [ROWS[0][:-1] + "3", *ROWS[1:]])
    assert known(engine)["Prospecting", "Broad", "Video A"] == (10_000_000, 3)
    with write(engine) as session:
        undo.undo(session, accounts.scope_for(session, None), later, by="ana", now=NOW)
    assert known(engine) == before


def test_what_a_later_load_does_not_say_stays_as_it_was(engine: Engine) -> None:
    take(engine, ROWS)
    head = HEAD.removesuffix(",Purchases")
    take(
        engine, ["2026-11-20,Prospecting,Broad,Video A,1000,20,11.00", *(r.rpartition(",")[0] for r in ROWS[1:])], head
    )
    assert known(engine)["Prospecting", "Broad", "Video A"] == (11_000_000, 1)


def test_ad_sets_alone_are_kept_as_such_and_columns_that_say_something_else_do_not_name_an_ad(engine: Engine) -> None:
    take(engine, ["2026-11-20,Prospecting,Broad,1000,20,10.00,1"], HEAD.replace("Ad name,", ""))
    assert set(known(engine)) == {("Prospecting", "Broad", "")}
    head = "Start Date (in UTC),Campaign Name,Ad Headline,Impressions,Clicks,Total Spent"
    take(engine, ["11/20/2026,B2B,Big news,1000,20,10.00"], head, "linkedin")
    assert set(known(engine)) == {("Prospecting", "Broad", "")}


def test_another_accounts_ads_are_out_of_scope(engine: Engine) -> None:
    take(engine, ROWS)
    with write(engine) as session:
        other = accounts.ensure(
            session, platform="meta", name="Other", currency="EUR", timezone="UTC", origin="file", now=NOW
        )
        session.flush()
        scope = accounts.scope_for(session, "Other")
        assert other.id in scope.account_ids
        assert ads.days(session, scope, *WHOLE) == []
        assert not ads.any_known(session, scope)
