"""Slots on the wall clock: each local day has each of its slots once, whatever its clock does."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.when import Cron, Every

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]
STEP = timedelta(minutes=15)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [1, 2, 3, 8])
def test_over_a_year_a_daily_job_fires_once_on_each_local_day(zone: str, hour: int) -> None:
    cron = Cron(f"30 {hour} * * *", zone)
    here = ZoneInfo(zone)
    days: Counter[object] = Counter()
    at = cron.following(datetime(2025, 12, 31, 12, tzinfo=UTC))
    while at is not None and at.at.astimezone(here).year < 2027:
        days[at.at.astimezone(here).date()] += 1
        at = cron.following(at.at)
    assert set(days.values()) == {1}
    assert sum(1 for day in days if day.year == 2026) == 365  # type: ignore[attr-defined]


@pytest.mark.parametrize("zone", ZONES)
def test_looking_every_quarter_of_an_hour_the_newest_slot_changes_once_a_day(zone: str) -> None:
    cron = Cron("0 2 * * *", zone)
    for day in (datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 3, tzinfo=UTC),
                datetime(2026, 10, 2, tzinfo=UTC), datetime(2026, 10, 23, tzinfo=UTC),
                datetime(2026, 10, 31, tzinfo=UTC)):  # fmt: skip
        seen = [cron.newest(day + n * STEP) for n in range(4 * 24 * 4)]
        assert None not in seen
        names = list(dict.fromkeys(s.name for s in seen if s))
        assert len(names) in (4, 5)
        assert names == sorted(names)  # never back to an older one, not even where an hour comes twice


def test_an_hour_that_is_skipped_comes_late_and_one_that_comes_twice_counts_once() -> None:
    cron = Cron("30 2 * * *", "Europe/Berlin")
    skipped = cron.following(datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert skipped is not None
    assert (skipped.at.isoformat(), skipped.name) == ("2026-03-29T01:30:00+00:00", "2026-03-29T02:30 Europe/Berlin")
    twice = cron.following(datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert twice is not None
    assert twice.at.isoformat() == "2026-10-25T00:30:00+00:00"
    again = cron.following(twice.at)
    assert again is not None
    assert again.at.isoformat() == "2026-10-26T01:30:00+00:00"


@given(
    st.integers(0, 3 * 365 * 24 * 60),
    st.sampled_from(["*/15 * * * *", "0 8 * * mon-fri", "30 2 * * *", "0 6 1 * *"]),
    st.sampled_from(ZONES),
)
def test_the_newest_slot_is_past_the_following_one_is_to_come_and_none_lies_between(
    minute: int, line: str, zone: str
) -> None:
    now = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    cron = Cron(line, zone)
    newest, following = cron.newest(now), cron.following(now)
    assert newest is not None
    assert following is not None
    assert newest.at <= now < following.at
    assert cron.newest(following.at - timedelta(microseconds=1)) == newest
    assert cron.newest(following.at) is not None
    assert cron.newest(following.at) >= following  # type: ignore[operator]


def test_an_interval_has_one_name_in_every_process() -> None:
    every = Every(timedelta(seconds=30))
    at = datetime(2026, 3, 4, 12, 0, 31, tzinfo=UTC)
    assert every.newest(at) == every.newest(at + timedelta(seconds=28))
    assert every.newest(at + timedelta(seconds=29)) == every.following(at)
    assert Every(timedelta(days=1)).newest(at) == Every(timedelta(days=1)).newest(at.replace(hour=0))


def test_a_line_that_never_comes_has_no_slot() -> None:
    never = Cron("0 6 30 2 *", "UTC")
    assert never.newest(datetime(2026, 3, 4, tzinfo=UTC)) is None
    assert never.following(datetime(2026, 3, 4, tzinfo=UTC)) is None
