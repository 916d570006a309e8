"""What a platform says of its campaigns, kept by the sync, is the cause that is named where it explains a fall."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from domain.scope import Scope
from emulators.google_ads.server import Handle
from emulators.market.incidents import Incident
from scheduler.sync import sync
from store import serving
from store.engine import read, write
from store.tables import Account, Campaign
from tests.scheduler.test_sync import connector, handle  # noqa: F401 - fixtures
from tests.tools.market_days import days, loaded, since
from tests.tools.test_causes import DAY, START, only, why
from tools.causes import Cause, find_cause

NAME = "Generic Search DE"


def found(engine: Engine, *, later: int = 0) -> Cause:
    """Why the campaign spent nothing on the last two days that were synced, asked some days later."""
    with read(engine) as session:
        account = session.scalars(select(Account.id)).one()
        one = session.scalars(select(Campaign.id).where(Campaign.name == NAME)).one()
        (last,) = session.execute(select(Account.created_at)).one()
        today = last.date() + 2 * DAY
        return find_cause(
            session, Scope((account,)), today + later * DAY, account_id=account, metric="spend", campaign_ids=[one],
            first_day=today - 2 * DAY, last_day=today - DAY,
        )  # fmt: skip


def test_a_disapproval_is_named_by_the_platforms_own_words(
    sqlite_engine: Engine,
    handle: Handle,  # noqa: F811
    connector: object,  # noqa: F811
) -> None:
    market = handle.market
    sync(sqlite_engine, connector, now=market.now())  # type: ignore[arg-type]
    market.inject(Incident("disapproval", market.today, campaign=NAME))
    market.advance(2)
    sync(sqlite_engine, connector, now=market.now())  # type: ignore[arg-type]
    with read(sqlite_engine) as session:
        names = {c.id: c.name for c in session.scalars(select(Campaign))}
        told = {names[i]: s for i, s in serving.of_account(session, Scope((1,)), 1).items()}
    assert (told[NAME].status, told[NAME].reasons) == ("NOT_ELIGIBLE", ("HAS_ADS_DISAPPROVED",))
    assert told[NAME].since == market.now()
    assert told["Brand Search"].since is None  # as long as it has been read
    assert "Google Ads says of it: NOT_ELIGIBLE (HAS_ADS_DISAPPROVED)" in found(sqlite_engine).said
    late = found(sqlite_engine, later=7)
    assert "nobody is known to have paused it" in late.said  # what is said now says nothing of then


@pytest.mark.parametrize(
    ("reasons", "since_day", "kind"),
    [
        (["HAS_ADS_DISAPPROVED"], START, "disapproval_or_paused"),
        (["HAS_ADS_DISAPPROVED", "BUDGET_CONSTRAINED"], START + DAY, "disapproval_or_paused"),
        (["BUDGET_CONSTRAINED"], START, "demand"),
        (["HAS_ADS_DISAPPROVED"], START - 20 * DAY, "demand"),
        (["HAS_ADS_DISAPPROVED"], None, "demand"),
    ],
)
def test_what_is_held_back_since_the_fall_began_explains_it_and_what_always_was_does_not(
    sqlite_engine: Engine, reasons: list[str], since_day: object, kind: str
) -> None:
    account = loaded(sqlite_engine, days(only(since(START, clicks=0.5))))
    at = None if since_day is None else datetime.fromisoformat(f"{since_day}T08:00:00+00:00")
    with write(sqlite_engine) as session:
        said = update(Campaign).where(Campaign.name == "Brand")
        session.execute(said.values(serving="LIMITED", serving_reasons=reasons, serving_at=at))
    cause = why(sqlite_engine, account, "spend", "Brand")
    assert (cause.kind, "LIMITED (HAS_ADS_DISAPPROVED)" in cause.said) == (kind, kind != "demand")


def test_what_the_platform_says_no_more_is_not_known_any_more(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(length=3))
    with write(sqlite_engine) as session:
        session.execute(update(Campaign).values(serving="LIMITED", serving_reasons=[], external_id=Campaign.name))
        serving.save(session, session.get_one(Account, account), [], datetime.now().astimezone() - timedelta(days=1))
        assert serving.of_account(session, Scope((account,)), account) == {}
