"""The fitted response: right on the real export, right on known curves, silent where it cannot know."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analytics.bootstrap import block_counts
from analytics.errors import BadSeries, Confounded, NotEnoughData
from analytics.response import Experiment, Response, Sibling, borrow, controlled_slope, controls, fit
from analytics.response.carryover import adstocked

FIRST = date(2025, 9, 1).toordinal()


def export(reference_data: Path, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if name == "Meta":
        rows = pd.read_csv(reference_data / "seed_netelixir" / "metaads-performance.csv")
    else:
        rows = pd.read_csv(reference_data / "seed_netelixir" / "googleads-performance.csv")
        rows = rows[rows["Campaign type"] == name]
    days = np.array([date.fromisoformat(d).toordinal() for d in rows["Date"]])
    return rows["Cost"].to_numpy(), rows["Revenue"].to_numpy(), days


def fitted(spend: np.ndarray, outcome: np.ndarray, day: np.ndarray, *, draws: int = 300) -> Response:
    counts = block_counts(int(day[-1] - day[0] + 1), draws, np.random.default_rng(0))
    return fit(spend, outcome, day, counts[:, day - day[0]])


def simulated(
    seed: int, days: int = 180, spread: float = 0.3, scale: float = 900.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Revenue = scale * ln(1 + spend / 200) + weekday + trend + noise, with spend tested in blocks of ten days."""
    rng = np.random.default_rng(seed)
    day = np.arange(FIRST, FIRST + days)
    weekday = np.array([300, 200, 100, 0, -100, -150, 250.0])[(day + 6) % 7]
    blocks = np.repeat(rng.uniform(1 - spread, 1 + spread, size=days // 10 + 1), 10)[:days]
    spend = 400 * blocks * (1 + weekday / 2000) * np.exp(rng.normal(0, 0.02, days))
    revenue = scale * np.log1p(spend / 200) + weekday + np.linspace(0, 300, days) + rng.normal(0, 120, days)
    return spend, np.maximum(revenue, 0), day


def test_the_real_export_gives_the_published_slopes_raw_and_controlled(reference_data):
    spend, revenue, day = export(reference_data, "Search Network")
    raw = controlled_slope(spend, revenue, np.ones((len(day), 1)))
    weekday = controlled_slope(spend, revenue, controls(day, trend=False))
    assert raw.value == pytest.approx(4.70, abs=0.005)
    assert weekday.value == pytest.approx(1.74, abs=0.005)
    assert weekday.standard_error == pytest.approx(0.45, abs=0.005)


def test_weekday_labels_follow_the_calendar_not_the_row_number():
    monday = np.array([date(2024, 7, 1).toordinal()])
    assert controls(monday, trend=False).argmax() == 0
    assert controls(monday + 6, trend=False).argmax() == 6


def test_search_and_cross_network_of_the_real_export_can_be_fitted_and_agree_with_least_squares(reference_data):
    for name in ("Search Network", "Cross-network"):
        spend, revenue, day = export(reference_data, name)
        low, mid, high = fitted(spend, revenue, day).marginal
        straight = controlled_slope(spend, revenue, controls(day))
        assert 0 < low < mid < high
        assert low < straight.value < high


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("Display Network", NotEnoughData, "days"),
        ("YouTube", NotEnoughData, "conversion or revenue"),
        ("Meta", Confounded, "did not follow its spend"),
    ],
)
def test_the_rest_of_the_real_export_is_refused_with_its_reason(reference_data, name, error, words):
    with pytest.raises(error, match=words):
        fitted(*export(reference_data, name))


def test_the_controlled_slope_agrees_with_double_machine_learning(reference_data):
    """An independent oracle: econml's residual-on-residual estimate with linear nuisance models."""
    from econml.dml import LinearDML
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import KFold

    spend, revenue, day = export(reference_data, "Search Network")
    dml = LinearDML(model_y=LinearRegression(), model_t=LinearRegression(), cv=KFold(10, shuffle=True, random_state=0))
    dml.fit(revenue, spend, W=controls(day)[:, 1:])
    ours = controlled_slope(spend, revenue, controls(day))
    assert float(dml.const_marginal_effect().item()) == pytest.approx(ours.value, abs=0.5 * ours.standard_error)


def test_the_interval_holds_the_true_marginal_return_in_most_markets():
    true = 900 / (200 + 400)
    held = 0
    for seed in range(30):
        low, _, high = fitted(*simulated(seed), draws=200).marginal
        held += low <= true <= high
    assert held >= 22, f"a 90 % interval held the truth in {held} of 30"


def test_without_controls_the_weekday_would_be_taken_for_an_effect_of_spend():
    true = 900 / (200 + 400)
    raw, controlled = [], []
    for seed in range(10):
        spend, revenue, day = simulated(seed, spread=0.12)
        raw.append(controlled_slope(spend, revenue, np.ones((len(day), 1))).value)
        controlled.append(controlled_slope(spend, revenue, controls(day)).value)
    assert np.mean(raw) > 1.4 * true
    assert np.mean(controlled) == pytest.approx(true, rel=0.25)


def test_spend_that_hardly_varied_is_refused_and_the_figure_is_named():
    with pytest.raises(NotEnoughData, match=r"hardly varied: .* by \d+ % of its mean"):
        fitted(*simulated(1, spread=0.02))


def test_too_few_days_are_refused_and_the_number_needed_is_named():
    with pytest.raises(NotEnoughData, match="on 40 days with mature figures; 56 are needed"):
        fitted(*simulated(1, days=40))


def test_revenue_that_does_not_follow_spend_is_refused():
    with pytest.raises(Confounded):
        fitted(*simulated(3, scale=0.0))


def test_a_broken_tracking_tag_is_not_learned_from():
    spend, revenue, day = simulated(4)
    revenue[-25:] *= 0.3
    with pytest.raises(Confounded, match=r"fell by .* 2[0-9] mature days ago"):
        fitted(spend, revenue, day)


def test_a_slope_that_hangs_on_how_drift_is_controlled_is_refused():
    rng = np.random.default_rng(0)
    day = np.arange(FIRST, FIRST + 180)
    wave = np.sin(np.linspace(0, 2 * np.pi, 180))  # demand and spend swell together over months
    spend = 400 * (1 + 0.3 * wave) * np.exp(rng.normal(0, 0.05, 180))
    revenue = 2000 + 900 * wave + rng.normal(0, 60, 180)
    with pytest.raises(Confounded, match=r"cannot be told apart|stayed there"):
        fitted(spend, revenue, day)


def test_missing_days_are_left_out_not_counted_as_nothing():
    spend, revenue, day = simulated(5)
    keep = np.random.default_rng(1).random(len(day)) > 0.1
    keep[[0, -1]] = True
    whole, gaps = fitted(spend, revenue, day), fitted(spend[keep], revenue[keep], day[keep])
    assert gaps.days == keep.sum()
    assert whole.marginal[0] < gaps.marginal[1] < whole.marginal[2]


def test_draws_are_concave_increasing_and_start_at_nothing():
    response = fitted(*simulated(6))
    spends = [0.0, 100.0, 300.0, 900.0]
    values = np.array([response.value(s) for s in spends])
    slopes = np.array([response.slope(s) for s in spends])
    assert np.all(values[0] == 0)
    assert np.all(np.diff(values, axis=0) >= 0)
    assert np.all(np.diff(slopes, axis=0) <= 0)
    step = 1e-4
    assert (response.value(300 + step) - response.value(300)) / step == pytest.approx(response.slope(300.0), rel=1e-4)


def test_each_draw_holds_whole_weeks_of_every_weekday():
    counts = block_counts(182, 50, np.random.default_rng(0))
    assert np.all(counts.sum(axis=1) == 182)
    by_weekday = counts.reshape(50, 26, 7).sum(axis=1)
    assert np.all(by_weekday == 26)


def test_a_window_shorter_than_two_blocks_is_refused():
    with pytest.raises(NotEnoughData, match="27 mature days"):
        block_counts(27, 10, np.random.default_rng(0))


def carried(seed: int, share: float, days: int = 182) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As ``simulated``, but a day's spend works on with ``share`` a day."""
    spend, _, day = simulated(seed, days)
    stock = spend.copy()
    for n in range(1, days):
        stock[n] = share * stock[n - 1] + (1 - share) * spend[n]
    weekday = np.array([300, 200, 100, 0, -100, -150, 250.0])[(day + 6) % 7]
    noise = np.random.default_rng(seed + 500).normal(0, 40, days)
    return spend, 900 * np.log1p(stock / 200) + weekday + np.linspace(0, 300, days) + noise, day


def test_carryover_is_found_where_later_days_show_it_and_the_curve_is_that_of_a_lasting_spend():
    found = [fitted(*carried(seed, 0.6), draws=100) for seed in range(6)]
    true = [900 / (200 + r.spend_mean) for r in found]
    assert sum(r.carryover in (0.4, 0.6, 0.8) for r in found) >= 5
    assert np.mean([r.marginal[1] / t for r, t in zip(found, true, strict=True)]) == pytest.approx(1, abs=0.12)


def test_days_that_cannot_tell_carryover_from_none_say_so_and_none_is_claimed():
    found = [fitted(*simulated(seed), draws=60) for seed in range(8)]
    assert sum(r.carryover == 0 for r in found) >= 7
    unsure = [r for r in found if r.carryover_reason]
    assert all("cannot tell" in r.carryover_reason for r in unsure)


def test_adstock_goes_by_the_calendar_over_days_that_are_missing():
    day = np.array([0, 1, 2, 5, 6])
    whole = adstocked(np.full(5, 10.0), day, 0.5)
    assert whole == pytest.approx(np.full(5, 10.0))
    burst = adstocked(np.array([0.0, 0, 100, 0, 0]), day, 0.5)
    assert burst[2] > burst[3] > burst[4] > 0


def test_special_days_do_not_pass_for_an_effect_of_spend():
    rng = np.random.default_rng(2)
    plain, special = [], []
    for seed in range(5):
        spend, revenue, day = simulated(seed, spread=0.25)
        marked = np.isin(np.arange(len(day)) // 5, rng.choice(len(day) // 5, 6, replace=False)).astype(float)
        spend, revenue = spend * (1 + 0.4 * marked), revenue + 900 * marked  # sales: more spent, more bought anyway
        counts = block_counts(len(day), 100, np.random.default_rng(0))
        plain.append(fit(spend, revenue, day, counts).marginal[1])
        special.append(fit(spend, revenue, day, counts, beside=marked[:, None]).marginal[1])
    true = 900 / (200 + 400)
    assert np.mean(plain) > 1.5 * true
    assert np.mean(special) == pytest.approx(true, rel=0.3)


def geo_test(spend: np.ndarray, day: np.ndarray, incremental: float, width: float) -> Experiment:
    window = slice(60, 88)
    return Experiment(
        "geo test", int(day[60]), int(day[87]), float(spend[window].sum()), incremental, incremental * (1 - width),
        incremental * (1 + width), 0.9,
    )  # fmt: skip


def test_an_experiment_calibrates_a_curve_and_narrows_its_range():
    held, narrowed = 0, 0
    for seed in range(8, 13):
        spend, revenue, day = simulated(seed, spread=0.25)
        true = float((900 * np.log1p(spend[60:88] / 200)).sum())
        counts = block_counts(len(day), 100, np.random.default_rng(0))
        experiment = geo_test(spend, day, true, 0.08)
        alone = fit(spend, revenue, day, counts)
        found = fit(spend, revenue, day, counts, experiments=[experiment], rng=np.random.default_rng(1))
        assert found.calibrated == ("geo test",)
        ranges = [np.quantile(r.value(400.0), [0.05, 0.95]) for r in (alone, found)]
        narrowed += np.ptp(ranges[1]) < 0.7 * np.ptp(ranges[0])
        held += ranges[1][0] <= 900 * np.log1p(400 / 200) <= ranges[1][1]
    assert narrowed == 5
    assert held >= 4


def test_where_days_cannot_tell_a_curve_rests_on_the_experiment_and_says_so():
    spend, revenue, day = simulated(1, spread=0.02)
    true = float((900 * np.log1p(spend[60:88] / 200)).sum())
    counts = block_counts(len(day), 200, np.random.default_rng(0))
    found = fit(
        spend, revenue, day, counts, experiments=[geo_test(spend, day, true, 0.1)], rng=np.random.default_rng(1)
    )
    assert "hardly varied" in found.days_reason
    low, _, high = found.marginal
    assert low <= 900 / (200 + 400) <= high
    assert high > 1.5 * low, "how soon it bends nobody knows"


def test_an_experiment_on_more_than_was_spent_is_refused():
    spend, revenue, day = simulated(2)
    counts = block_counts(len(day), 20, np.random.default_rng(0))
    too_much = Experiment("geo", int(day[60]), int(day[87]), 10 * float(spend.sum()), 5.0, 4.0, 6.0, 0.9)
    with pytest.raises(BadSeries, match="the figures have"):
        fit(spend, revenue, day, counts, experiments=[too_much])


def siblings(seed: int) -> list[Sibling]:
    found = []
    for n, scale in enumerate((500.0, 800.0, 1100.0, 1400.0)):
        spend, revenue, day = simulated(10 * seed + n, scale=scale)
        found.append(Sibling(fitted(spend, revenue, day, draws=150), float(revenue.mean())))
    return found


def test_a_thin_campaign_is_judged_with_its_siblings_and_its_range_is_honest_and_wide():
    held, wider = 0, 0
    for seed in range(6):
        known = siblings(seed)
        spend, revenue, day = simulated(100 + seed, days=35)
        with pytest.raises(NotEnoughData):
            fitted(spend, revenue, day)
        thin = borrow(spend, revenue, day, known, np.random.default_rng(seed))
        low, mid, high = thin.marginal
        held += low <= 900 / (200 + 400) <= high
        wide = np.median([(s.response.marginal[2] - s.response.marginal[0]) / s.response.marginal[1] for s in known])
        wider += (high - low) / mid > wide * 0.8
        assert 0 < thin.borrowed <= 1
    assert held >= 5
    assert wider >= 4


def test_too_few_siblings_or_days_lend_nothing():
    known = siblings(1)
    spend, revenue, day = simulated(3, days=35)
    with pytest.raises(NotEnoughData, match="2 siblings"):
        borrow(spend, revenue, day, known[:2], np.random.default_rng(0))
    with pytest.raises(NotEnoughData, match="10 days of its own"):
        borrow(spend[:10], revenue[:10], day[:10], known, np.random.default_rng(0))
