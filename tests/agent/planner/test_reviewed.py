# ruff: noqa: E501 - one question and its outcome a row
"""Questions that were once answered as another question, or refused for a false reason; on Monday 2024-07-01."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

OUTCOMES: dict[str, str] = {
    # What is left out
    "spend in june without youtube and display": "metric spend 2024-06-01..2024-06-30 without=YouTube+Display Network",
    "spend in june without youtube, display": "metric spend 2024-06-01..2024-06-30 without=YouTube+Display Network",
    "roas if you exclude display and youtube in june": "metric roas 2024-06-01..2024-06-30 without=Display Network+YouTube",
    "roas june without meta and youtube": "metric roas 2024-06-01..2024-06-30 platforms=google_ads without=YouTube",
    "everything but youtube cpa in june": "metric cpa 2024-06-01..2024-06-30 without=YouTube",
    "all but meta spend june": "metric spend 2024-06-01..2024-06-30 platforms=google_ads",
    "spend june -youtube": "metric spend 2024-06-01..2024-06-30 without=YouTube",
    # Days left out
    "roas meta march vs feb ex 12 to 18 february": "compare roas 2024-03-01..2024-03-31 vs 2024-02-01..2024-02-29 platforms=meta ex 2024-02-12..2024-02-18",
    "spend q1 without 12-18 feb": "metric spend 2024-01-01..2024-03-31 ex 2024-02-12..2024-02-18",
    "cpa google june excluding last week": "metric cpa 2024-06-01..2024-06-30 platforms=google_ads ex 2024-06-24..2024-06-30",
    "roas feb without 3 feb and 5 feb": "metric roas 2024-02-01..2024-02-29 ex 2024-02-03..2024-02-03 ex 2024-02-05..2024-02-05",
    "revenue of 2023 ex december by month": "breakdown revenue 2023-01-01..2023-12-31 by=month ex 2023-12-01..2023-12-31",
    "spend in june without youtube and without last week": "metric spend 2024-06-01..2024-06-30 without=YouTube ex 2024-06-24..2024-06-30",
    "chart of meta roas in q2 w/o may": "trend roas 2024-04-01..2024-06-30 by=week platforms=meta ex 2024-05-01..2024-05-31",
    "how did we do in march, not counting march 29 to 31": "metric spend+conversions+cpa+revenue+roas 2024-03-01..2024-03-31 ex 2024-03-29..2024-03-31",
    "why did cpa drop in june vs may except june 3": "compare cpa 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign explain ex 2024-06-03..2024-06-03",
    "recommend a budget ex last week": "refused: figures and comparisons only",
    # Parts of a period
    "spend in the last 3 days of may": "metric spend 2024-05-29..2024-05-31",
    "spend last week of may": "metric spend 2024-05-25..2024-05-31",
    "spend last 7 days of march": "metric spend 2024-03-25..2024-03-31",
    "spend last two weeks of may": "metric spend 2024-05-18..2024-05-31",
    "roas last weekend of june": "metric roas 2024-06-29..2024-06-30",
    "roas first weekend of june": "metric roas 2024-06-01..2024-06-02",
    "spend 3 days ago": "metric spend 2024-06-28..2024-06-28",
    "spend after june 20": "metric spend 2024-06-21..2024-06-30",
    "spend until may": "metric spend 2024-01-01..2024-05-31",
    "spend may 3 to june": "metric spend 2024-05-03..2024-06-30",
    "spend december 20 to january 5": "metric spend 2023-12-20..2024-01-05",
    "spend mar '24": "metric spend 2024-03-01..2024-03-31",
    "spend 2024-03": "metric spend 2024-03-01..2024-03-31",
    "spend 03/2024": "metric spend 2024-03-01..2024-03-31",
    "spend 3/2024 to 5/2024": "metric spend 2024-03-01..2024-05-31",
    "spend between march 5 and march 3": "refused: would end .* before it starts",
    "june 9 to june 3 spend": "refused: would end .* before it starts",
    "spend june vs june": "refused: Both sides",
    # Which end of a change: worst and best know whether more is better
    "which campaign had the worst cpa in june vs may": "compare cpa 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign order=worst limit=1",
    "which campaign had the best cpa in june vs may": "compare cpa 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign order=top limit=1",
    "worst roas june vs may": "compare roas 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign order=worst limit=1",
    "which campaigns lost the most revenue in june vs may": "compare revenue 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign order=smallest",
    # Weekdays within a period
    "spend on weekends in June": "refused: weekdays",
    "weekend spend in june": "refused: weekdays",
    "spend weekend vs weekday in june": "refused: weekdays",
    "spend excluding weekends in june": "refused: weekdays",
    "spend on saturdays in june": "refused: weekdays",
    "spend on mondays in may": "refused: weekdays",
    "spend every monday": "refused: weekdays",
    "why is spend lower on weekends": "refused: weekdays",
    "what day of the week has the best roas": "breakdown roas 2024-04-08..2024-06-30 by=weekday order=top limit=1",
    # What is not offered
    "spend by platform and campaign in june": "asked: By which",
    "spend yesterday vs average": "refused: not with an average",
    "conversions in june compared to the average of the previous 3 months": "refused: not with an average",
    "average weekly spend in q2": "refused: averages per day only",
    "average monthly revenue in h1": "refused: averages per day only",
    "running total of spend by day in june": "refused: running totals",
    "ads with the best ctr last month": "refused: one row per campaign",
    "spend by ad": "refused: one row per campaign",
    "top ad campaigns by spend in june": "breakdown spend 2024-06-01..2024-06-30 by=campaign order=largest",
    "spend last -5 days": "refused: whole number",
    "top 0 campaigns": "refused: whole number",
    "top -3 campaigns by spend": "refused: whole number",
    "second worst cpa": "refused: 'second'",
    "campaigns with at least 100 conversions in june": "refused: one bound",
    # Names and figures
    "performance max spend june": "metric spend 2024-06-01..2024-06-30 campaigns=Cross-network",
    "crossnetwork cpa feb": "metric cpa 2024-02-01..2024-02-29 campaigns=Cross-network",
    "spend per conversion by week in may": "breakdown cpa 2024-05-01..2024-05-31 by=week",
    "how much revenue for every dollar spent in june": "metric roas 2024-06-01..2024-06-30",
    "roas in june and cpa in may": "metric roas 2024-06-01..2024-06-30 & metric cpa 2024-05-01..2024-05-31",
    "what was spend in march and roas in april": "metric spend 2024-03-01..2024-03-31 & metric roas 2024-04-01..2024-04-30",
    "spend and roas in june and may": "metric spend+roas 2024-06-01..2024-06-30 & metric spend+roas 2024-05-01..2024-05-31",
    # Names of two kinds side by side
    "spend google ads search network june and meta june": "metric spend 2024-06-01..2024-06-30 platforms=google_ads campaigns=Search Network & metric spend 2024-06-01..2024-06-30 platforms=meta",
    "what's our cpm on meta and youtube last month": "metric cpm 2024-06-01..2024-06-30 campaigns=YouTube & metric cpm 2024-06-01..2024-06-30 platforms=meta",
    "spend on pmax vs search vs meta in june": "breakdown spend 2024-06-01..2024-06-30 by=campaign campaigns=Cross-network+Search Network & metric spend 2024-06-01..2024-06-30 platforms=meta",
    "spend youtube vs meta june vs may": "compare spend 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 campaigns=YouTube & compare spend 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 platforms=meta",
    "best of youtube and meta by roas june": "refused: not one beside the other",
    "spend of youtube on meta in june": "refused: no campaign YouTube in Meta",
    # The accounts' own currency, and a bound on one figure
    "spend in dollars june": "metric spend 2024-06-01..2024-06-30",
    "spend in euros june": "refused: no exchange rates",
    "did we spend more than $100k on google in june?": "metric spend 2024-06-01..2024-06-30 platforms=google_ads",
    # Explained
    "which campaign drove cpa up in june": "compare cpa 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign explain",
    "contribution of each campaign to cpa change june vs may": "compare cpa 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign explain",
    "contribution of each campaign to revenue in june": "breakdown revenue 2024-06-01..2024-06-30 by=campaign share",
    "mix vs rate roas june vs may": "compare roas 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign explain",
    "which campaign contributed most to the revenue drop in june": "compare revenue 2024-06-01..2024-06-30 vs 2024-05-01..2024-05-31 by=campaign explain",
    "change of spend share": "breakdown spend 2024-06-24..2024-06-30 by=campaign share & breakdown spend 2024-06-17..2024-06-23 by=campaign share",
    # Ranked
    "lowest cpc platform in may": "breakdown cpc 2024-05-01..2024-05-31 by=platform order=smallest limit=1",
    "minimum spend day in june": "breakdown spend 2024-06-01..2024-06-30 by=day order=smallest limit=1",
    "lowest roas week in q2": "breakdown roas 2024-04-01..2024-06-30 by=week order=smallest limit=1",
    "which platform has higher ctr last month": "breakdown ctr 2024-06-01..2024-06-30 by=platform",
    "who had more clicks, search or youtube": "breakdown clicks 2024-06-01..2024-06-30 by=campaign campaigns=Search Network+YouTube",
    "rank platforms by cpa in may": "breakdown cpa 2024-05-01..2024-05-31 by=platform order=top limit=10",
    "campaigns ordered by spend": "breakdown spend 2024-06-01..2024-06-30 by=campaign order=largest limit=10",
    "show me campaigns with the best roas": "breakdown roas 2024-06-01..2024-06-30 by=campaign order=top",
    "share of revenue by platform": "breakdown revenue 2024-06-01..2024-06-30 by=platform share",
    # Talk and other tongues
    "spend by platform in june as a table": "breakdown spend 2024-06-01..2024-06-30 by=platform",
    "hi team, quick q - meta cpa last month? thx": "metric cpa 2024-06-01..2024-06-30 platforms=meta",
    "Kosten pro Conversion letzten Monat": "metric cpa 2024-06-01..2024-06-30",
    "Wie hoch war der ROAS im Juni auf Meta?": "metric roas 2024-06-01..2024-06-30 platforms=meta",
    "¿Cuál fue el ROAS de Meta en mayo?": "metric roas 2024-05-01..2024-05-31 platforms=meta",
    "revenue over easter": "refused: depend on the country",
}


@pytest.mark.parametrize(("question", "outcome"), OUTCOMES.items(), ids=OUTCOMES)
def test_a_question_is_answered_as_it_was_asked_or_refused_for_the_true_reason(
    ask: Any, told: Callable[..., str], question: str, outcome: str
) -> None:
    said = told(ask(question))
    kind, _, reason = outcome.partition(": ")
    if kind in ("refused", "asked"):
        assert said.startswith(f"{kind}: ")
        assert re.search(reason, said), said
    else:
        assert said == outcome


@pytest.mark.parametrize("question", ["roas vibe of google in march", "spend flurble june", "cpa pmx last week"])
def test_words_not_understood_are_named_with_one_example_near_the_question(ask: Any, question: str) -> None:
    said = ask(question).refused
    assert re.match(
        r"I did not understand '\w+', and leaving it out would answer another question\. I can answer", said
    )
    example = re.search(r"for example '([^']+)'", said)
    assert example is not None
    assert ask(example[1]).calls


@pytest.mark.parametrize("question", ["roas of Foobar in june", "spend campaign b2c in june", "cpa for summer"])
def test_a_word_that_looks_like_a_name_is_answered_with_the_names_there_are(ask: Any, question: str) -> None:
    assert "The campaigns in the data: Cross-network" in ask(question).refused
