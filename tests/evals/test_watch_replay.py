"""The replay's own parts are right, and a short replay through sync, import, watch and digest finds what it should."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain.window import Window
from emulators.market.large import LargeMarket
from evals._looking import look
from evals._oracle import Reported, check
from evals._placing import COUNTS, Placed, place, put_into
from evals._replay import Replay, Seen, new_store
from evals._scoring import score

DAY = date(2025, 5, 5)


def placed(kind: str = "tracking_break", campaign: str = "A", start: date = DAY, days: int = 5) -> Placed:
    return Placed(kind, start, start + timedelta(days=days - 1), frozenset({campaign}), frozenset({"meta"}), 0.2)


def raised(metric: str, days: list[date], seen_on: date, campaign: str | None = "A", kind: str = "zero") -> Seen:
    seen = Seen(metric, "meta", kind, metric, "down", seen_on)
    seen.values = {(campaign, metric, day): seen_on for day in days}
    seen.causes = {seen_on: "tracking_break"}
    return seen


def test_sixty_incidents_are_placed_apart_and_the_same_seed_places_the_same() -> None:
    market = LargeMarket(seed=1, history_days=30)
    one, again, other = (place(market, market.today, 365, seed) for seed in (1, 1, 2))
    assert len(one) == sum(COUNTS.values()) == 60
    assert one == again != other
    for a in one:
        for b in one:
            shared = a is not b and a.campaigns & b.campaigns
            assert not shared or a.start > b.end + timedelta(days=7) or b.start > a.end + timedelta(days=7)


def test_a_find_counts_from_the_first_morning_with_data_and_a_coincidence_counts_as_wrong() -> None:
    hit = raised("conversions", [DAY + timedelta(days=1)], DAY + timedelta(days=2))
    by_chance = raised("clicks", [DAY], DAY + timedelta(days=1))  # a broken tag moves no click
    elsewhere = raised("conversions", [DAY], DAY + timedelta(days=1), campaign="B")
    elsewhere.id = "elsewhere"
    done = score([placed()], [hit, by_chance, elsewhere], 14, 10)
    (outcome,) = done.outcomes
    assert (outcome.found, outcome.delay, outcome.right) == (True, 1, True)
    assert {s.id for s in done.wrong} == {"clicks", "elsewhere"}
    assert done.false_alarms == pytest.approx(2 / 2 / 10 * 100)


def test_an_alarm_before_or_after_the_days_of_an_incident_does_not_find_it() -> None:
    late = raised("conversions", [DAY + timedelta(days=9)], DAY + timedelta(days=10))
    done = score([placed()], [late], 14, 10)
    assert not done.found
    assert done.wrong == (late,)


def rows(day: date, **spend: float) -> list[dict[str, Any]]:
    return [
        {"campaign": c, "day": day, "spend": s, "impressions": 100, "clicks": 10, "conversions": 2.0, "revenue": 9.0}
        for c, s in spend.items()
    ]


def test_the_oracle_finds_a_digest_that_is_a_cent_off() -> None:
    reported = Reported()
    reported.load("meta", rows(DAY, A=10.0, B=5.5), DAY + timedelta(days=1))
    fact = SimpleNamespace(label="Spend", value=15.5, window=Window(DAY, DAY, "UTC"), entity="all", how="sum")
    digest = SimpleNamespace(window=Window(DAY, DAY, "UTC"), facts=[fact], board=None)
    today = DAY + timedelta(days=1)
    assert check(digest, reported, today, {"meta": "Shop"}) == (1, [])
    fact.value = 15.51
    count, wrong = check(digest, reported, today, {"meta": "Shop"})
    assert (count, [w.true for w in wrong]) == (1, [15.5])


def test_a_short_replay_finds_a_dead_tag_and_a_stopped_campaign_and_their_digests_are_right(tmp_path: Path) -> None:
    market = LargeMarket(seed=4, start=datetime(2025, 5, 5, 8, 30, tzinfo=LargeMarket().now().tzinfo), history_days=60)
    first = market.today
    wanted = [
        replace(placed("disapproval", "DE | Prospecting", first + timedelta(days=4), 4)),
        replace(placed("tracking_break", "DE | Catalog Shoes", first + timedelta(days=5), 6), factor=0.0),
    ]
    put_into(market, wanted)
    with Replay(market, new_store(tmp_path), look) as replay:
        for n in range(13):
            replay.day(digest=n % 6 == 5)
    done = score(wanted, replay.seen.values(), 13, len(market.campaigns))
    by_kind = {o.placed.kind: o for o in done.outcomes}
    assert by_kind["disapproval"].delay == 0
    assert by_kind["tracking_break"].found
    assert replay.figures > 40
    assert replay.wrong == []
