"""The cause that is named is the one that was put there, and where none can be known none is named."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, update

from domain.account_change import AMOUNT, STATUS, AccountChange, amounts
from domain.errors import BadInput
from domain.money import Money
from domain.scope import Scope
from emulators.market.incidents import Incident
from emulators.market.large import LargeMarket
from store import performance
from store.calendar_changes import add_event
from store.change_log import record
from store.engine import open_engine, read, write
from store.migrate import upgrade
from store.tables import Budget, Campaign
from tests.tools.conftest import COLUMNS, NOW, load
from tests.tools.market_days import LAST, TODAY, days, loaded, since
from tests.tools.test_shop import Row
from tools.causes import Cause, find_cause
from tools.causes.usual import POWERS, sides
from tools.watch.series import LATE, build

START = LAST - timedelta(days=13)
END = START + timedelta(days=4)  # every conversion of these days is in
DAY = timedelta(days=1)


def why(
    engine: Engine, accounts: int | Collection[int], metric: str, *names: str, first: date = START, last: date = END,
    today: date = TODAY, direction: str | None = None,
) -> Cause:  # fmt: skip
    scope = (accounts,) if isinstance(accounts, int) else tuple(accounts)
    with read(engine) as session:
        ids = [c.id for c in performance.campaigns(session, Scope(scope[:1])) if c.name in names]
        assert len(ids) == len(names)
        return find_cause(
            session, Scope(scope), today, account_id=scope[0], metric=metric, campaign_ids=ids, first_day=first,
            last_day=last, direction=direction,
        )  # fmt: skip


def only(hit: Callable[[str, date, dict[str, float]], None]) -> Callable[[str, date, dict[str, float]], None]:
    """The hit, and the days after END as before it."""

    def ended(campaign: str, day: date, means: dict[str, float]) -> None:
        if day <= END:
            hit(campaign, day, means)

    return ended


@pytest.mark.parametrize(
    ("factors", "metric", "kind"),
    [
        ({"cvr": 0.1}, "conversions", "tracking_break"),
        ({"cvr": 0.1}, "cpa", "tracking_break"),
        ({"cvr": 0.55}, "conversions", "conversion_rate"),
        ({"cvr": 0.55}, "roas", "conversion_rate"),
        ({"cpc": 1.8}, "cpa", "cpc"),
        ({"cpc": 1.8, "clicks": 1 / 1.8}, "clicks", "cpc"),
        ({"cpc": 1.8}, "spend", "cpc"),
        ({"clicks": 0.5}, "conversions", "demand"),
        ({"clicks": 1.8}, "spend", "demand"),
        ({"clicks": 0.0}, "spend", "disapproval_or_paused"),
        ({"clicks": 0.0}, "conversions", "disapproval_or_paused"),
        ({}, "spend", "unknown"),
        ({}, "conversions", "unknown"),
    ],
)
def test_what_was_changed_is_what_is_named(
    sqlite_engine: Engine, factors: dict[str, float], metric: str, kind: str
) -> None:
    account = loaded(sqlite_engine, days(only(since(START, **factors))))
    found = why(sqlite_engine, account, metric, "Brand")
    assert found.kind == kind, found.said


def test_fewer_clicks_of_as_many_people_are_the_click_rates_doing(sqlite_engine: Engine) -> None:
    frame = days(only(since(START, clicks=0.5)))
    hit = (frame.campaign == "Brand") & (frame.day >= START) & (frame.day <= END)
    frame.loc[hit, "impressions"] *= 2
    assert why(sqlite_engine, loaded(sqlite_engine, frame), "clicks", "Brand").kind == "click_rate"


def test_what_moved_it_the_other_way_is_evidence_and_no_cause(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(only(since(START, clicks=1.5))))
    assert why(sqlite_engine, account, "clicks", "Brand", direction="up").kind == "demand"
    found = why(sqlite_engine, account, "clicks", "Brand", direction="down")
    assert found.kind == "unknown"
    assert "why it is below what was expected" in found.said
    assert ("the direction", "demand: it moved the figure the other way") in [(e.at, e.found) for e in found.evidence]


def test_the_sentence_says_both_levels_the_days_and_whose_they_are(sqlite_engine: Engine) -> None:
    frame = days(only(since(START, cpc=1.8)))
    found = why(sqlite_engine, loaded(sqlite_engine, frame), "cpc", "Brand")
    brand = frame[frame.campaign == "Brand"]
    now = brand[(brand.day >= START) & (brand.day <= END)]
    level = now.spend.sum() / now.clicks.sum()
    assert f"${level:.2f}, usually $1.0" in found.said or f"${level:.2f}, usually $0.9" in found.said
    assert found.said.startswith("Clicks got dearer (Brand)")
    assert f"({START} to {END})" in found.said
    told = json.loads(json.dumps(found.as_dict()))
    assert told["kind"] == "cpc"
    assert told["said"] == found.said
    assert not re.search(r"[{}]", found.said)
    assert [e["looked_at"] for e in told["evidence"]][:2] == ["calendar", "changes made here and on the platform"]


def test_log_changes_of_the_factors_add_up_to_that_of_the_metric(sqlite_engine: Engine) -> None:
    from store.series import base_days
    from tools.causes.case import SETTLED

    account = loaded(sqlite_engine, days(only(since(START, cpc=1.3, cvr=0.7, clicks=1.2))))
    with read(sqlite_engine) as session:
        rows = base_days(session, Scope((account,)), account, START - 60 * DAY, LAST)
    made = build(rows, START - 60 * DAY, LAST, dict.fromkeys(LATE, SETTLED))
    assert made is not None
    side = sides(made, (), START, END, ())
    for metric, powers in POWERS.items():
        whole = side.move(metric)
        parts = [p * m.log for f, p in powers.items() if (m := side.move(f)) is not None]
        assert whole is not None
        assert sum(parts) == pytest.approx(whole.log, abs=1e-9), metric


@pytest.mark.parametrize(("sold", "kind"), [(1.0, "tracking_break"), (0.45, "conversion_rate")])
def test_a_shop_that_goes_on_selling_tells_a_broken_tag_from_a_site_that_sells_worse(
    sqlite_engine: Engine, sold: float, kind: str
) -> None:
    from store import accounts, orders

    account = loaded(sqlite_engine, days(only(since(START, cvr=0.45, everywhere=0))))
    with write(sqlite_engine) as session:
        shop = accounts.ensure(session, platform="shopify", name="Shop", currency="USD", timezone="UTC", origin="file",
                               now=NOW, kind="shop")  # fmt: skip
        rows = [
            order(day, n)
            for day in (LAST - back * DAY for back in range(60))
            for n in range(round(50 * (sold if START <= day <= END else 1)))
        ]
        orders.load(session, shop, rows, source="orders.csv", content_sha256=None, now=NOW)
        ids = (account, shop.id)
    assert why(sqlite_engine, ids, "conversions", "Brand").kind == kind


def order(day: date, n: int) -> Row:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return Row(f"{day}-{n}", at, day, None, 50_000_000, 0, 0, 0, None, "US", "google", True, False)


@pytest.fixture
def cut(sqlite_engine: Engine) -> tuple[Engine, int]:
    """Brand at half of its clicks from START on, with a budget that feeds it."""
    account = loaded(sqlite_engine, days(only(since(START, clicks=0.5))))
    with write(sqlite_engine) as session:
        session.execute(update(Campaign).where(Campaign.name == "Brand").values(external_id="9"))
        session.add(
            Budget(account_id=account, entity="b1", name="Brand budget", campaigns=[["9", "Brand"]],
                   daily_micros=400_000_000, period="DAILY", shared=False, enabled=True, learning=None,
                   billable_unit_micros=10_000, bid_strategy=None, lost_impression_share_budget=None, observed_at=NOW)
        )  # fmt: skip
    return sqlite_engine, account


def changed(before: str, after: str, on: date = START, **more: Any) -> AccountChange:
    at = datetime(on.year, on.month, on.day, 7, tzinfo=UTC)
    amount = {"old": amounts(Money.parse(before, "USD")), "new": amounts(Money.parse(after, "USD"))}
    return AccountChange(**{"source_id": f"{on}{before}", "at": at, "entity": "b1", "entity_name": "Brand budget",
                            "campaigns": (), "field": AMOUNT, "by": "kim@example.com",
                            "client": "GOOGLE_ADS_WEB_CLIENT", **amount, **more})  # fmt: skip


def kept(engine: Engine, account: int, *changes: AccountChange) -> None:
    with write(engine) as session:
        record(session, account, changes, now=NOW)


def test_a_budget_that_somebody_cut_on_the_platform_is_named_with_who_and_from_what(cut: tuple[Engine, int]) -> None:
    kept(*cut, changed("800", "400"))
    found = why(*cut, "spend", "Brand")
    assert found.kind == "foreign_change"
    assert "was cut from $800.00 to $400.00" in found.said
    assert "by kim@example.com (Google Ads Web Client), not through here" in found.said
    assert why(*cut, "conversions", "Brand").kind == "foreign_change"


@pytest.mark.parametrize(
    "other",
    [
        changed("400", "800"),  # the other way
        changed("800", "400", on=START - 9 * DAY),  # long before
        changed("410", "400"),  # far too little
        changed("800", "400", entity="b2"),  # nobody knows whom it feeds, and a campaign is asked about
    ],
)
def test_a_change_that_does_not_fit_is_no_cause(cut: tuple[Engine, int], other: AccountChange) -> None:
    kept(*cut, other)
    assert why(*cut, "spend", "Brand").kind == "demand"


def test_who_paused_it_is_said_and_what_nobody_paused_is_not_called_paused(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(only(since(START, clicks=0.0))))
    assert "nobody is known to have paused it" in why(sqlite_engine, account, "spend", "Brand").said
    with write(sqlite_engine) as session:
        session.execute(update(Campaign).where(Campaign.name == "Brand").values(external_id="9"))
    kept(sqlite_engine, account, changed("1", "1", campaigns=("9",), field=STATUS, old={"value": "ENABLED"},
                                         new={"value": "PAUSED"}))  # fmt: skip
    assert f"was set to PAUSED on {START} by kim@example.com" in why(sqlite_engine, account, "spend", "Brand").said


def test_the_calendar_explains_what_it_covers_and_no_more(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(only(since(START, clicks=1.6, cvr=1.3, everywhere=1))))
    assert why(sqlite_engine, account, "conversions").kind == "promotion"  # as it looks, though nobody entered it
    with write(sqlite_engine) as session:
        add_event(session, account_id=account, kind="promotion", name="Summer sale", start=START, end=END, by="Ana",
                  now=NOW)  # fmt: skip
    found = why(sqlite_engine, account, "conversions")
    assert (found.kind, "'Summer sale' explains it" in found.said) == ("promotion", True)


def test_tracking_that_was_changed_is_said_instead_of_a_worse_site(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(only(since(START, cvr=0.6))))
    with write(sqlite_engine) as session:
        add_event(session, account_id=account, kind="tracking", name="New consent banner", start=START, end=START,
                  by="Ana", now=NOW)  # fmt: skip
    assert why(sqlite_engine, account, "cvr", "Brand").kind == "tracking_change"


def test_conversions_that_still_arrive_are_not_called_lost_and_none_at_all_are(sqlite_engine: Engine) -> None:
    frame = days()
    late = frame.day == LAST
    frame.loc[late, ["conversions", "revenue"]] *= 0.6
    frame.loc[late & (frame.campaign == "Search"), ["conversions", "revenue"]] = 0.0
    account = loaded(sqlite_engine, frame)
    assert why(sqlite_engine, account, "conversions", "Brand", first=LAST, last=LAST).kind == "late_conversions"
    assert why(sqlite_engine, account, "conversions", "Search", first=LAST, last=LAST).kind == "tracking_break"


def test_a_share_that_grew_is_the_mix_and_not_the_campaigns(sqlite_engine: Engine) -> None:
    frame = days(length=77)
    frame.loc[frame.campaign == "Search", "conversions"] *= 0.2
    more = (frame.day >= START) & (frame.day <= END) & (frame.campaign == "Search")
    frame.loc[more, ["spend", "impressions", "clicks", "conversions", "revenue"]] *= 8
    found = why(sqlite_engine, loaded(sqlite_engine, frame), "cpa")
    assert (found.kind, "larger share of conversions came from Search" in found.said) == ("mix", True), found.said


def test_what_cannot_be_known_is_unknown_with_the_reason(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(length=20))
    assert "no usual days" in why(sqlite_engine, account, "spend", first=LAST - 19 * DAY, last=LAST - 18 * DAY).said
    assert "no figures" in why(sqlite_engine, account, "spend", first=LAST - 90 * DAY, last=LAST - 80 * DAY).said
    with pytest.raises(BadInput, match="no cause is looked for of 'bounces'"):
        why(sqlite_engine, account, "bounces")
    with pytest.raises(BadInput, match="before they start"):
        why(sqlite_engine, account, "spend", first=END, last=START)


def test_of_an_account_the_one_campaign_that_changed_is_named(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(only(since(START, cvr=0.1))))
    found = why(sqlite_engine, account, "conversions")
    assert (found.kind, "broken for Brand" in found.said) == ("tracking_break", True), found.said


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engine, dict[str, int], list[Incident], date]:
    """The bigger market with incidents apart in time, one store for all."""
    made = LargeMarket(seed=5, history_days=130)
    begin = made.today - timedelta(days=80)

    def at(week: int, **more: Any) -> Incident:
        return Incident(start=begin + week * 14 * DAY, end=begin + (week * 14 + 4) * DAY, **more)

    placed = [
        at(0, kind="tracking_outage", platform="meta", factor=0.15),
        at(1, kind="cpc_spike", campaign="DE | Search Generic", factor=0.5),
        at(1, kind="tracking_break", campaign="DE | Search Brand", factor=0.1),
        at(2, kind="disapproval", campaign="FR | Prospecting"),
        at(2, kind="conversion_rate_drop", campaign="DE | Search Generic", factor=0.5),
        at(3, kind="feed_break", category="shoes", factor=0.1),
        at(4, kind="promotion", factor=0.6),
    ]
    for one in placed:
        made.inject(one)
    frame = pd.DataFrame(
        [(r.day, r.campaign.name, r.spend_micros / 1e6, r.impressions, r.clicks, r.conversions, r.revenue,
          r.campaign.platform) for r in made.rows(made.first_day, made.today - DAY)],
        columns=[*COLUMNS, "platform"],
    )  # fmt: skip
    engine = open_engine(f"sqlite:///{tmp_path_factory.mktemp('causes') / 'store.db'}")
    upgrade(engine)
    ids = {p: load(engine, of[COLUMNS], platform=p, account=p, currency="EUR") for p, of in frame.groupby("platform")}
    return engine, ids, placed, made.today


@pytest.mark.parametrize(
    ("n", "platform", "metric", "campaigns", "kind"),
    [
        (0, "meta", "conversions", (), "tracking_break"),
        (1, "google_ads", "cpc", ("DE | Search Generic",), "cpc"),
        (1, "google_ads", "clicks", ("DE | Search Generic",), "cpc"),
        (2, "google_ads", "conversions", ("DE | Search Brand",), "tracking_break"),
        (3, "meta", "spend", ("FR | Prospecting",), "disapproval_or_paused"),
        (4, "google_ads", "cvr", ("DE | Search Generic",), "conversion_rate"),
        (5, "meta", "clicks", ("DE | Catalog Shoes", "FR | Catalog Shoes"), "demand"),
        (6, "google_ads", "conversions", (), "promotion"),
    ],
)
def test_in_a_market_with_seasons_and_chance_the_cause_is_named(
    market: tuple[Engine, dict[str, int], list[Incident], date], n: int, platform: str, metric: str,
    campaigns: tuple[str, ...], kind: str,
) -> None:  # fmt: skip
    engine, ids, placed, today = market
    scope = (ids[platform], *(i for p, i in ids.items() if p != platform))
    one = placed[n]
    assert one.end is not None
    found = why(engine, scope, metric, *campaigns, first=one.start, last=one.end, today=today)
    assert found.kind == kind, found.said
