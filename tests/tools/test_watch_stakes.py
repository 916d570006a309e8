"""Money at stake, added up by hand from what the campaigns bring and cost."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from store.incident_values import DayValue
from tools.watch.groups import Matter
from tools.watch.series import BASES, AccountSeries
from tools.watch.signals import Signal
from tools.watch.stakes import money

START, LENGTH = date(2024, 1, 1), 60
HIT = [START + timedelta(days=n) for n in (57, 58, 59)]
CLICKS, CPC, VALUE = [1000.0, 500.0, 300.0], [1.0, 0.5, 2.0], [4.0, 0.6, 0.0]  # the last brings nothing but visits


def account(lost: list[float], revenue: bool = True) -> AccountSeries:
    """Three campaigns; in the last three days campaign c has ``lost[c]`` clicks a day fewer."""
    clicks = np.repeat(np.array(CLICKS)[:, None], LENGTH, axis=1)
    clicks[:, -3:] -= np.array(lost)[:, None]
    values = np.array(VALUE)[:, None] * (1.0 if revenue else np.nan)
    base = {"clicks": clicks, "spend": clicks * np.array(CPC)[:, None], "impressions": clicks * 20,
            "conversions": clicks * 0.05, "revenue": clicks * values}  # fmt: skip
    whole = {name: np.vstack([base[name], base[name].sum(axis=0)]) for name in BASES}
    days = tuple(START + timedelta(days=n) for n in range(LENGTH))
    return AccountSeries((0, 1, 2, None), days, whole, dict.fromkeys(BASES, days[-1]), np.ones(LENGTH))


def matter(made: AccountSeries, *rows: int) -> Matter:
    """Clicks below what is usual in each of the rows."""
    signals = []
    for row in rows:
        values = made.base["clicks"][row]
        listed = tuple(
            DayValue(
                made.campaigns[row], "clicks", d, float(values[(d - START).days]), float(values[0]), None, None, 1.0
            )
            for d in HIT
        )
        signals.append(Signal(made.campaigns[row], row, "clicks", "down", "level_shift", listed))
    return Matter("clicks", "down", tuple(signals))


def test_clicks_are_worth_what_their_own_campaign_makes_of_them_less_what_they_cost() -> None:
    made = account([400.0, 0.0, 0.0])
    at_stake = money(made, matter(made, 0))
    assert at_stake.amount == pytest.approx(3 * 400 * (4.0 - 1.0))
    assert at_stake.how.endswith("less what those clicks usually cost")


def test_an_accounts_clicks_are_priced_by_the_campaigns_that_lost_them() -> None:
    made = account([100.0, 300.0, 0.0])
    assert money(made, matter(made, 3)).amount == pytest.approx(3 * (100 * (4.0 - 1.0) + 300 * (0.6 - 0.5)))
    visits = account([0.0, 0.0, 200.0])  # they cost 2 each and brought nothing: nothing is lost
    assert money(visits, matter(visits, 3)).amount == 0.0


def test_where_no_revenue_is_known_clicks_are_priced_at_what_their_conversions_cost() -> None:
    made = account([400.0, 0.0, 0.0], revenue=False)
    at_stake = money(made, matter(made, 0))
    assert at_stake.amount == pytest.approx(3 * 400 * 0.05 * (1.0 / 0.05))
    assert "at what one usually costs" in at_stake.how
