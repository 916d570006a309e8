"""Bandits: chances equal to published and drawn ones, late rewards fairly counted, floors held, policies judged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.bandits import Log, evaluate, expected_rewards, mature, means, thompson, ucb
from analytics.bandits.posterior import posterior
from analytics.bandits.ucb import upper_bound
from analytics.errors import BadSeries, Infeasible, NoOverlap, NotEnoughData

DAYS = 25


def whole(trials: list[float], rewards: list[float]):  # type: ignore[no-untyped-def]
    return mature(np.array(trials)[:, None], np.array(rewards)[:, None])


def test_the_chance_of_being_better_is_the_published_one() -> None:
    assert posterior(whole([1000, 1000], [120, 150])).best[1] == pytest.approx(0.97507, abs=5e-6)


def test_chances_and_losses_of_many_arms_are_those_of_drawing_from_the_posteriors() -> None:
    rng = np.random.default_rng(0)
    trials = rng.integers(100, 5000, 25)
    rewards = rng.binomial(trials, 0.02)
    known = posterior(whole(trials.astype(float).tolist(), rewards.astype(float).tolist()))
    draws = rng.beta(1 + rewards, 1 + trials - rewards, (200_000, 25))
    drawn = np.bincount(draws.argmax(axis=1), minlength=25) / len(draws)
    assert np.abs(known.best - drawn).max() < 0.005
    assert known.loss == pytest.approx(draws.max(axis=1).mean() - known.mean, abs=1e-4)  # of the draws


def test_means_of_amounts_have_the_normal_chance() -> None:
    from scipy.stats import norm

    rng = np.random.default_rng(1)
    a, b = rng.gamma(2, 10, 400), rng.gamma(2, 11, 300)
    known = posterior(
        means(*(np.array([f(a), f(b)]) for f in (lambda x: float(len(x)), np.sum, lambda x: (x**2).sum())))
    )
    apart = np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    assert known.best[1] == pytest.approx(norm.cdf((b.mean() - a.mean()) / apart), abs=1e-6)


def test_a_new_creative_is_not_called_bad_for_rewards_that_are_still_to_come() -> None:
    arrived = np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    rng = np.random.default_rng(2)
    trials = np.full((2, 30), 2000.0)
    trials[1, :-2] = 0  # shown for two days only, at the same true rate
    rewards = rng.poisson(trials * 0.02 * arrived[np.minimum(np.arange(29, -1, -1), 4)]).astype(float)
    counted, fair = posterior(mature(trials, rewards)), posterior(mature(trials, rewards, arrived))
    assert counted.high[1] < 0.02
    assert fair.low[1] < 0.02 < fair.high[1]
    assert fair.best[1] > 0.1 > 0.001 > counted.best[1]


def test_over_many_days_thompson_and_ucb_earn_more_than_equal_shares_and_find_the_best() -> None:
    truth = np.array([0.010, 0.012, 0.018, 0.009])
    arrived = np.array([0.5, 0.8, 1.0])
    for rule in (thompson, lambda m: ucb(m, 4000)):
        rng = np.random.default_rng(3)
        share, shown, at_age = np.full(4, 0.25), np.zeros((4, 0)), np.zeros((4, 3, 0))
        earned = 0.0
        for _ in range(DAYS):
            today = rng.multinomial(4000, share).astype(float)
            come = rng.binomial(today.astype(int), truth)
            earned += float(today @ truth)
            late = np.array([rng.multinomial(n, np.diff([0, *arrived])) for n in come])
            shown = np.column_stack([shown, today])
            at_age = np.concatenate([at_age, late[:, :, None]], axis=2)
            days = shown.shape[1]
            seen = np.column_stack(
                [at_age[:, : min(days - 1 - d, 2) + 1, d].sum(axis=1) for d in range(days)]
            )  # what has arrived by today
            share = rule(mature(shown, seen, arrived)).share
        assert share[2] == pytest.approx(1 - 3 * 0.05, abs=0.02)
        assert earned > DAYS * 4000 * truth.mean() * 1.15


def test_fading_forgets_what_a_creative_earned_before_it_wore_out() -> None:
    trials = np.full((2, 60), 1000.0)
    rewards = np.vstack([np.where(np.arange(60) < 40, 30.0, 5.0), np.full(60, 15.0)])
    assert posterior(mature(trials, rewards)).best[0] > 0.99
    assert posterior(mature(trials, rewards, half_life=7)).best[0] < 0.01


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1)), min_size=2, max_size=6),
    st.floats(0, 1),
    st.booleans(),
)
def test_shares_sum_to_one_hold_the_floor_and_do_not_depend_on_order(
    arms: list[tuple[int, float]], part: float, by_ucb: bool
) -> None:
    floor = part / len(arms)
    trials = [float(n) for n, _ in arms]
    rewards = [float(round(n * p)) for n, p in arms]

    def rule(n: list[float], r: list[float]) -> np.ndarray:
        known = whole(n, r)
        return (ucb(known, 1000, floor=floor) if by_ucb else thompson(known, floor=floor)).share

    share = rule(trials, rewards)
    assert share.sum() == pytest.approx(1)
    assert np.all(share >= floor - 1e-12)
    if not by_ucb:  # ties of bounds are broken by place
        assert rule(trials[::-1], rewards[::-1])[::-1] == pytest.approx(share, abs=1e-9)


def test_the_upper_bound_is_where_the_divergence_reaches_the_confidence() -> None:
    known = whole([1000, 200], [20, 1])
    bound = upper_bound(known, known.trials)
    for p, q, n in zip((0.02, 0.005), bound, (1000, 200), strict=True):
        assert n * (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))) == pytest.approx(np.log(1200), rel=1e-6)


def test_bad_input_is_refused_with_the_arm_and_the_figure() -> None:
    with pytest.raises(BadSeries, match="Video B has 7 rewards of 5 trials"):
        mature(np.array([[9.0], [5.0]]), np.array([[1.0], [7.0]]), names=("Video A", "Video B"))
    with pytest.raises(NotEnoughData, match="nothing to choose"):
        whole([10], [1])
    with pytest.raises(NotEnoughData, match="arm 1 has no trial"):
        whole([10, 0], [1, 0])
    with pytest.raises(Infeasible, match=r"0\.5"):
        thompson(whole([10, 10], [1, 1]), floor=0.6)
    with pytest.raises(BadSeries, match="rise"):
        mature(np.ones((2, 3)), np.zeros((2, 3)), np.array([0.9, 0.5]))
    with pytest.raises(NotEnoughData, match="30 are needed"):
        means(np.array([29.0, 50.0]), np.ones(2), np.ones(2))


def logged(rng: np.random.Generator, n: int, logging: np.ndarray, target: np.ndarray, rate: np.ndarray) -> Log:
    arm = rng.choice(len(logging), n, p=logging)
    return Log(arm, (rng.random(n) < rate[arm]).astype(float), logging[arm], target[arm])


def test_estimates_of_another_policy_are_unbiased_and_their_intervals_cover() -> None:
    logging, target, rate = np.array([0.6, 0.3, 0.1]), np.array([0.1, 0.3, 0.6]), np.array([0.02, 0.05, 0.08])
    truth = float(target @ rate)
    found: dict[str, list[tuple[float, bool]]] = {"ips": [], "snips": [], "dr": []}
    for seed in range(200):
        rng = np.random.default_rng(seed)
        log = logged(rng, 3000, logging, target, rate)
        model = expected_rewards(log, np.zeros(3000, dtype=np.int64), [target], rng=rng)
        for e in evaluate(log, model):
            found[e.method].append((e.value, e.low <= truth <= e.high))
    spread = {m: np.std([v for v, _ in rows]) for m, rows in found.items()}
    for method, rows in found.items():
        assert np.mean([v for v, _ in rows]) == pytest.approx(truth, abs=4 * spread[method] / np.sqrt(200)), method
        assert 0.90 <= np.mean([c for _, c in rows]) <= 0.99, method
    assert spread["dr"] <= spread["ips"]


def test_the_policy_that_logged_is_worth_what_it_earned() -> None:
    rng = np.random.default_rng(5)
    same = np.array([0.5, 0.5])
    log = logged(rng, 500, same, same, np.array([0.1, 0.3]))
    ips, snips = evaluate(log)
    assert ips.value == snips.value == pytest.approx(log.reward.mean())
    assert ips.effective == pytest.approx(500)


def test_a_log_that_cannot_say_is_refused() -> None:
    rng = np.random.default_rng(6)
    even, rate = np.full(2, 0.5), np.array([0.1, 0.1])
    with pytest.raises(NotEnoughData, match="100 are needed"):
        evaluate(logged(rng, 99, even, even, rate))
    with pytest.raises(NoOverlap, match="average"):
        evaluate(logged(rng, 2000, np.array([1.0, 1e-12]) / (1 + 1e-12), even, rate))
    with pytest.raises(NotEnoughData, match="are worth"):
        evaluate(logged(rng, 2000, np.array([0.995, 0.005]), np.array([0.0, 1.0]), rate))
    with pytest.raises(BadSeries, match="propensity of round 0 is 0"):
        Log(np.array([0]), np.array([1.0]), np.array([0.0]), np.array([0.5]))
