"""The week and the month: against those before and last year's, by an independent sum; no false difference."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from agent.digest import in_words, make
from tests.tools.conftest import Bench
from tools.digest import Digest

LATER = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def long(make_bench: Callable[..., Bench], generate: Any) -> Bench:
    frame = generate({"Brand": 50, "Generic": 90}, date(2023, 5, 1), date(2024, 7, 20))
    return make_bench({("google_ads", "Shop", "USD"): frame})


def of(bench: Bench, form: str, today: date, *, picture: bool = False) -> Digest:
    return make(
        bench.engine, bench.scope, now=LATER, timezone="UTC", today=today, form=form, picture=picture,  # type: ignore[arg-type]
    )  # fmt: skip


def spend(bench: Bench, first: str, last: str) -> str:
    return f"${bench.sums(first, last).spend:,.2f}"


def figures(made: Digest) -> dict[str, str]:
    return dict(in_words(made)["figures"])


@pytest.mark.parametrize("today", [date(2024, 7, 1), date(2024, 7, 4), date(2024, 7, 7)])
def test_the_week_is_the_last_whole_one_against_the_one_before_and_last_years(long: Bench, today: date) -> None:
    made = of(long, "weekly", today)
    assert (made.window.start, made.window.end) == (date(2024, 6, 24), date(2024, 6, 30))
    said = figures(made)["Spend"]
    assert said.startswith(spend(long, "2024-06-24", "2024-06-30"))
    assert f"against {spend(long, '2024-06-17', '2024-06-23')} of the week before" in said
    assert f"against {spend(long, '2023-06-26', '2023-07-02')} of the same week last year" in said
    assert "against" in figures(made)["ROAS"]  # three weeks of data behind it: every conversion has arrived


def test_the_month_is_the_last_whole_one_against_the_one_before_and_last_years(long: Bench) -> None:
    made = of(long, "monthly", date(2024, 7, 2))
    said = figures(made)["Spend"]
    assert said.startswith(spend(long, "2024-06-01", "2024-06-30"))
    assert f"against {spend(long, '2024-05-01', '2024-05-31')} of the month before" in said
    assert f"against {spend(long, '2023-06-01', '2023-06-30')} of the same month last year" in said
    assert str(in_words(made)["verdict"]).startswith("June 2024: spend ")


def test_without_a_last_year_none_is_told_and_across_a_gap_there_is_no_difference(
    make_bench: Callable[..., Bench], generate: Any
) -> None:
    frame = generate({"Brand": 50}, date(2024, 4, 1), date(2024, 7, 20))
    short = make_bench({("google_ads", "Shop", "USD"): frame[frame["day"] != date(2024, 6, 19)]})
    said = figures(of(short, "weekly", date(2024, 7, 2)))["Spend"]
    assert "no difference: Google Ads (Shop) has no data for 2024-06-19" in said
    assert "last year" not in said
    month = of(short, "monthly", date(2024, 7, 2))
    assert "nothing can be read" in str(in_words(month)["verdict"])  # the 19th lies within it


def test_conversions_of_a_week_that_still_arrive_stand_beside_the_weeks_before_without_a_difference(
    make_bench: Callable[..., Bench], generate: Any
) -> None:
    frame = generate({"Brand": 50}, date(2024, 4, 1), date(2024, 6, 30))
    bench = make_bench({("google_ads", "Shop", "USD"): frame})
    said = figures(of(bench, "weekly", date(2024, 7, 1)))["ROAS"]
    before = bench.sums("2024-06-17", "2024-06-23")
    assert re.fullmatch(rf"\d\.\d\d so far \(the week before {before.revenue / before.spend:.2f}\)", said)


def test_every_figure_of_a_week_and_a_month_is_a_fact(long: Bench) -> None:
    for form in ("weekly", "monthly"):
        made = of(long, form, date(2024, 7, 2))
        text = "\n".join([made.verdict, *(line for _, lines in made.sections() for line in lines), *made.caveats])
        bare = re.sub(r"\{\{f\d+\}\}|\d{4}-\d\d-\d\d|(?:June|July) 2024", "", text)
        assert not re.search(r"\d", bare), bare
        assert re.findall(r"\{\{(f\d+)\}\}", text) == [f.id for f in made.facts]


def test_each_form_has_a_picture_of_its_own(long: Bench) -> None:
    week, month = (of(long, form, date(2024, 7, 2), picture=True).chart for form in ("weekly", "monthly"))
    assert week is not None
    assert month is not None
    assert "; a second line has the same weeks of last year" in week.alt_text
    june, may = spend(long, "2024-06-01", "2024-06-30"), spend(long, "2024-05-01", "2024-05-31")
    assert month.alt_text.endswith(f"June 2024 ends at {june}; May 2024 ends at {may}.")
    assert week.png[:4] == month.png[:4] == b"\x89PNG"


def test_no_heading_speaks_of_a_plan_where_there_is_none(make_bench: Callable[..., Bench], generate: Any) -> None:
    frame = generate({"Brand": 50}, date(2024, 4, 1), date(2024, 6, 30))
    bench = make_bench({("google_ads", "Shop", "USD"): frame})
    headings = [heading for heading, _ in in_words(of(bench, "monthly", date(2024, 7, 1)))["sections"]]
    assert "Conversions that have come in" in headings
    assert "Against the plan" not in headings
