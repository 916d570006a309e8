"""A year of the bigger market moves as accounts do, and each incident does to the figures what its cause would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from statistics import fmean

import numpy as np
import pytest

from emulators.market.incidents import Incident
from emulators.market.large import BudgetEdit, LargeMarket, portfolio, sales
from emulators.market.response import DayFigures

CALM = 40  # days before today on which the tests break something
Rows = dict[tuple[str, date], DayFigures]


@pytest.fixture(scope="module")
def whole() -> LargeMarket:
    return LargeMarket(seed=3, history_days=365)


def by_key(rows: list[DayFigures]) -> Rows:
    return {(r.campaign.name, r.day): r for r in rows}


def two(incident: Incident, days: int = 14) -> tuple[Rows, Rows]:
    """The same days without and with the incident, as they are known a long time after."""
    known = []
    for happens in (False, True):
        market = LargeMarket(seed=5, history_days=80)
        if happens:
            market.inject(incident)
        known.append(by_key(market.rows(incident.start, incident.start + timedelta(days=days - 1))))
    return known[0], known[1]


def since() -> date:
    return LargeMarket(history_days=80).today - timedelta(days=CALM)


def test_two_platforms_have_twenty_eight_campaigns_with_a_budget_each() -> None:
    campaigns, budgets = portfolio()
    assert len({c.id for c in campaigns}) == len({c.name for c in campaigns}) == len(budgets) == 28
    assert {c.platform for c in campaigns} == {"google_ads", "meta"}


def test_a_planned_sale_sells_more_and_the_end_of_november_is_the_peak(whole: LargeMarket) -> None:
    rows = whole.rows(whole.first_day, whole.today - timedelta(days=1))
    black = next(s for s in sales(whole.first_day, whole.today) if s.name == "Black Week")
    revenue = dict.fromkeys({r.day for r in rows}, 0.0)
    for r in rows:
        revenue[r.day] += r.revenue
    inside = fmean(v for d, v in revenue.items() if black.start <= d <= black.end)
    before = fmean(v for d, v in revenue.items() if 8 <= (black.start - d).days <= 28)
    summer = fmean(v for d, v in revenue.items() if d.month == 6)
    assert inside > 1.4 * before
    assert before > 1.05 * summer


def test_counts_scatter_more_than_a_coin_would(whole: LargeMarket) -> None:
    rows = whole.rows(date(2024, 5, 1), date(2024, 6, 30))
    big = ("DE | Search Generic", "DE | Shopping Shoes", "DE | Catalog Shoes", "FR | Search Generic")
    per_weekday = [
        [r.conversions for r in rows if r.campaign.name == name and r.day.weekday() == w]
        for name in big
        for w in range(7)
    ]
    dispersion = fmean(float(np.var(v, ddof=1) / np.mean(v)) for v in per_weekday)
    assert dispersion > 1.2


def test_clicks_found_invalid_are_taken_back_days_later(whole: LargeMarket) -> None:
    market = LargeMarket(seed=3, history_days=30)
    days = market.today - timedelta(days=30), market.today - timedelta(days=1)
    late = LargeMarket(seed=3, history_days=30)
    late.advance(10)
    early = by_key(market.rows(market.today - timedelta(days=2), days[1]))
    final = by_key(late.rows(market.today - timedelta(days=2), days[1]))
    credited = [k for k, r in early.items() if final[k].clicks < r.clicks]
    assert 0 < len(credited) < 10
    assert all(final[k].spend_micros < early[k].spend_micros for k in credited)


def total(rows: Rows, measure: Callable[[DayFigures], float], wanted: Callable[[DayFigures], bool]) -> float:
    return sum(measure(r) for r in rows.values() if wanted(r))


@pytest.mark.parametrize(
    ("kind", "campaign", "measure", "low", "high"),
    [
        ("tracking_break", "DE | Prospecting", lambda r: r.conversions, 0.0, 0.0),
        ("tracking_break", "DE | Prospecting", lambda r: r.clicks, 1.0, 1.0),
        ("cpc_spike", "DE | Search Brand", lambda r: r.spend_micros / r.clicks, 2.2, 2.8),
        ("cpc_spike", "DE | Search Brand", lambda r: r.spend_micros, 1.3, 2.5),
        ("conversion_rate_drop", "DE | Search Generic", lambda r: r.conversions, 0.3, 0.5),
        ("conversion_rate_drop", "DE | Search Generic", lambda r: r.clicks, 1.0, 1.0),
        ("disapproval", "FR | Retargeting", lambda r: r.impressions, 0.0, 0.0),
        ("pause", "FR | Retargeting", lambda r: r.impressions, 0.0, 0.0),
        ("demand_shock", "DE | Shopping Shoes", lambda r: r.clicks, 0.3, 0.5),
        ("promotion", "DE | Search Generic", lambda r: r.conversions, 1.5, 4.0),
        ("feed_break", "DE | Shopping Shoes", lambda r: r.impressions, 0.3, 0.5),
    ],
)
def test_an_incident_does_to_its_campaign_what_its_cause_would_and_nothing_to_others(
    kind: str, campaign: str, measure: Callable[[DayFigures], float], low: float, high: float
) -> None:
    factor = 0.0 if kind == "tracking_break" else 0.4
    a, b = two(Incident(kind, since(), campaign=campaign, factor=factor))  # type: ignore[arg-type]
    ratio = total(b, measure, lambda r: r.campaign.name == campaign) / total(
        a, measure, lambda r: r.campaign.name == campaign
    )
    assert low <= ratio <= high
    assert {k: v for k, v in a.items() if k[0] != campaign} == {k: v for k, v in b.items() if k[0] != campaign}


def test_an_outage_of_tracking_hits_one_platform_and_a_broken_feed_one_category_on_both() -> None:
    a, b = two(Incident("tracking_outage", since(), platform="meta", factor=0.0))
    assert {r.campaign.platform for k, r in b.items() if r != a[k]} == {"meta"}
    a, b = two(Incident("feed_break", since(), category="shoes", factor=0.1))
    changed = {r.campaign.name for k, r in b.items() if r != a[k]}
    assert changed == {f"{c} | {t}" for c in ("DE", "FR", "NL", "AT") for t in ("Shopping Shoes", "Catalog Shoes")}


def test_a_colleagues_hand_on_a_budget_comes_on_its_day_stands_in_the_history_and_makes_bidding_relearn() -> None:
    left, changed = LargeMarket(seed=5, history_days=40), LargeMarket(seed=5, history_days=40)
    day = changed.today + timedelta(days=3)
    spec = next(c for c in changed.campaigns if c.name == "DE | Search Generic")
    changed.meddle(BudgetEdit(day, spec.budget_id, 0.5))
    assert changed.events() == ()
    for market in (left, changed):
        market.advance(30)
    (event,) = changed.events()
    assert (event.new_micros, event.old_micros, event.client) == (450_000_000, 900_000_000, "GOOGLE_ADS_WEB_CLIENT")
    assert event.at.date() == day
    a, b = (by_key(m.rows(day - timedelta(days=3), day + timedelta(days=6))) for m in (left, changed))
    before = [k for k in a if k[1] < day]
    assert all(a[k] == b[k] for k in before)
    spend = [sum(r.spend_micros for k, r in m.items() if k[0] == spec.name and k[1] >= day) for m in (a, b)]
    assert 0.45 < spend[1] / spend[0] < 0.55
    assert changed.mood(spec, day).conversion_rate == pytest.approx(0.9 * left.mood(spec, day).conversion_rate)
    assert changed.mood(spec, day + timedelta(days=7)) == left.mood(spec, day + timedelta(days=7))
    with pytest.raises(ValueError, match="not after today"):
        changed.meddle(BudgetEdit(changed.today, spec.budget_id, 2.0))


def test_an_export_that_stands_still_holds_nothing_new_until_it_moves_again() -> None:
    market = LargeMarket(seed=5, history_days=40)
    first = market.today + timedelta(days=1)
    market.inject(Incident("late_import", first, first + timedelta(days=2), platform="meta"))

    def newest(platform: str) -> int:
        rows = market.exported(platform, market.today - timedelta(days=9), market.today - timedelta(days=1))
        return (market.today - max(r.day for r in rows)).days

    seen = []
    for _ in range(5):
        seen.append((newest("google_ads"), newest("meta")))
        market.advance(1)
    assert seen == [(1, 1), (1, 2), (1, 3), (1, 4), (1, 1)]
