# ruff: noqa: E501 - one question and its outcome a row
"""What happens to each way people ask: answered by which tool with what, asked back, or refused and why."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

JULY_1, JUNE_19 = date(2024, 7, 1), date(2024, 6, 19)
STANDARD = ["spend", "conversions", "cpa", "revenue", "roas"]
MARCH, MAY, JUNE = ("2024-03-01", "2024-03-31"), ("2024-05-01", "2024-05-31"), ("2024-06-01", "2024-06-30")
LAST_WEEK, WEEK_BEFORE = ("2024-06-24", "2024-06-30"), ("2024-06-17", "2024-06-23")
Q1, Q2 = ("2024-01-01", "2024-03-31"), ("2024-04-01", "2024-06-30")


def days(period: tuple[str, str]) -> dict[str, str]:
    return {"start": period[0], "end": period[1]}


def call(name: str, period: tuple[str, str] | None = None, against: tuple[str, str] | None = None, **args: Any) -> Any:
    """The expected call, written short."""
    times = ({"period": days(period)} if period else {}) | ({"baseline": days(against)} if against else {})
    return name, {**times, **args}


ANSWERED: list[tuple[str, date, Any]] = [
    # What the spine has to show
    ("What was ROAS on Google Ads in March 2024?", JULY_1, call("metric", MARCH, metrics=["roas"], platforms=["google_ads"])),
    ("Spend by platform in Q1 2024", JULY_1, call("breakdown", Q1, metrics=["spend"], by="platform")),
    ("how much did we spend on meta last month", JULY_1, call("metric", JUNE, metrics=["spend"], platforms=["meta"])),
    ("Which campaign had the worst CPA last month?", JULY_1, call("breakdown", JUNE, metrics=["cpa"], by="campaign", order="worst", limit=1)),
    ("Why did CPA change in June compared with May?", JULY_1, call("compare", JUNE, MAY, metrics=["cpa"], by="campaign", explain=True)),
    ("Compare Meta and Google conversions in May 2024", JULY_1, call("breakdown", MAY, metrics=["conversions"], by="platform", platforms=["meta", "google_ads"])),
    ("cost per conversion of search network, last 7 days", JULY_1, call("metric", LAST_WEEK, metrics=["cpa"], campaigns=["Search Network"])),
    ("how did we do last wk vs wk before", JULY_1, call("compare", LAST_WEEK, WEEK_BEFORE, metrics=STANDARD)),
    ("june roas vs LY", JULY_1, call("compare", JUNE, ("2023-06-01", "2023-06-30"), metrics=["roas"])),
    ("cpa display q1", JULY_1, call("metric", Q1, metrics=["cpa"], campaigns=["Display Network"])),
    # Lookups
    ("roas google last wk?", JULY_1, call("metric", LAST_WEEK, metrics=["roas"], platforms=["google_ads"])),
    ("morning, how'd we do yday", JULY_1, call("metric", ("2024-06-30", "2024-06-30"), metrics=STANDARD)),
    ("spend mtd", JUNE_19, call("metric", ("2024-06-01", "2024-06-18"), metrics=["spend"])),
    ("meta cpa L30D", JULY_1, call("metric", JUNE, metrics=["cpa"], platforms=["meta"])),
    ("what was our ctr on youtube in q2", JULY_1, call("metric", Q2, metrics=["ctr"], campaigns=["YouTube"])),
    ("how many convs did pmax get between 10 and 20 april", JULY_1, call("metric", ("2024-04-10", "2024-04-20"), metrics=["conversions"], campaigns=["Cross-network"])),
    ("cpm by platform this month", JUNE_19, call("breakdown", ("2024-06-01", "2024-06-18"), metrics=["cpm"], by="platform")),
    ("total revenue h1 2024", JULY_1, call("metric", ("2024-01-01", "2024-06-30"), metrics=["revenue"])),
    ("clicks last weekend", JULY_1, call("metric", ("2024-06-29", "2024-06-30"), metrics=["clicks"])),
    ("avg daily spend on search in june", JULY_1, call("metric", JUNE, metrics=["spend"], campaigns=["Search Network"], per_day=True)),
    # Comparing
    ("march vs feb", JULY_1, call("compare", MARCH, ("2024-02-01", "2024-02-29"), metrics=STANDARD)),
    ("wow?", JULY_1, call("compare", LAST_WEEK, WEEK_BEFORE, metrics=STANDARD)),
    ("this month so far vs same days last month", JUNE_19, call("compare", ("2024-06-01", "2024-06-18"), ("2024-05-01", "2024-05-18"), metrics=STANDARD)),
    ("google vs meta cpa in may", JULY_1, call("breakdown", MAY, metrics=["cpa"], by="platform", platforms=["google_ads", "meta"])),
    ("q2 vs q1 revenue by campaign", JULY_1, call("compare", Q2, Q1, metrics=["revenue"], by="campaign")),
    ("june yoy", JULY_1, call("compare", JUNE, ("2023-06-01", "2023-06-30"), metrics=STANDARD)),
    # Ranking
    ("top 3 campaigns by roas last 30 days", JULY_1, call("breakdown", JUNE, metrics=["roas"], by="campaign", order="top", limit=3)),
    ("worst cpa this month", JUNE_19, call("breakdown", ("2024-06-01", "2024-06-18"), metrics=["cpa"], by="campaign", order="worst", limit=1)),
    ("who's burning money", JULY_1, call("breakdown", JUNE, metrics=["roas", "spend"], by="campaign", order="worst", limit=3, min_spend_share=0.01)),
    ("which campaign grew most in june", JULY_1, call("compare", JUNE, MAY, metrics=["revenue"], by="campaign", order="largest", limit=1)),
    # Why
    ("cpa +30% wow on pmax, what changed?", JULY_1, call("compare", LAST_WEEK, WEEK_BEFORE, metrics=["cpa"], by="campaign", explain=True, campaigns=["Cross-network"])),
    ("why is revenue down since monday", JUNE_19, call("compare", ("2024-06-17", "2024-06-18"), ("2024-06-10", "2024-06-11"), metrics=["revenue"], by="campaign", explain=True)),
    ("what drove the jump on feb 14", JULY_1, call("compare", ("2024-02-14", "2024-02-14"), ("2024-02-07", "2024-02-07"), metrics=["revenue"], by="campaign", explain=True)),
    # Money, and moving it
    ("break-even roas at 40% margin", JULY_1, call("profit", margin=0.4)),
    ("did google make money in june at 35% margin?", JULY_1, call("profit", JUNE, margin=0.35, platforms=["google_ads"])),
    ("are we profitable on meta in may at 30%", JULY_1, call("profit", MAY, margin=0.3, platforms=["meta"])),
    ("profit by campaign june at 35% margin", JULY_1, call("profit", JUNE, margin=0.35, by="campaign")),
    ("did we lose money on youtube last week", JULY_1, call("profit", LAST_WEEK, campaigns=["YouTube"])),
    ("what if i move 5k from meta to search", JULY_1, call("what_if", amount=5000.0, source={"platform": "meta"}, target={"campaign": "Search Network"})),
    ("meta roas is 31, move 20k a month from google to meta?", JULY_1, call("what_if", amount=20000.0, per="month", source={"platform": "google_ads"}, target={"platform": "meta"})),
    ("should we shift 500 a week from search to youtube", JULY_1, call("what_if", amount=500.0, per="week", source={"campaign": "Search Network"}, target={"campaign": "YouTube"})),
    ("cut 15% with least damage", JULY_1, call("what_if", change=-0.15)),
    ("Cut 15 % with the least loss", JULY_1, call("what_if", change=-0.15)),
    ("what happens if we cut 15 %?", JULY_1, call("what_if", change=-0.15)),
    ("what if we raise the budget by 20%", JULY_1, call("what_if", change=0.2)),
    ("what if we cut youtube by 30%", JULY_1, call("what_if", change=-0.3, campaigns=["YouTube"])),
    ("what if we spend 10% less on google", JULY_1, call("what_if", change=-0.1, platforms=["google_ads"])),
    ("get cpa under 30", JULY_1, call("what_if", aim="target_cpa", target_value=30.0)),
    ("Get ROAS to 4", JULY_1, call("what_if", aim="target_roas", target_value=4.0)),
    ("how do we get cpa down to €25 on google?", JULY_1, call("what_if", aim="target_cpa", target_value=25.0, platforms=["google_ads"])),
    ("where should the next 5,000 go?", JULY_1, call("what_if", amount=5000.0)),
    ("where should we put the next 5k a month", JULY_1, call("what_if", amount=5000.0, per="month")),
    ("where should i spend 200 a day more", JULY_1, call("what_if", amount=200.0, per="day")),
    ("compare +10 % and -10 %", JULY_1, call("what_if", totals=[0.1, -0.1])),
    ("same results for less", JULY_1, call("what_if", aim="same_for_less")),
    ("show me the budget scenarios", JULY_1, call("what_if")),
    # The plan, with budgets in the question
    ("where do we land, finance gave 180k google / 60k meta", JUNE_19, call("pacing", about="landing", said=[{"platform": "google_ads", "amount": 180000.0}, {"platform": "meta", "amount": 60000.0}])),
    ("are we on track with google 180k and meta 60k", JUNE_19, call("pacing", about="track", said=[{"platform": "google_ads", "amount": 180000.0}, {"platform": "meta", "amount": 60000.0}])),
    ("where do we land, the budget is 240k", JUNE_19, call("pacing", about="landing", said=[{"platform": "", "amount": 240000.0}])),
    # Trust
    ("can i trust this?", JULY_1, call("freshness")),
    ("how fresh is this", JULY_1, call("freshness")),
    ("how do you compute roas", JULY_1, call("define", metrics=["roas"])),
    # Typos and tongues
    ("conversoins for serch last moth", JULY_1, call("metric", JUNE, metrics=["conversions"], campaigns=["Search Network"])),
    ("Ausgaben letzte Woche nach Plattform", JULY_1, call("breakdown", LAST_WEEK, metrics=["spend"], by="platform")),
    ("¿cuánto gastamos ayer en Google?", JULY_1, call("metric", ("2024-06-30", "2024-06-30"), metrics=["spend"], platforms=["google_ads"])),
]  # fmt: skip

REFUSED: list[tuple[str, str]] = [
    # A month on its first day
    ("spend mtd", "no complete day yet"),
    ("spend today", "no complete day yet .* last complete day is 2024-06-30"),
    # Trust
    ("last 3 days always look bad in google", "keep arriving"),
    ("why's meta's number different from shopify", "orders of your shop"),
    # Plan
    ("are we on track", "plan file"),
    ("where do we land by week", "in total"),
    ("how much can we still spend this month", "plan file"),
    ("behind or ahead of plan per pool", "plan file"),
    # What if
    ("got 20k extra till the 30th, where w/o killing roas 4, and what's the downside", "needs a forecast"),
    # Money
    ("are we making money after cogs and returns", "orders of your shop"),
    ("ncac last month", "orders of your shop"),
    # Labels
    ("without brand", "nothing labels them"),
    ("DE vs AT", "nothing labels them"),
    ("prospecting only", "nothing labels them"),
    ("by category", "nothing labels them"),
    # Follow-ups
    ("and meta?", "leans on an earlier question"),
    ("by week", "leans on an earlier question"),
    ("as a chart", "leans on an earlier question"),
    ("ex that week", "leans on an earlier question"),
    ("vs ly", "leans on an earlier question"),
    ("why?", "leans on an earlier question"),
    ("same for may", "leans on an earlier question"),
    ("in eur", "no exchange rates"),
    ("just the number", "leans on an earlier question"),
    # Actions
    ("raise brand to 300", "never changes or approves"),
    ("pause the losers", "never changes or approves"),
    ("approve it", "never changes or approves"),
    ("undo yesterday's change", "never changes or approves"),
    ("don't touch anything till monday", "never changes or approves"),
    # Beyond the data
    ("what will our competitor do", "nothing on competitors"),
    ("reach on meta in may", "does not add up"),
    ("how many people saw our ads", "does not add up"),
    ("make me a slide", "no slides"),
]


@pytest.mark.parametrize(("question", "today", "expected"), ANSWERED, ids=[q for q, _, _ in ANSWERED])
def test_a_question_is_answered_with_exactly_this_call(ask: Any, question: str, today: date, expected: Any) -> None:
    planned = ask(question, today=today)
    assert [(c.name, dict(c.args)) for c in planned.calls] == [expected], planned


@pytest.mark.parametrize(("question", "reason"), REFUSED, ids=[q for q, _ in REFUSED])
def test_a_question_beyond_the_data_is_refused_with_the_reason(ask: Any, question: str, reason: str) -> None:
    planned = ask(question)
    assert planned.refused is not None, planned
    assert re.search(reason, planned.refused)


def test_a_guess_is_told(ask: Any) -> None:
    assert ask("how many convs did pmax get in may").notes == ("'pmax' is read as the campaign Cross-network.",)
    assert ask("roas google?").notes == ("No period was named: the last 30 days, 2024-06-01 to 2024-06-30.",)
    assert "'serch' is read as 'search'." in ask("clicks serch june").notes
    assert ask("what drove the jump on feb 14").notes == (
        "Compared with the same weekday a week earlier.",
        "No figure was named: revenue.",
    )


def test_only_a_question_understood_to_the_word_needs_no_model(ask: Any) -> None:
    assert ask("roas google last week").exact
    assert not ask("conversoins last week").exact
    assert not ask("roas shoes last week").exact
