"""How grave an incident is, and how often a channel hears of it."""

from __future__ import annotations

from decimal import Decimal
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alert import SEVERITIES, Stakes, Told, goes_to, severity, worsened
from domain.errors import BadInput


def grave(kind: str = "spike", metric: str = "conversions", direction: str = "down", money: str | None = "0",
          daily: str | None = "1000", **more: object) -> str:  # fmt: skip
    asked = None if money is None else Decimal(money)
    return severity(Stakes(kind, metric, direction, asked, None if daily is None else Decimal(daily), **more))  # type: ignore[arg-type]


def test_money_is_weighed_against_what_the_account_spends_in_a_day() -> None:
    assert [grave(money=m) for m in ("99", "100", "499", "500")] == ["info", "warning", "warning", "critical"]
    assert grave(money="99", daily="100") == "critical"


def test_a_move_for_the_better_is_news_and_never_an_alarm() -> None:
    assert grave(direction="up", money="9000") == "info"
    assert grave(metric="cpa", direction="down", money="9000") == "info"
    assert grave(metric="cpa", direction="up", money="9000") == "critical"


def test_unknown_money_is_no_zero_the_part_of_the_account_that_is_affected_decides() -> None:
    assert grave(money=None, affected=0.1) == "info"
    assert grave(money=None, affected=0.3) == "warning"
    assert grave(money=None) == "warning"  # nothing known at all: rather one message too many
    assert grave(money="50", daily=None, affected=0.3) == "warning"


def test_an_account_that_stops_delivering_is_told_though_it_saves_money() -> None:
    assert grave("zero", "spend", "down", None, affected=0.5) == "warning"
    assert grave("level_shift", "spend", "down", None, affected=0.5) == "warning"
    assert grave("level_shift", "spend", "down", None, affected=0.05) == "info"


def test_blindness_is_graver_than_any_amount() -> None:
    assert grave("watch_failed", "watch", "none", None) == "critical"
    assert [grave("stale", "data", "none", None, overdue_days=n) for n in (1, 3)] == ["warning", "critical"]


@pytest.mark.parametrize(
    ("least", "told"),
    [(None, [False, True, True]), ("info", [True] * 3), ("critical", [False, False, True]), ("off", [False] * 3)],
)  # fmt: skip
def test_a_channel_hears_of_what_is_at_least_as_grave_as_it_asked(least: str | None, told: list[bool]) -> None:
    assert [goes_to(s, least) for s in SEVERITIES] == told


def test_an_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="'loud'"):
        goes_to("info", "loud")


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=200))
def test_an_incident_is_told_again_only_when_twice_as_much_a_day_is_at_stake(added: list[int]) -> None:
    total, told, times = added[0], Told("warning", Decimal(added[0]), "campaign"), 1
    for n, more in enumerate(added[1:], start=2):
        total += more
        now = Told("warning", Decimal(total), "campaign", days=n)
        if worsened(told, now):
            told, times = now, times + 1
        assert now.a_day is not None
        assert told.a_day is not None
        assert now.a_day < 2 * told.a_day
    assert times <= 1 + log2(max(added) / added[0]) + 1e-9


def test_what_only_lasts_is_told_once() -> None:
    was = Told("critical", Decimal(500), "account", days=1)
    assert not any(worsened(was, Told("critical", Decimal(500 * n), "account", days=n)) for n in range(1, 29))


def test_graver_and_wider_are_told_at_once_and_less_is_not() -> None:
    was = Told("warning", Decimal(100), "campaign")
    assert worsened(was, Told("critical", Decimal(100), "campaign"))
    assert worsened(was, Told("warning", Decimal(100), "account"))
    assert not worsened(was, Told("info", Decimal(900), "account"))
    assert not worsened(was, Told("warning", None, "campaign"))
