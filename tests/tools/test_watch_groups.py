"""Which signals are one matter: held against the binomial distribution and against accounts made for the question."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import binom

from store.incident_values import DayValue
from tools.watch.groups import CHANCE, USUAL, Matter, _fewest, matters
from tools.watch.series import BASES, AccountSeries
from tools.watch.signals import Signal

START, LENGTH = date(2024, 1, 1), 60
DAY = timedelta(days=1)
LAST = START + (LENGTH - 1) * DAY


def account(
    campaigns: int, left: dict[int, float], since: int = LENGTH - 3, size: dict[int, float] | None = None
) -> AccountSeries:
    """Campaigns of 100 conversions a day; from ``since`` on campaign c keeps ``left[c]`` of them."""
    base = {name: np.full((campaigns + 1, LENGTH), 1000.0) for name in BASES}
    conversions = np.full((campaigns, LENGTH), 100.0) * np.array([[(size or {}).get(c, 1.0)] for c in range(campaigns)])
    for c, part in left.items():
        conversions[c, since:] *= part
    base["conversions"] = np.vstack([conversions, conversions.sum(axis=0)])
    days = tuple(START + n * DAY for n in range(LENGTH))
    return AccountSeries((*range(campaigns), None), days, base, dict.fromkeys(BASES, LAST), np.ones(LENGTH))


def signal(
    campaign: int | None, metric: str = "conversions", direction: str = "down", first: date = LAST - 2 * DAY,
    last: date = LAST, value: float | None = None,
) -> Signal:  # fmt: skip
    days = [first + n * DAY for n in range((last - first).days + 1)]
    value = value if value is not None else 30.0 if direction == "down" else 300.0
    listed = tuple(DayValue(campaign, metric, d, value, 100.0, 80.0, 120.0, 1.0) for d in days)
    return Signal(campaign, -1 if campaign is None else campaign, metric, direction, "level_shift", listed)


def whose(found: list[Matter]) -> list[set[int]]:
    return sorted((set(m.campaigns) for m in found), key=sorted)


@pytest.mark.parametrize("campaigns", [2, 4, 12, 16, 60, 300])
def test_so_many_at_once_are_no_coincidence_by_the_binomial_distribution(campaigns: int) -> None:
    fewest = _fewest(campaigns)
    assert binom.sf(fewest - 1, campaigns, USUAL) < CHANCE
    assert fewest == 2 or binom.sf(fewest - 2, campaigns, USUAL) >= CHANCE


def test_campaigns_of_the_same_days_are_one_matter_only_where_chance_would_not_have_it() -> None:
    few, many = range(2), range(5)
    assert whose(matters([signal(c) for c in few], account(16, dict.fromkeys(few, 0.3)))) == [{0}, {1}]
    assert whose(matters([signal(c) for c in many], account(16, dict.fromkeys(many, 0.3)))) == [{0, 1, 2, 3, 4}]


def test_what_moved_by_another_factor_or_days_later_stays_apart() -> None:
    moved = [signal(c) for c in range(4)]
    dearer, later = signal(8, "cpc", "up"), signal(9, first=LAST, last=LAST)
    before = [signal(10, first=LAST - 12 * DAY)]
    found = matters([*moved, dearer, *before], account(16, dict.fromkeys(range(4), 0.3)))
    assert whose(found) == [{0, 1, 2, 3}, {8}, {10}]
    assert whose(matters([*moved, later], account(16, {}))) == [{0, 1, 2, 3, 9}]  # small ones show it days later


def test_one_campaign_shows_one_matter_by_whatever_metric_and_a_later_one_by_another() -> None:
    by_it = [signal(1), signal(1, "cpa", "up"), signal(1, "revenue", first=LAST - DAY), signal(1, "spend", "up", LAST)]
    (one,) = matters(by_it, account(16, {1: 0.3}))
    assert (one.key, set(one.keys)) == ("spend:up", {"spend:up", "conversions:down", "revenue:down", "cpa:up"})
    lasting = signal(1, "cpc", "up", LAST - 20 * DAY)  # three weeks of dear clicks, and now the tag breaks
    assert len(matters([lasting, signal(1)], account(16, {1: 0.3}))) == 2


def test_the_accounts_own_line_is_told_by_the_campaign_that_explains_it() -> None:
    one = account(16, {1: 0.0}, size={1: 4.0})
    found = matters([signal(1), signal(None), signal(None, "cpa", "up")], one)
    assert [(m.campaigns, {s.campaign_id for s in m.signals}) for m in found] == [({1}, {1})]
    assert matters([signal(None)], one, aside={1}) == []  # paused, or kept quiet: nobody tells of it


def test_an_account_that_moves_beyond_its_campaigns_is_a_matter_of_its_own() -> None:
    slow = account(16, dict.fromkeys(range(16), 0.8))
    (alone,) = matters([signal(None)], slow)
    assert (alone.whole, alone.campaigns) == (True, frozenset())
    stopped = signal(3, "spend", "down", LAST - 2 * DAY)
    assert whose(matters([stopped, signal(None)], slow)) == [set(), {3}]
    (both,) = matters([signal(3), signal(None)], slow)  # the one that shows it by itself
    assert (both.whole, both.campaigns) == (True, frozenset({3}))


def test_who_is_hit_a_little_by_what_hits_the_whole_account_shows_it_later() -> None:
    hit = [signal(c, first=LAST - 9 * DAY) for c in range(12)]
    late = [signal(13, "revenue", first=LAST - 2 * DAY), signal(14, "cpa", "up", LAST - DAY)]
    other = signal(15, "clicks", "down", LAST - DAY)
    found = matters([*hit, *late, other], account(16, dict.fromkeys(range(16), 0.3), since=LENGTH - 10))
    assert whose(found) == [{*range(12), 13, 14}, {15}]


def test_campaigns_of_one_cause_move_about_as_far_and_one_that_stopped_has_its_own() -> None:
    of_feed = [signal(c, "spend", value=20.0) for c in range(4)]
    cut, off = signal(8, "spend", value=60.0), signal(9, "spend", value=0.0)
    assert whose(matters([*of_feed, cut, off], account(16, {}))) == [{0, 1, 2, 3}, {8}, {9}]


def test_one_days_revenue_or_ratio_of_a_campaign_is_faint_and_two_days_or_conversions_are_not() -> None:
    def faint(*signals: Signal) -> bool:
        (one,) = matters(signals, account(16, {}))
        return one.faint

    assert faint(signal(1, "revenue", first=LAST), signal(1, "roas", first=LAST))
    assert not faint(signal(1, "revenue", first=LAST - DAY))
    assert not faint(signal(1, "revenue", first=LAST), signal(1, first=LAST))
