"""The media mix: the designed truth is found, the arithmetic agrees with slow ways of doing it, ignorance is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares, nnls

from analytics.errors import BadSeries, NotEnoughData
from analytics.mediamix import SATURATIONS, Lift, MediaMix, Series, adstock, media_mix, saturation
from analytics.mediamix.fit import fit
from analytics.mediamix.solve import nonnegative
from analytics.pooling import shrink

MONDAY = date(2022, 1, 3).toordinal()


def example(reference_data: Path) -> Series:
    rows = pd.read_csv(reference_data / "mmm_pymc_marketing" / "mmm_example.csv")
    day = np.array([date.fromisoformat(d).toordinal() for d in rows["date_week"]])
    return Series(
        "week", day, rows["y"].to_numpy(float), rows[["x1", "x2"]].to_numpy(float), ("x1", "x2"),
        rows[["event_1", "event_2"]].to_numpy(float), ("event_1", "event_2"),
    )  # fmt: skip


def simulated(seed: int = 0, n: int = 150, noise: float = 0.05) -> tuple[Series, np.ndarray]:
    """Three channels of known curves over a season; and each one's true marginal return at recent spend."""
    rng = np.random.default_rng(seed)
    day = MONDAY + 7 * np.arange(n)
    alpha, lam, beta = np.array([0.3, 0.5, 0.2]), np.array([2.0, 3.0, 1.5]), np.array([900.0, 700.0, 1200.0])
    spend = np.repeat(rng.uniform(50, 600, (n // 4 + 1, 3)), 4, axis=0)[:n] * np.exp(rng.normal(0, 0.1, (n, 3)))
    u = spend / spend.max(axis=0)
    outcome = 3000 + 300 * np.sin(2 * np.pi * day / 365.25)
    for c in range(3):
        carried = np.convolve(u[:, c], alpha[c] ** np.arange(8) / (alpha[c] ** np.arange(8)).sum())[:n]
        outcome = outcome + beta[c] * np.tanh(lam[c] * carried / 2)
    outcome = outcome + rng.normal(0, noise * outcome.mean(), n)
    recent = u[-13:].mean(axis=0)
    true = beta * lam / 2 / np.cosh(lam * recent / 2) ** 2 / spend.max(axis=0)
    return Series("week", day, outcome, spend, ("tv", "search", "radio"), np.empty((n, 0))), true


def mixed(series: Series, **more: object) -> MediaMix:
    return media_mix(series, np.random.default_rng(0), **{"draws": 60, **more})  # type: ignore[arg-type]


def test_the_designed_truth_is_found_closer_than_by_free_least_squares_and_lies_in_every_interval(reference_data):
    mix = mixed(example(reference_data), draws=300)
    truth = {"x1": (0.4, 4.0, 3000.0), "x2": (0.2, 3.0, 2000.0)}
    free = {"x1": (0.389, 4.07), "x2": (0.176, 3.53)}
    for channel in mix.channels:
        found = (channel.adstock["alpha"], channel.saturation["lam"])
        for estimate, true, theirs in zip(found, truth[channel.name], free[channel.name], strict=False):
            assert abs(estimate.value - true) <= abs(theirs - true)
            assert estimate.low <= true <= estimate.high
        low, high = np.quantile(channel.beta, [0.05, 0.95])
        assert low <= truth[channel.name][2] <= high
    assert mix.quality.later.error < mix.quality.later.controls_error / 2


def test_marginal_returns_of_known_curves_lie_in_their_intervals():
    held = 0
    for seed in range(3):
        series, true = simulated(seed)
        held += sum(
            c.marginal_roas.low <= t <= c.marginal_roas.high for c, t in zip(mixed(series).channels, true, strict=True)
        )
    assert held >= 7, f"{held} of 9"


def test_the_fit_is_no_worse_than_a_general_solver_from_the_truth_itself(reference_data):
    """An independent oracle: scipy's bounded least squares over every parameter at once, with no pull."""
    series = example(reference_data)
    fitted = fit(series, np.random.default_rng(0), draws=2)
    columns, outcome = fitted.design.columns / np.linalg.norm(fitted.design.columns, axis=0), fitted.outcome

    def left(p: np.ndarray) -> np.ndarray:
        media = np.zeros(len(outcome))
        for c in range(2):
            raw = p[c] ** np.arange(8)
            carried = np.convolve(series.spend[:, c] / series.spend[:, c].max(), raw / raw.sum())[: len(series.day)][7:]
            media += p[4 + c] * np.tanh(p[2 + c] * carried / 2)
        return outcome - media - columns @ p[6:]

    start = np.concatenate([[0.4, 0.2, 4, 3, 3000 / fitted.unit, 2000 / fitted.unit], np.zeros(columns.shape[1])])
    low = np.concatenate([[0, 0, 0.1, 0.1, 0, 0], np.full(columns.shape[1], -np.inf)])
    high = np.concatenate([[0.95, 0.95, 30, 30, np.inf, np.inf], np.full(columns.shape[1], np.inf)])
    oracle = least_squares(left, start, bounds=(low, high), xtol=1e-10, ftol=1e-10)
    assert float(fitted.point.loss[0]) <= 2 * oracle.cost * 1.02  # the pull costs it a little of the fit
    assert fitted.problem.shapes(fitted.point.theta)[0, :, 0] == pytest.approx(oracle.x[:2], abs=0.02)


@pytest.mark.parametrize("family", ["geometric", "delayed", "weibull_pdf", "weibull_cdf", "none"])
def test_carryover_keeps_a_steady_spend_as_it_is_and_agrees_with_a_loop(family):
    shape = np.array([p.usual for p in adstock.parameters(family, 8)])
    weights = adstock.weights(family, shape, 8)
    assert weights.sum() == pytest.approx(1.0)
    spend = np.random.default_rng(0).uniform(0, 5, 30)
    fast = adstock.lagged(spend, 8) @ weights
    slow = [sum(weights[k] * spend[t - k] for k in range(8)) for t in range(7, 30)]
    assert fast == pytest.approx(slow)


def test_the_kernels_are_those_of_pymc_marketing():
    lags = np.arange(5)
    assert adstock.weights("geometric", np.array([0.5]), 5) == pytest.approx(0.5**lags / (0.5**lags).sum())
    delayed = 0.5 ** ((lags - 2) ** 2)
    assert adstock.weights("delayed", np.array([0.5, 2.0]), 5) == pytest.approx(delayed / delayed.sum())
    alive = np.exp(-((np.arange(1, 5) / 2.0) ** 1.5))
    cumulative = np.cumprod(np.concatenate([[1.0], alive]))
    assert adstock.weights("weibull_cdf", np.array([2.0, 1.5]), 5) == pytest.approx(cumulative / cumulative.sum())


@given(st.sampled_from(SATURATIONS), st.floats(0.05, 1.5), st.floats(0.5, 3.0))
@settings(max_examples=60, deadline=None)
def test_the_slope_of_a_curve_is_its_derivative(family, u, first):
    shape = np.clip(
        np.array([first, 1.3])[: len(saturation.parameters(family))],
        [p.low for p in saturation.parameters(family)],
        [p.high for p in saturation.parameters(family)],
    )
    h = 1e-6
    around = saturation.value(family, shape, np.array([u - h, u + h]))
    assert saturation.slope(family, shape, np.array([u]))[0] == pytest.approx(
        (around[1] - around[0]) / (2 * h), rel=1e-4
    )


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_coefficients_from_normal_equations_agree_with_the_textbook_solver(seed):
    rng = np.random.default_rng(seed)
    rows, wanted = rng.normal(size=(4, 30)) + 0.5, rng.normal(size=30)
    ours = nonnegative((rows @ rows.T)[None], (rows @ wanted)[None])[0]
    assert ours == pytest.approx(nnls(rows.T, wanted)[0], abs=1e-5)


def test_roas_counts_what_the_spend_brings_after_the_figures_end_and_nothing_from_before_them():
    series, _ = simulated(1)
    for at, channel in enumerate(mixed(series, draws=50).channels):
        alpha, lam = channel.adstock["alpha"].value, channel.saturation["lam"].value
        spend = np.concatenate([series.spend[:, at], np.zeros(7)]) / series.spend[:, at].max()
        before = np.where(np.arange(len(spend)) < 7, spend, 0.0)
        kernel = alpha ** np.arange(8) / (alpha ** np.arange(8)).sum()
        worked, anyway = (np.tanh(lam / 2 * np.convolve(x, kernel)[: len(x)])[7:] for x in (spend, before))
        beta = channel.contribution.value / worked[:-7].sum()
        assert channel.roas.value * channel.spend == pytest.approx(beta * (worked - anyway).sum(), rel=1e-6)


def test_baseline_and_contributions_add_up_to_what_was_fitted():
    mix = mixed(simulated(2)[0])
    assert mix.baseline + mix.contributions.sum(axis=0) == pytest.approx(mix.fitted)
    for at, channel in enumerate(mix.channels):
        assert channel.contribution.value == pytest.approx(mix.contributions[at].sum())


def test_another_currency_changes_the_money_and_nothing_else():
    series, _ = simulated(3)
    yen = mixed(replace(series, spend=series.spend * 160))
    for ours, theirs in zip(mixed(series).channels, yen.channels, strict=True):
        assert theirs.marginal_roas.value * 160 == pytest.approx(ours.marginal_roas.value, rel=1e-6)
        assert theirs.adstock["alpha"].value == pytest.approx(ours.adstock["alpha"].value, rel=1e-6)


def test_a_channel_whose_spend_never_varied_is_unknown_and_the_others_are_answered():
    series, _ = simulated(4)
    spend = np.column_stack([series.spend, np.full(len(series.day), 200.0), np.zeros(len(series.day))])
    mix = mixed(replace(series, spend=spend, channels=(*series.channels, "flat", "never")))
    flat, never = mix.channels[3], mix.channels[4]
    assert flat.roas is None
    assert flat.marginal_roas is None
    assert "hardly varied" in flat.reason
    assert never.roas is None
    assert never.reason == "nothing was spent on it"
    assert all(c.roas is not None for c in mix.channels[:3])
    assert {c.channel for c in mix.checks if c.check == "constant_spend" and not c.ok} == {"flat", "never"}


def test_a_channel_without_effect_is_not_given_a_return_of_zero():
    series, _ = simulated(5)
    rng = np.random.default_rng(5)
    against = rng.uniform(0, 500, len(series.day))
    outcome = series.outcome - 0.8 * against
    mix = mixed(replace(series, spend=np.column_stack([series.spend, against]), outcome=outcome,
                        channels=(*series.channels, "useless")))  # fmt: skip
    useless = mix.channels[3]
    assert useless.roas.value is None
    assert useless.marginal_roas.value is None
    assert "no positive effect" in useless.reason
    assert useless.roas.high >= 0


def test_nothing_spent_lately_has_no_marginal_return():
    series, _ = simulated(6)
    spend = series.spend.copy()
    spend[-13:, 1] = 0
    search = mixed(replace(series, spend=spend)).channels[1]
    assert search.marginal_roas is None
    assert "nothing was spent on it in the last 13 periods" in search.marginal_reason


def test_twin_channels_are_warned_of_and_a_baseline_below_zero_too():
    series, _ = simulated(7)
    twin = series.spend[:, 0] * np.exp(np.random.default_rng(1).normal(0, 0.01, len(series.day)))
    mix = mixed(replace(series, spend=np.column_stack([series.spend, twin]), channels=(*series.channels, "tv2"),
                        outcome=series.outcome - 3400))  # fmt: skip
    warned = {(c.check, c.channel) for c in mix.checks if not c.ok}
    assert ("collinearity", "tv") in warned
    assert ("collinearity", "tv2") in warned
    assert ("negative_baseline", None) in warned
    assert not mix.checks[0].ok, "warnings come first"


def test_an_experiment_moves_the_curve_towards_what_it_found_and_narrows_it():
    series, _ = simulated(8, noise=0.15)
    plain = mixed(series, draws=50).channels[0]
    window = slice(100, 108)
    spent = float(series.spend[window, 0].sum())
    found = 3.0 * plain.roas.value * spent
    lift = Lift(
        "geo test", ("tv",), int(series.day[100]), int(series.day[107]) + 6, spent, found, 0.9 * found, 1.1 * found
    )
    mix = mixed(series, lifts=[lift], draws=50)
    tried = mix.channels[0]
    assert abs(tried.roas.value * spent - found) < abs(plain.roas.value * spent - found) / 2
    loose = mixed(series, lifts=[replace(lift, low=found - 20 * spent, high=found + 20 * spent)], draws=50).channels[0]
    assert loose.roas.value == pytest.approx(plain.roas.value, rel=0.3), "an unsure result moves little"
    assert [c for c in mix.checks if c.check == "lift"]


def test_draws_of_a_result_are_as_spread_as_its_interval_says():
    lift = Lift("t", ("tv",), 1, 2, 10.0, 100.0, 90.0, 140.0)
    drawn = lift.draw(40_000, np.random.default_rng(0))
    assert (drawn < 100).mean() == pytest.approx(0.2, abs=0.01)
    assert (drawn > 140).mean() == pytest.approx(0.8 * 0.1, abs=0.01)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channels": ("print",)}, "print is none of the channels"),
        ({"spend": 1e9}, "the figures have"),
        ({"first_day": MONDAY, "last_day": MONDAY + 6}, "cover a whole period"),
    ],
)
def test_a_result_that_does_not_fit_the_figures_is_refused(change, words):
    series, _ = simulated(9)
    lift = Lift("t", ("tv",), int(series.day[100]), int(series.day[103]) + 6, 100.0, 50.0, 40.0, 60.0)
    with pytest.raises(BadSeries, match=words):
        mixed(series, lifts=[replace(lift, **change)])


def test_too_few_periods_and_a_dead_outcome_are_refused():
    series, _ = simulated(0)
    with pytest.raises(NotEnoughData, match="30 periods; 47 are needed"):
        series.until(30)
    with pytest.raises(NotEnoughData, match="never moved"):
        mixed(replace(series, outcome=np.full(len(series.day), 5.0)))


def test_siblings_lend_a_noisy_channel_their_shape_and_the_share_lent_is_reported():
    series, _ = simulated(10)
    alone = mixed(series)
    mix = mixed(series, groups={"tv": "video", "radio": "video"})
    by_name = {c.name: c for c in mix.channels}
    assert by_name["search"].shrinkage is None
    assert 0 < by_name["tv"].shrinkage <= 1
    apart = {c.name: c.saturation["lam"].value for c in alone.channels}
    together = {c.name: c.saturation["lam"].value for c in mix.channels}
    assert abs(np.log(together["tv"] / together["radio"])) < abs(np.log(apart["tv"] / apart["radio"]))


def test_pooling_beats_each_alone_and_its_draws_keep_their_coverage():
    rng = np.random.default_rng(0)
    alone, pooled, held = 0.0, 0.0, 0
    for _ in range(200):
        truth = rng.normal(1.0, 0.3, 8)
        own = rng.uniform(0.1, 0.8, 8)
        value = truth + own * rng.standard_normal(8)
        out = shrink(value, value + own * rng.standard_normal((400, 8)), rng)
        alone += float(((value - truth) ** 2).sum())
        pooled += float(((out.value - truth) ** 2).sum())
        low, high = np.quantile(out.draws, [0.05, 0.95], axis=0)
        held += int(((low <= truth) & (truth <= high)).sum())
    assert pooled < 0.6 * alone
    assert 0.86 <= held / 1600 <= 0.95


def test_siblings_that_agree_lend_much_and_siblings_that_differ_lend_nothing():
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((500, 4))
    alike = shrink(np.array([1.0, 1.01, 0.99, 1.0]), 1 + 0.5 * noise, rng)
    apart = shrink(np.array([0.0, 10.0, 20.0, 30.0]), np.array([0.0, 10.0, 20.0, 30.0]) + 0.01 * noise, rng)
    assert alike.shrinkage.min() > 0.5
    assert apart.shrinkage.max() < 1e-3
    assert apart.value == pytest.approx([0, 10, 20, 30], abs=0.01)
