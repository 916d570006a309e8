"""Days called by their name, promotions left out, and what is in the calendar."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.planner.understood import check, understood
from agent.state import NamedDays, PlanContext, ToolCall
from domain import occasions
from domain.errors import BadInput
from tests.agent.planner.conftest import Ask, exports

EVENTS = (
    NamedDays("promotion", "Summer Sale", date(2023, 6, 5), date(2023, 6, 9)),
    NamedDays("promotion", "Summer Sale", date(2024, 6, 3), date(2024, 6, 7)),
    NamedDays("promotion", "May deal", date(2024, 5, 28), date(2024, 5, 28)),
    NamedDays("freeze", "Audit", date(2024, 6, 20), date(2024, 6, 20)),
)


def kept(*countries: str) -> PlanContext:
    return replace(exports(), first_day=date(2022, 1, 1), countries=countries or ("DE",), events=EVENTS)


def _when(call: ToolCall) -> str:
    said = "{start}..{end}".format(**call.args["period"])
    return (
        f"{said} vs {call.args['baseline']['start']}..{call.args['baseline']['end']}"
        if "baseline" in call.args
        else said
    )


@pytest.mark.parametrize(
    ("question", "when"),
    [
        ("revenue over black friday", "2023-11-24..2023-11-24"),
        ("revenue black friday 2022", "2022-11-25..2022-11-25"),
        ("spend on cyber monday", "2023-11-27..2023-11-27"),
        ("spend over bfcm", "2023-11-24..2023-11-27"),
        ("revenue easter", "2024-03-29..2024-04-01"),
        ("revenue easter vs last easter", "2024-03-29..2024-04-01 vs 2023-04-07..2023-04-10"),
        ("revenue easter 2024 vs easter 2023", "2024-03-29..2024-04-01 vs 2023-04-07..2023-04-10"),
        ("spend over christmas", "2023-12-25..2023-12-26"),
        ("spend on german unity day", "2023-10-03..2023-10-03"),
        ("revenue during the summer sale", "2024-06-03..2024-06-07"),
        ("revenue summer sale vs last summer sale", "2024-06-03..2024-06-07 vs 2023-06-05..2023-06-09"),
        ("clicks on valentine's day", "2024-02-14..2024-02-14"),
    ],
)
def test_days_are_found_by_their_name(ask: Ask, question: str, when: str) -> None:
    (call,) = ask(question, kept()).calls
    assert _when(call) == when


def test_without_a_country_the_days_are_asked_for_with_the_command(ask: Ask) -> None:
    for question in ("revenue over easter", "spend at christmas"):
        assert "budgeteer calendar country" in (ask(question).refused or "")
    assert ask("revenue over black friday", replace(exports(), first_day=date(2022, 1, 1))).calls


def test_a_holiday_on_different_days_in_two_countries_is_sent_back(ask: Ask) -> None:
    refused = ask("revenue over easter", kept("DE", "GR")).refused or ""
    assert "not on the same days in DE, GR" in refused


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("black friday yoy", ("2023-11-24", "2022-11-25")),
        ("revenue cyber monday vs last year", ("2023-11-27", "2022-11-28")),
        ("easter roas yoy", ("2024-03-29", "2023-04-07")),
        ("roas june yoy", ("2024-06-01", "2023-06-01")),
    ],
)
def test_days_that_move_are_compared_with_where_they_were_a_year_before(
    ask: Ask, question: str, days: tuple[str, str]
) -> None:
    (call,) = ask(question, replace(kept(), first_day=date(2022, 1, 1))).calls
    assert (call.args["period"]["start"], call.args["baseline"]["start"]) == days


def test_a_promotion_that_was_not_there_a_year_before_is_set_against_the_same_dates_and_says_so(ask: Ask) -> None:
    sales = (NamedDays("promotion", "Summer Sale", date(2024, 6, 3), date(2024, 6, 7)),)
    planned = ask("roas summer sale yoy", replace(kept(), events=sales))
    assert planned.calls[0].args["baseline"] == {"start": "2023-06-03", "end": "2023-06-07"}
    assert planned.notes == ("The calendar has no summer sale in 2023: the same dates then.",)
    before = NamedDays("promotion", "Summer Sale", date(2023, 7, 10), date(2023, 7, 14))
    planned = ask("roas summer sale yoy", replace(kept(), events=(*sales, before)))
    assert planned.calls[0].args["baseline"] == {"start": "2023-07-10", "end": "2023-07-14"}


@pytest.mark.parametrize("question", ["roas june ex-promo", "roas june ex promo", "roas june without promotions",
                                      "roas june excluding the promos"])  # fmt: skip
def test_promotions_are_left_out_of_the_period_they_touch(ask: Ask, question: str) -> None:
    (call,) = ask(question, kept()).calls
    assert call.args["without"] == [{"start": "2024-06-03", "end": "2024-06-07"}]


def test_promotions_are_left_out_of_both_periods(ask: Ask) -> None:
    (call,) = ask("roas june vs may ex promo", kept()).calls
    assert [d["start"] for d in call.args["without"]] == ["2024-05-28", "2024-06-03"]
    assert "without" not in ask("roas april ex promo", kept()).calls[0].args
    assert "budgeteer calendar add promotion" in (ask("roas june ex promo").refused or "")


def test_what_is_in_the_calendar_is_one_call(ask: Ask) -> None:
    for question in ("what's in the calendar in june", "which holidays are in june", "calendar june"):
        (call,) = ask(question, kept()).calls
        assert (call.name, call.args["period"]) == ("calendar", {"start": "2024-06-01", "end": "2024-06-30"})


def test_a_models_plan_leaves_the_promotions_out_too() -> None:
    context = kept()
    certain = understood("roas june ex promo", context)
    args = {"metrics": ["roas"], "period": {"start": "2024-06-01", "end": "2024-06-30"}}
    with pytest.raises(BadInput, match="leaves out 2024-06-03"):
        check(certain, [ToolCall("metric", args)], context)
    check(certain, [ToolCall("metric", {**args, "without": [{"start": "2024-06-03", "end": "2024-06-07"}]})], context)


@settings(deadline=None, max_examples=30)
@given(st.integers(1995, 2095))
def test_moving_days_fall_on_the_weekdays_they_are_named_for(year: int) -> None:
    friday, monday = occasions.fixed("black friday", year), occasions.fixed("cyber monday", year)
    assert friday is not None and monday is not None  # noqa: PT018
    assert (friday[0].weekday(), monday[0].weekday(), (monday[0] - friday[0]).days) == (4, 0, 3)
    assert date(year, 11, 23) <= friday[0] <= date(year, 11, 29)
    for country in ("DE", "US", "GB", "AT"):
        easter = occasions.of_country("easter", country, year)
        assert easter is not None
        assert (easter[0].weekday(), easter[1].weekday(), (easter[1] - easter[0]).days) == (4, 0, 3)
