"""Promotions are left out in a thread as in a question of its own, and stay out as it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from agent.state import Entity, NamedDays, PlanContext
from tests.agent.planner.test_follow_ups import talk

SALE = NamedDays("promotion", "Spring sale", date(2024, 3, 6), date(2024, 3, 8))
CONTEXT = PlanContext(
    today=date(2024, 7, 1), timezone="UTC", week_start=0, platforms=("google_ads", "meta"),
    campaigns=(Entity("Search", "google_ads", 1, "Acme"), Entity("Social", "meta", 2, "Acme Social")),
    accounts=(Entity("Acme", "google_ads", 1, "Acme"), Entity("Acme Social", "meta", 2, "Acme Social")),
    first_day=date(2024, 1, 1), last_day=date(2024, 6, 30), events=(SALE,),
)  # fmt: skip
FIRST = "google roas march vs feb"
COMPARED = "compare roas 2024-03-01..2024-03-31 vs 2024-02-01..2024-02-29"


@pytest.mark.parametrize("said", ["ex-promo", "ex promo", "and without promotions?"])
def test_promotions_are_left_out_of_what_was_asked_before(told: Callable[..., str], said: str) -> None:
    assert told(talk(CONTEXT, (FIRST, said))) == f"{COMPARED} platforms=google_ads ex 2024-03-06..2024-03-08"


def test_they_stay_left_out_for_the_next_name(told: Callable[..., str]) -> None:
    assert (
        told(talk(CONTEXT, (FIRST, "ex-promo", "and meta?"))) == f"{COMPARED} platforms=meta ex 2024-03-06..2024-03-08"
    )


def test_without_any_in_the_calendar_it_says_how_to_add_one(told: Callable[..., str]) -> None:
    said = told(talk(replace(CONTEXT, events=()), (FIRST, "ex-promo")))
    assert said.startswith("refused: The calendar has no promotion")
