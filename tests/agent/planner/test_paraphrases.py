# ruff: noqa: E501 - one question and its outcome a row
"""Other ways to ask, written before the planner saw them; on Wednesday 2024-06-19."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

OVERVIEW = "spend+conversions+cpa+revenue+roas"
OUTCOMES: dict[str, str] = {
    # Levels
    "Hey team, what's the spend on Google for last month?": "metric spend 2024-05-01..2024-05-31 platforms=google_ads",
    "could you pull facebook's roas for q1 pls": "metric roas 2024-01-01..2024-03-31 platforms=meta",
    "clicks, impressions and ctr of display in april": "metric clicks+impressions+ctr 2024-04-01..2024-04-30 campaigns=Display Network",
    "how expensive was a conversion": "refused: did not understand 'expensive'",
    "total cost past 30 days": "metric spend 2024-05-20..2024-06-18",
    "adwords conv rate yesterday": "metric cvr 2024-06-18..2024-06-18 platforms=google_ads",
    "what did fb cost us in the first half of 2024": "metric spend 2024-01-01..2024-06-18 platforms=meta",
    "sales on 14 Feb": "metric revenue 2024-02-14..2024-02-14",
    "aov on meta, march through may": "metric aov 2024-03-01..2024-05-31 platforms=meta",
    "cost/conv pmax last 14d": "metric cpa 2024-06-05..2024-06-18 campaigns=Cross-network",
    "RETURN ON AD SPEND, GOOGLE, Q1 2024!!!": "metric roas 2024-01-01..2024-03-31 platforms=google_ads",
    "ytd revenue": "metric revenue 2024-01-01..2024-06-18",
    "qtd cpa google ads": "metric cpa 2024-04-01..2024-06-18 platforms=google_ads",
    "what's the cpc been this week": "metric cpc 2024-06-17..2024-06-18",
    "spend last friday": "metric spend 2024-06-14..2024-06-14",
    "purchases from may 20 to june 2": "metric conversions 2024-05-20..2024-06-02",
    "revenue on the 3rd of june": "metric revenue 2024-06-03..2024-06-03",
    "impressions week of 6 may": "metric impressions 2024-05-06..2024-05-12",
    "cpm last 2 weeks": "metric cpm 2024-06-03..2024-06-16",
    "conversions last three months": "metric conversions 2024-03-01..2024-05-31",
    "avg cpc in may": "metric cpc 2024-05-01..2024-05-31",
    "how much per day do we spend on meta this month": "metric spend 2024-06-01..2024-06-18 per_day platforms=meta",
    "performance of search network last month": f"metric {OVERVIEW} 2024-05-01..2024-05-31 campaigns=Search Network",
    "hows it going": f"metric {OVERVIEW} 2024-06-12..2024-06-18",
    "quick recap of may please": f"metric {OVERVIEW} 2024-05-01..2024-05-31",
    "revenue excluding pmax in may": "metric revenue 2024-05-01..2024-05-31 without=Cross-network",
    "cpa w/o display last week": "metric cpa 2024-06-10..2024-06-16 without=Display Network",
    "ctr for youtube and display in march": "breakdown ctr 2024-03-01..2024-03-31 by=campaign campaigns=YouTube+Display Network",
    # Broken down
    "split revenue by channel for april": "breakdown revenue 2024-04-01..2024-04-30 by=platform",
    "spend & roas per campaign, last month": "breakdown spend+roas 2024-05-01..2024-05-31 by=campaign",
    "weekly conversions since april": "breakdown conversions 2024-04-01..2024-06-18 by=week",
    "monthly cpa google 2024": "breakdown cpa 2024-01-01..2024-06-18 by=month platforms=google_ads",
    "cpa by day of week last 90 days": "breakdown cpa 2024-03-21..2024-06-18 by=weekday",
    "day by day spend last week": "breakdown spend 2024-06-10..2024-06-16 by=day",
    "graph of conversions since may": "trend conversions 2024-05-01..2024-06-18 by=week",
    "roas over time in q1": "trend roas 2024-01-01..2024-03-31 by=week",
    "daily cpa chart for last month": "trend cpa 2024-05-01..2024-05-31 by=day",
    # Ranked
    "best campaign by roas in may": "breakdown roas 2024-05-01..2024-05-31 by=campaign order=top limit=1",
    "bottom 2 campaigns by conversion rate q1": "breakdown cvr 2024-01-01..2024-03-31 by=campaign order=worst limit=2",
    "which campaigns had the lowest cpa last month": "breakdown cpa 2024-05-01..2024-05-31 by=campaign order=smallest",
    "on which day did we spend the most in may": "breakdown spend 2024-05-01..2024-05-31 by=day order=largest limit=1",
    "who wasted the most money in q1": "breakdown roas+spend 2024-01-01..2024-03-31 by=campaign order=worst limit=3 min_spend_share",
    "top two campaigns by revenue ytd": "breakdown revenue 2024-01-01..2024-06-18 by=campaign order=top limit=2",
    "most expensive campaign last month": "breakdown cpa 2024-05-01..2024-05-31 by=campaign order=largest limit=1",
    "which month had the highest revenue": "breakdown revenue 2024-01-01..2024-06-18 by=month order=largest limit=1",
    # Compared
    "may against april: revenue and cpa": "compare revenue+cpa 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30",
    "how does this week compare to last week": f"compare {OVERVIEW} 2024-06-17..2024-06-18 vs 2024-06-10..2024-06-11",
    "spend last week vs the week before by campaign": "compare spend 2024-06-10..2024-06-16 vs 2024-06-03..2024-06-09 by=campaign",
    "meta cpa mom": "compare cpa 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30 platforms=meta",
    "did our ctr go up in may?": "compare ctr 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30",
    "last 7 days compared to the previous period": f"compare {OVERVIEW} 2024-06-12..2024-06-18 vs 2024-06-05..2024-06-11",
    "difference in spend between march and april": "compare spend 2024-04-01..2024-04-30 vs 2024-03-01..2024-03-31",
    "q1 2024 vs same period last year revenue": "compare revenue 2024-01-01..2024-03-31 vs 2023-01-01..2023-03-31",
    "yesterday vs same day last week": f"compare {OVERVIEW} 2024-06-18..2024-06-18 vs 2024-06-11..2024-06-11",
    "which campaigns lost the most revenue in may": "compare revenue 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30 by=campaign order=smallest",
    # Explained
    "whats behind the cpa increase last week": "compare cpa 2024-06-10..2024-06-16 vs 2024-06-03..2024-06-09 by=campaign explain",
    "how come google roas fell in april": "compare roas 2024-04-01..2024-04-30 vs 2024-03-01..2024-03-31 by=campaign explain platforms=google_ads",
    "why were conversions down 20% in may vs april": "compare conversions 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30 by=campaign explain",
    # About the figures
    "what does roas mean": "define roas",
    "definition of cvr and aov": "define cvr+aov",
    "is the data up to date": "freshness",
    "when did you last sync": "freshness",
    # Advice with a tool behind it
    "please recommend a budget for acme": "recommend_budget accounts=Acme",
    "what's the best budget split": "recommend_budget",
    "suggest a budget of 2.5k per day": "recommend_budget total=2500.0",
    # Beyond the data
    "spend on linkedin last month": "refused: LinkedIn is not connected",
    "bing cpa q1": "refused: Microsoft is not connected",
    "how did iphone users convert in may": "refused: did not understand|devices",
    "cpa for returning customers": "refused: orders of your shop",
    "roas in germany last month": "refused: nothing labels them",
    "spend per keyword last week": "refused: one row per campaign",
    "will we hit 1m revenue this year": "refused: needs a forecast",
    "remaining budget this month": "refused: plan file",
    "please set the youtube budget to 50": "refused: never changes or approves",
    "stop all meta campaigns": "refused: never changes or approves",
    "revert the last change": "refused: never changes or approves",
    "revenue in pounds last month": "refused: no exchange rates",
    "roas for sneakers in may": "refused: did not understand 'sneakers'",
    "spend last month but not on sundays": "refused: by weekday",
    "cpa at 3pm yesterday": "refused: did not understand '3pm'",
    "spend up to june 10": "metric spend 2024-01-01..2024-06-10",
    "spend on weekdays in may": "refused: by weekday",
    "google q1 vs meta q2 spend": "refused: a period of its own",
    "share of spend on meta last month": "breakdown spend 2024-05-01..2024-05-31 by=platform share platforms=meta",
    "is roas good": "refused: did not understand 'good'",
    "cpa of top 3 campaigns by spend in may": "breakdown spend+cpa 2024-05-01..2024-05-31 by=campaign order=largest limit=3",
    "spend of the best campaign last month": "breakdown roas+spend 2024-05-01..2024-05-31 by=campaign order=top limit=1",
    "compare roas": "compare roas 2024-06-12..2024-06-18 vs 2024-06-05..2024-06-11",
    "Which platform had the higher ROAS in Q1 2024, Google or Meta?": "breakdown roas 2024-01-01..2024-03-31 by=platform platforms=google_ads+meta",
    "was roas better in april or may": "compare roas 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30",
    "What is the total spend across both platforms in 2024?": "metric spend 2024-01-01..2024-06-18",
    "how many campaigns had conversions in may": "breakdown conversions 2024-05-01..2024-05-31 by=campaign",
    "by how many percent did spend grow in may": "compare spend 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30",
    "spend % change may vs april": "compare spend 2024-05-01..2024-05-31 vs 2024-04-01..2024-04-30",
    "share the spend by platform last month": "breakdown spend 2024-05-01..2024-05-31 by=platform",
    "google vs meta share of spend in may": "breakdown spend 2024-05-01..2024-05-31 by=platform share platforms=google_ads+meta",
    "campaigns with spend over 1000 and cpa under 50 in may": "refused: one bound at a time",
    "campaigns with ctr over 1 in may": "refused: is the bound 1%",
    "campaigns with roas >= 3 in may": "refused: above or below one bound",
    "why is cpa above 50": "refused: above or below one bound",
    "what about youtube?": "refused: leans on an earlier question",
}  # fmt: skip


@pytest.mark.parametrize(("question", "outcome"), OUTCOMES.items(), ids=OUTCOMES)
def test_a_paraphrase_comes_to_the_same_as_the_plain_question(
    ask: Any, told: Callable[..., str], question: str, outcome: str
) -> None:
    said = told(ask(question, today=date(2024, 6, 19)))
    if outcome.startswith("refused: "):
        assert said.startswith("refused: "), said
        assert re.search(outcome.removeprefix("refused: "), said)
    else:
        assert said == outcome
