"""Which days a phrase means."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

WEDNESDAY, LEAP, NEW_YEAR = date(2024, 6, 19), date(2024, 3, 1), date(2025, 1, 2)
PHRASES: list[tuple[str, date, str, str]] = [
    ("yesterday", LEAP, "2024-02-29", "2024-02-29"),
    ("yday", WEDNESDAY, "2024-06-18", "2024-06-18"),
    ("day before yesterday", WEDNESDAY, "2024-06-17", "2024-06-17"),
    ("last week", WEDNESDAY, "2024-06-10", "2024-06-16"),
    ("the week before last", WEDNESDAY, "2024-06-03", "2024-06-09"),
    ("past week", WEDNESDAY, "2024-06-12", "2024-06-18"),
    ("this week", WEDNESDAY, "2024-06-17", "2024-06-18"),
    ("last weekend", WEDNESDAY, "2024-06-15", "2024-06-16"),
    ("last month", LEAP, "2024-02-01", "2024-02-29"),
    ("last month", NEW_YEAR, "2024-12-01", "2024-12-31"),
    ("last quarter", WEDNESDAY, "2024-01-01", "2024-03-31"),
    ("last 2 months", WEDNESDAY, "2024-04-01", "2024-05-31"),
    ("l7d", WEDNESDAY, "2024-06-12", "2024-06-18"),
    ("trailing 28 days", WEDNESDAY, "2024-05-22", "2024-06-18"),
    ("month to date", WEDNESDAY, "2024-06-01", "2024-06-18"),
    ("qtd", WEDNESDAY, "2024-04-01", "2024-06-18"),
    ("year to date", WEDNESDAY, "2024-01-01", "2024-06-18"),
    ("in june", WEDNESDAY, "2024-06-01", "2024-06-18"),
    ("in july", WEDNESDAY, "2023-07-01", "2023-07-31"),
    ("march 2024", WEDNESDAY, "2024-03-01", "2024-03-31"),
    ("feb 2023", WEDNESDAY, "2023-02-01", "2023-02-28"),
    ("Q1 2024", WEDNESDAY, "2024-01-01", "2024-03-31"),
    ("2024 Q1", WEDNESDAY, "2024-01-01", "2024-03-31"),
    ("q4", WEDNESDAY, "2023-10-01", "2023-12-31"),
    ("h2 2023", WEDNESDAY, "2023-07-01", "2023-12-31"),
    ("2023", WEDNESDAY, "2023-01-01", "2023-12-31"),
    ("week of June 3", WEDNESDAY, "2024-06-03", "2024-06-09"),
    ("week of 2024-06-05", WEDNESDAY, "2024-06-03", "2024-06-09"),
    ("between 10 and 20 april", WEDNESDAY, "2024-04-10", "2024-04-20"),
    ("from 2024-03-01 to 2024-03-15", WEDNESDAY, "2024-03-01", "2024-03-15"),
    ("june 1-7", WEDNESDAY, "2024-06-01", "2024-06-07"),
    ("1 to 7 june", WEDNESDAY, "2024-06-01", "2024-06-07"),
    ("May 28 – June 3", WEDNESDAY, "2024-05-28", "2024-06-03"),
    ("dec 20 to jan 5", WEDNESDAY, "2023-12-20", "2024-01-05"),
    ("between january and march", WEDNESDAY, "2024-01-01", "2024-03-31"),
    ("nov-feb", WEDNESDAY, "2023-11-01", "2024-02-29"),
    ("on feb 14", WEDNESDAY, "2024-02-14", "2024-02-14"),
    ("on feb 29", NEW_YEAR, "2024-02-29", "2024-02-29"),
    ("14.02.2024", WEDNESDAY, "2024-02-14", "2024-02-14"),
    ("since monday", WEDNESDAY, "2024-06-17", "2024-06-18"),
    ("since june 10", WEDNESDAY, "2024-06-10", "2024-06-18"),
    ("last monday", WEDNESDAY, "2024-06-17", "2024-06-17"),
    ("first half of may", WEDNESDAY, "2024-05-01", "2024-05-15"),
    ("until june 10", WEDNESDAY, "2024-01-01", "2024-06-10"),
    ("bis 10. Juni", WEDNESDAY, "2024-01-01", "2024-06-10"),
    ("this year until june 10", WEDNESDAY, "2024-01-01", "2024-06-10"),
    ("in may after may 10", WEDNESDAY, "2024-05-11", "2024-05-31"),
    ("after june 1 and before june 10", WEDNESDAY, "2024-06-02", "2024-06-09"),
    ("between june 3 and yesterday", WEDNESDAY, "2024-06-03", "2024-06-18"),
    ("first two weeks of may", WEDNESDAY, "2024-05-01", "2024-05-14"),
    ("last month of q1", WEDNESDAY, "2024-03-01", "2024-03-31"),
    ("first week of last month", WEDNESDAY, "2024-05-01", "2024-05-07"),
    ("3 days ago", WEDNESDAY, "2024-06-16", "2024-06-16"),
    ("2 weeks ago", WEDNESDAY, "2024-06-03", "2024-06-09"),
    ("all time", WEDNESDAY, "2024-01-01", "2024-06-18"),
]
COMPARISONS: list[tuple[str, date, str, str]] = [
    ("spend march vs feb", WEDNESDAY, "2024-03-01..2024-03-31", "2024-02-01..2024-02-29"),
    ("spend feb 2024 yoy", WEDNESDAY, "2024-02-01..2024-02-29", "2023-02-01..2023-02-28"),
    ("spend jan 2024 vs dec", WEDNESDAY, "2024-01-01..2024-01-31", "2023-12-01..2023-12-31"),
    ("spend last quarter qoq", WEDNESDAY, "2024-01-01..2024-03-31", "2023-10-01..2023-12-31"),
    ("spend mtd vs same days last month", date(2024, 3, 31), "2024-03-01..2024-03-30", "2024-02-01..2024-02-29"),
    ("spend june vs may", WEDNESDAY, "2024-06-01..2024-06-18", "2024-05-01..2024-05-18"),
    ("spend last 7 days vs previous period", WEDNESDAY, "2024-06-12..2024-06-18", "2024-06-05..2024-06-11"),
    ("spend wow", WEDNESDAY, "2024-06-10..2024-06-16", "2024-06-03..2024-06-09"),
    ("spend dod", WEDNESDAY, "2024-06-18..2024-06-18", "2024-06-17..2024-06-17"),
    ("how did spend change from april to may", WEDNESDAY, "2024-05-01..2024-05-31", "2024-04-01..2024-04-30"),
    ("compare april and may spend", WEDNESDAY, "2024-05-01..2024-05-31", "2024-04-01..2024-04-30"),
    ("spend yesterday vs same day last week", WEDNESDAY, "2024-06-18..2024-06-18", "2024-06-11..2024-06-11"),
]


@pytest.mark.parametrize(("phrase", "today", "start", "end"), PHRASES, ids=[f"{p} on {d}" for p, d, _, _ in PHRASES])
def test_a_phrase_means_these_days(ask: Any, phrase: str, today: date, start: str, end: str) -> None:
    planned = ask(f"spend {phrase}", today=today)
    assert [dict(c.args)["period"] for c in planned.calls] == [{"start": start, "end": end}], planned


@pytest.mark.parametrize(("question", "today", "now", "then"), COMPARISONS, ids=[q for q, *_ in COMPARISONS])
def test_a_comparison_sets_these_days_against_those(ask: Any, question: str, today: date, now: str, then: str) -> None:
    (call,) = ask(question, today=today).calls
    told = ["{start}..{end}".format(**call.args[key]) for key in ("period", "baseline")]
    assert (call.name, *told) == ("compare", now, then)


def test_a_week_starts_where_the_setting_says(ask: Any) -> None:
    (call,) = ask("spend last week", today=WEDNESDAY, week_start=6).calls
    assert call.args["period"] == {"start": "2024-06-09", "end": "2024-06-15"}


@pytest.mark.parametrize("phrase", ["today", "july 2024", "2024-06-19", "q3 2024"])
def test_days_that_are_not_over_are_refused_with_the_last_complete_day(ask: Any, phrase: str) -> None:
    assert "last complete day is 2024-06-18" in ask(f"spend {phrase}", today=WEDNESDAY).refused


def test_a_date_that_reads_two_ways_is_asked_about(ask: Any) -> None:
    assert ask("spend on 03/04/2024").clarify.choices == ("2024-03-04", "2024-04-03")
    assert ask("spend on 14/03/2024").calls[0].args["period"]["start"] == "2024-03-14"


def test_three_periods_are_not_compared(ask: Any) -> None:
    assert "two periods at a time" in ask("spend march vs feb vs jan").refused


def test_two_periods_without_a_comparison_are_two_answers(ask: Any) -> None:
    assert [c.args["period"]["start"] for c in ask("spend in march and april").calls] == ["2024-03-01", "2024-04-01"]
    assert [c.args["period"]["end"] for c in ask("spend in march and april together").calls] == ["2024-04-30"]


@pytest.mark.parametrize("phrase", ["as of june 10", "the week before june 10", "2 weeks before june 10"])
def test_a_phrase_that_may_mean_other_days_is_not_answered(ask: Any, phrase: str) -> None:
    assert ask(f"spend {phrase}", today=WEDNESDAY).refused
