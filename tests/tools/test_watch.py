"""The watch over a store: what is unusual is found once and named by its root, and what is not is left alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, update

from domain.scope import Scope
from store import incidents
from store.calendar_changes import add_event
from store.engine import read, write
from store.incident_settling import settle
from store.incident_values import Candidate
from store.tables import Account, Budget, Campaign, ImportRun, JobRun, QuietRule
from tests.tools.market_days import LAST, RATE, TODAY, VALUE, days, loaded, since
from tools import MENU
from tools.base import ToolContext
from tools.maturity import Maturity, learn
from tools.watch import AccountLook, watch
from tools.watch.series import trailing_mean

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
MATURE = LAST - timedelta(days=7)


def nothing(*_args: Any, **_kwargs: Any) -> dict[str, Any]:
    return {"kind": "unknown", "said": "Not looked for.", "facts": [], "evidence": []}


def look(engine: Engine, *accounts: int, today: date = TODAY, find: Any = nothing) -> list[AccountLook]:
    with read(engine) as session:
        return list(watch(session, Scope(accounts), today, now=NOW, find=find))


def found(engine: Engine, account: int, **more: Any) -> list[Candidate]:
    (one,) = look(engine, account, **more)
    assert one.error is None
    return [c for c in one.found if c.severity != "info"]


def test_a_calm_account_raises_nothing(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days())
    assert found(sqlite_engine, account) == []


def test_a_price_spike_of_one_campaign_is_one_matter_named_by_the_price(sqlite_engine: Engine) -> None:
    frame = days(since(LAST, cpc=2.0))
    (one,) = found(sqlite_engine, loaded(sqlite_engine, frame))
    assert (one.metric, one.direction, one.reach) == ("cpc", "up", "campaign")
    assert "spend:up" in one.keys[1:]
    brand = frame[(frame.campaign == "Brand") & (frame.day == LAST)].iloc[0]
    assert one.money_micros is not None
    assert one.money_micros / 1e6 == pytest.approx(brand.spend / 2, rel=0.15)  # half of it was for nothing


def test_lost_conversions_are_one_matter_with_cpa_and_roas_as_its_symptoms(sqlite_engine: Engine) -> None:
    start = MATURE - timedelta(days=9)
    frame = days(since(start, cvr=0.3))
    (one,) = found(sqlite_engine, loaded(sqlite_engine, frame))
    assert (one.metric, one.direction, one.reach, one.severity) == ("conversions", "down", "campaign", "critical")
    assert {"cpa:up", "roas:down"} <= set(one.keys)
    assert abs((one.first_day - start).days) <= 1
    assert one.last_day == MATURE  # it has not recovered because the detector learned the new level
    hit = frame[(frame.campaign == "Brand") & (frame.day >= start) & (frame.day <= MATURE)]
    lost = float((hit.clicks * RATE).sum() - hit.conversions.sum()) * VALUE
    assert one.money_micros is not None
    assert one.money_micros / 1e6 == pytest.approx(lost, rel=0.2)
    assert one.cause["money_how"] == "conversions below what was expected, at their usual value"


def test_campaigns_that_lose_their_conversions_together_are_one_incident_of_the_account(sqlite_engine: Engine) -> None:
    frame = days(since(MATURE - timedelta(days=2), cvr=0.0, everywhere=1))
    (one,) = found(sqlite_engine, loaded(sqlite_engine, frame))
    assert (one.kind, one.metric, one.direction, one.reach) == ("zero", "conversions", "down", "account")
    assert len({d.campaign_id for d in one.days if d.metric == "conversions"}) == 4  # three campaigns and the whole


def test_conversions_that_still_arrive_are_neither_missing_nor_judged(sqlite_engine: Engine) -> None:
    frame = days()
    late = frame.day > MATURE
    frame.loc[late, ["conversions", "revenue"]] *= 0.2
    account = loaded(sqlite_engine, frame)
    assert found(sqlite_engine, account) == []
    (one,) = look(sqlite_engine, account)
    assert (one.looked["conversions"], one.looked["spend"]) == (MATURE, LAST)


def test_two_campaigns_with_different_troubles_are_two_incidents(sqlite_engine: Engine) -> None:
    def hit(campaign: str, day: date, means: dict[str, float]) -> None:
        if campaign == "Brand" and day >= MATURE - timedelta(days=5):
            means["cvr"] *= 0.2
        if campaign == "Search" and day >= LAST - timedelta(days=1):
            means["cpc"] *= 2.5

    kept = found(sqlite_engine, loaded(sqlite_engine, days(hit)))
    assert [(c.metric, c.direction) for c in kept] == [("cpc", "up"), ("conversions", "down")]


def test_a_campaign_that_stops_weeks_after_another_is_a_matter_of_its_own(sqlite_engine: Engine) -> None:
    def hit(campaign: str, day: date, means: dict[str, float]) -> None:
        if (campaign == "Brand" and day >= LAST - timedelta(days=14)) or (campaign == "Search" and day >= LAST):
            means["clicks"] *= 0.1

    account = loaded(sqlite_engine, days(hit))
    kept = [c for c in found(sqlite_engine, account) if (c.metric, c.direction) == ("spend", "down")]
    of_campaigns = [{d.campaign_id for d in c.days if d.campaign_id is not None} for c in kept]
    assert len(of_campaigns) == 2
    assert not of_campaigns[0] & of_campaigns[1]
    for _ in range(2):  # the second look at the same data changes nothing
        with write(sqlite_engine) as session:
            moved = settle(session, account, kept, {"spend": LAST}, NOW)
    assert moved == ()
    with read(sqlite_engine) as session:
        assert len(incidents.open_incidents(session, Scope((account,)))) == 2


def test_a_promotion_in_the_calendar_explains_its_days(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(since(LAST - timedelta(days=1), clicks=2.0, everywhere=1)))
    assert [(c.metric, c.direction) for c in found(sqlite_engine, account)] == [("spend", "up")]
    with write(sqlite_engine) as session:
        add_event(session, account_id=account, kind="promotion", name="Sale",
                  start=LAST - timedelta(days=1), end=LAST, by="Ana", now=NOW)  # fmt: skip
    assert found(sqlite_engine, account) == []


def test_a_campaign_that_stops_is_told_and_one_that_was_paused_is_not(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(since(LAST - timedelta(days=2), clicks=0.0)))
    (one,) = found(sqlite_engine, account)
    assert (one.kind, one.metric, one.direction, one.money_micros) == ("zero", "spend", "down", None)
    assert "not known" in one.cause["money_how"]
    with write(sqlite_engine) as session:
        session.execute(update(Campaign).where(Campaign.name == "Brand").values(external_id="9"))
        session.add(Budget(account_id=account, entity="b", name="b", campaigns=[["9", "Brand"]], daily_micros=1,
                           period="DAILY", shared=False, enabled=False, learning=None, billable_unit_micros=1,
                           bid_strategy=None, lost_impression_share_budget=None, observed_at=NOW))  # fmt: skip
    kept = found(sqlite_engine, account)
    brand = {d.campaign_id for d in one.days if d.campaign_id is not None}
    assert not brand & {d.campaign_id for c in kept for d in c.days}


def test_a_quiet_rule_keeps_what_was_expected_quiet_and_tells_what_goes_beyond(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(since(LAST, cpc=2.0)))
    (one,) = found(sqlite_engine, account)

    def rules(largest: float) -> None:
        with write(sqlite_engine) as session:
            session.execute(QuietRule.__table__.delete())
            session.add_all(
                QuietRule(account_id=account, campaign_id=c, metric=m, direction=d, condition={"largest": largest},
                          reason="sale", created_by="Ana", created_at=NOW, until=NOW + timedelta(days=1))
                for c, m, d in {(d.campaign_id, d.metric, "up" if (d.value or 0) > (d.expected or 0) else "down")
                                for d in one.days}
            )  # fmt: skip

    rules(1.5)
    (quiet,) = look(sqlite_engine, account)
    assert [c for c in quiet.found if c.severity != "info"] == []
    assert quiet.quieted >= 1
    rules(0.2)
    assert [c.metric for c in found(sqlite_engine, account)] == ["cpc"]


def test_data_that_are_later_than_the_accounts_habit_are_told_and_a_single_file_has_no_habit(
    sqlite_engine: Engine,
) -> None:
    account = loaded(sqlite_engine, days())
    assert found(sqlite_engine, account, today=TODAY + timedelta(days=9)) == []
    with write(sqlite_engine) as session:
        session.execute(update(Account).values(origin="api"))
    assert found(sqlite_engine, account, today=TODAY + timedelta(days=1)) == []  # one night late
    (one,) = found(sqlite_engine, account, today=TODAY + timedelta(days=2))
    assert (one.kind, one.severity, one.first_day) == ("stale", "warning", TODAY)
    assert one.cause["said"].startswith("The data end on 2024-06-30: 2024-07-01 to 2024-07-02 is missing")
    (graver,) = found(sqlite_engine, account, today=TODAY + timedelta(days=4))
    assert graver.severity == "critical"


def test_an_account_whose_look_fails_is_an_incident_and_the_others_are_looked_at(sqlite_engine: Engine) -> None:
    first = loaded(sqlite_engine, days(since(LAST, cpc=2.0)), "One")
    second = loaded(sqlite_engine, days(since(LAST, cpc=2.0), seed=2), "Two")
    with write(sqlite_engine) as session:
        session.execute(update(Account).where(Account.id == first).values(country="nowhere"))
    one, two = look(sqlite_engine, first, second)
    assert one.error is not None
    assert [(c.kind, c.severity) for c in one.found] == [("watch_failed", "critical")]
    assert one.looked == {}  # nothing of it may count as recovered
    assert [c.metric for c in two.found if c.severity != "info"] == ["cpc"]


def test_a_search_for_a_cause_that_fails_leaves_the_alert(sqlite_engine: Engine) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> dict[str, Any]:
        raise RuntimeError("no")

    (one,) = found(sqlite_engine, loaded(sqlite_engine, days(since(LAST, cpc=2.0))), find=broken)
    assert one.cause["said"] == "No cause was found: the search failed."


def test_how_days_fill_up_is_learned_from_what_earlier_loads_said(engine: Engine) -> None:
    """Conversions of a day: half are in on the next day, 80 % a day later, all from then on."""
    shares, whole = (0.5, 0.8, 1.0), days(length=100)
    account = loaded(engine, whole[whole.day <= LAST - timedelta(days=34)], source="before.csv")
    for back in range(30, -1, -1):
        read_on = LAST - timedelta(days=back)
        frame = whole[(whole.day <= read_on) & (whole.day > read_on - timedelta(days=40))].copy()
        in_by_now = frame.day.map(lambda d, on=read_on: shares[min((on - d).days, 2)])
        frame["conversions"] = np.round(frame.conversions * in_by_now, 3)
        frame["revenue"] = np.round(frame.revenue * in_by_now, 2)
        account = loaded(engine, frame[frame.day > read_on - timedelta(days=4)], source=f"{read_on}.csv")
        with write(engine) as session:
            at = datetime(read_on.year, read_on.month, read_on.day, 6, tzinfo=UTC) + timedelta(days=1)
            run = session.query(ImportRun).order_by(ImportRun.id.desc()).first()
            assert run is not None
            run.at = at
    with read(engine) as session:
        learned = learn(session, Scope((account,)), account, TODAY)["conversions"]
    assert learned.shares[:3] == pytest.approx(shares, abs=0.01)
    assert learned.share(0) == pytest.approx(0.5, abs=0.01)
    (one,) = look(engine, account)
    assert one.looked["conversions"] == LAST
    ahead = {"start": str(TODAY), "end": str(TODAY + timedelta(days=6))}
    tool = MENU["forecast"]
    asked = tool.arguments.model_validate({"metrics": ["conversions"], "period": ahead})
    said = tool.run(ToolContext(engine, Scope((account,)), TODAY, "UTC"), asked)
    assert "brought to what usually becomes of them, learned from the account's own restatements" in said.caveats[1]


def test_without_a_curve_the_last_week_is_withheld() -> None:
    unknown = Maturity(())
    assert [unknown.share(age) for age in (0, 6, 7)] == [None, None, 1.0]
    assert Maturity((0.4, 0.7)).share(0) is None  # less than half is in


def test_the_usual_volume_of_a_day_knows_only_the_days_before_it() -> None:
    values = np.array([[1.0, np.nan, 3.0, 5.0, 100.0]])
    assert trailing_mean(values, 2)[0, 1:].tolist() == pytest.approx([1.0, 1.0, 3.0, 4.0])
    assert np.isnan(trailing_mean(values, 2)[0, 0])


def test_a_tag_that_dies_in_an_account_whose_lateness_nobody_knows_is_told_the_next_day(sqlite_engine: Engine) -> None:
    account = loaded(sqlite_engine, days(since(LAST, cvr=0.0)))
    (one,) = found(sqlite_engine, account, find=None)
    assert (one.metric, one.direction, one.first_day, one.cause["kind"]) == (
        "conversions", "down", LAST, "tracking_break",
    )  # fmt: skip
    (told,) = look(sqlite_engine, account)
    assert told.looked["conversions"] == MATURE  # the other days are not judged yet, so nothing recovers by them


def test_few_conversions_or_some_of_many_are_not_told_before_their_days_are_old(sqlite_engine: Engine) -> None:
    assert found(sqlite_engine, loaded(sqlite_engine, days(since(LAST, cvr=0.3)))) == []

    def small(campaign: str, day: date, means: dict[str, float]) -> None:
        means["cvr"] *= 0.0 if campaign == "Shop" and day >= LAST else 0.3  # three a day are usual

    assert found(sqlite_engine, loaded(sqlite_engine, days(small), account="Other", source="b.csv")) == []


def test_days_on_the_way_back_from_a_shift_are_no_second_matter(sqlite_engine: Engine) -> None:
    def hit(campaign: str, day: date, means: dict[str, float]) -> None:
        if campaign == "Brand" and LAST - timedelta(days=9) <= day < LAST - timedelta(days=1):
            means["clicks"] *= 2.0

    kept = found(sqlite_engine, loaded(sqlite_engine, days(hit)))
    assert all(c.direction == "up" for c in kept), [c.keys for c in kept]


def test_what_moves_in_one_campaign_at_once_is_one_matter_and_a_strangers_symptom_is_not(sqlite_engine: Engine) -> None:
    def hit(campaign: str, day: date, means: dict[str, float]) -> None:
        if campaign == "Brand" and day >= LAST - timedelta(days=1):
            means["clicks"] *= 0.3
            means["cpc"] *= 2.0  # less is spent although each click costs more
        if campaign == "Search" and day >= LAST - timedelta(days=1):
            means["clicks"] *= 0.0

    kept = found(sqlite_engine, loaded(sqlite_engine, days(hit)))
    ids = [c.campaigns for c in kept]
    assert len(kept) == 2
    assert all(len(i) == 1 for i in ids)
    assert ids[0] != ids[1]


def test_a_campaign_without_an_ad_is_told_in_the_middle_of_a_sale_and_a_weaker_one_is_not(
    sqlite_engine: Engine,
) -> None:
    def hit(campaign: str, day: date, means: dict[str, float]) -> None:
        if day >= LAST - timedelta(days=1):
            means["clicks"] *= {"Brand": 0.0, "Search": 0.3}.get(campaign, 1.0)

    account = loaded(sqlite_engine, days(hit))
    with write(sqlite_engine) as session:
        add_event(session, account_id=account, kind="promotion", name="Sale", start=LAST - timedelta(days=1), end=LAST,
                  by="Ana", now=NOW)  # fmt: skip
    (one,) = found(sqlite_engine, account)
    assert (one.kind, one.metric, one.direction, one.reach) == ("zero", "spend", "down", "campaign")
    with write(sqlite_engine) as session:
        add_event(session, account_id=account, kind="event", name="Shop is shut", start=LAST - timedelta(days=1),
                  end=LAST, by="Ana", now=NOW)  # fmt: skip
    assert found(sqlite_engine, account) == []


def test_a_young_days_conversions_and_revenue_rest_on_what_is_in_so_far() -> None:
    from store.series import BaseDay
    from tools.watch.series import build

    first = LAST - timedelta(days=59)
    rows = [BaseDay(1, first + timedelta(days=n), 10**8, 1000, 100, 8.0, 400.0, None) for n in range(60)]
    made = build(rows, first, LAST, dict.fromkeys(("conversions", "revenue"), Maturity((0.5, 0.8, *(1.0,) * 9))))
    assert made is not None
    for metric in ("revenue", "cvr", "cpa"):
        volume = made.volume(metric)
        assert volume is not None
        assert volume[0, -3:] == pytest.approx([8.0, 8.125 * 0.8, 8.26 * 0.5], rel=0.03)
    counted = made.volume("conversions")
    assert counted is not None
    assert counted[0, -3:] == pytest.approx([100.0, 8.1 * 0.8, 8.2 * 0.5], rel=0.03)


def test_a_campaign_left_out_of_an_export_is_missing_and_not_stopped(sqlite_engine: Engine) -> None:
    frame = days()
    gone = (frame.campaign == "Search") & (frame.day >= LAST - timedelta(days=1))
    nothing_ran = frame[(frame.campaign == "Shop") & (frame.day == frame.day.min())].assign(
        campaign="Paused long ago", spend=0.0, impressions=0, clicks=0, conversions=0.0, revenue=0.0
    )
    account = loaded(sqlite_engine, pd.concat([frame[~gone], nothing_ran]))
    (one,) = found(sqlite_engine, account)
    assert (one.kind, one.metric, one.days) == ("stale", "rows", ())
    assert one.cause["said"].startswith(f"No row of Search since {LAST - timedelta(days=1)}, while")
    zero = frame.assign(spend=frame.spend.where(~gone, 0.0), clicks=frame.clicks.where(~gone, 0),
                        impressions=frame.impressions.where(~gone, 0), conversions=frame.conversions.where(~gone, 0.0),
                        revenue=frame.revenue.where(~gone, 0.0))  # fmt: skip
    (stopped,) = found(sqlite_engine, loaded(sqlite_engine, zero, account="Other", source="b.csv"))
    assert (stopped.kind, stopped.metric) == ("zero", "spend")  # it says so itself
    (bare,) = found(sqlite_engine, loaded(sqlite_engine, frame[~gone], account="Third", source="c.csv"))
    assert (bare.kind, bare.metric) == ("zero", "spend")  # files that never state a day of nothing leave them out


def test_what_came_and_went_while_nobody_looked_is_kept_as_over_and_told_in_no_channel(sqlite_engine: Engine) -> None:
    def hit(campaign: str, day: date, means: dict[str, float]) -> None:
        if campaign == "Brand" and day == LAST - timedelta(days=4):
            means["cpc"] *= 2.5

    account = loaded(sqlite_engine, days(hit))
    assert found(sqlite_engine, account) == []  # long over for whoever looks every day
    with write(sqlite_engine) as session:
        then = NOW - timedelta(days=6)
        session.add(
            JobRun(job="watch", slot="then", owner="clock", leased_until=then, started_at=then, finished_at=then)
        )
    (one,) = found(sqlite_engine, account)
    assert (one.metric, one.direction, one.over) == ("cpc", "up", True)
    with write(sqlite_engine) as session:
        moved = settle(session, account, [one], {"cpc": LAST, "spend": LAST}, NOW)
    assert [(m.what, m.tell) for m in moved] == [("opened", False), ("recovered", False)]
    with read(sqlite_engine) as session:
        (ended,) = incidents.ended_since(session, Scope((account,)), NOW - timedelta(days=1))
    assert ended.status == "recovered"
