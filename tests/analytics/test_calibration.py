"""Earlier predictions correct later ones by as much as they are known to have been off, and no more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.calibration import FEWEST, NARROWEST, WIDEST, calibrate
from analytics.errors import NotEnoughData


def outcomes(n: int, ratio: float, own: float, noise: float, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Predictions of 500 to 2000 with a standard deviation of 100 said, ``own`` true; measured with ``noise``."""
    rng = np.random.default_rng(seed)
    said = rng.uniform(500, 2000, n)
    came = ratio * said + rng.normal(0, own, n) + rng.normal(0, noise, n)
    return said, np.full(n, 100.0), came, np.full(n, noise)


@pytest.mark.parametrize("ratio", [0.6, 1.0, 1.3])
def test_the_ratio_is_learned_where_outcomes_are_clear(ratio: float) -> None:
    found = calibrate(*outcomes(40, ratio, 100, 100))
    assert found.ratio == pytest.approx(ratio, abs=3 * found.ratio_sd)
    assert found.ratio_sd < 0.03
    assert found.outcomes == 40


def test_measurements_that_could_have_been_anything_change_next_to_nothing() -> None:
    found = calibrate(*outcomes(10, 0.2, 100, 20_000, seed=3))
    assert found.ratio == pytest.approx(1, abs=0.3)
    assert found.ratio_sd > 0.4
    assert found.widen == pytest.approx(1, abs=0.01)


def test_the_ratio_is_the_posterior_of_its_model() -> None:
    said, said_sd, came, came_sd = outcomes(7, 0.8, 300, 500, seed=5)
    grid = np.linspace(-1, 3, 40_001)
    spread = np.sqrt(said_sd**2 + came_sd**2)
    log = -((grid - 1) ** 2) / (2 * 0.5**2)
    log -= np.sum((came[None, :] - grid[:, None] * said) ** 2 / (2 * spread**2), axis=1)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = float(grid @ weight)
    found = calibrate(said, said_sd, came, came_sd)
    assert found.ratio == pytest.approx(mean, abs=1e-6)
    assert found.ratio_sd == pytest.approx(float(np.sqrt(((grid - mean) ** 2) @ weight)), abs=1e-6)


@pytest.mark.parametrize(("own", "least", "most"), [(300.0, 1.8, 3.0), (100.0, 0.85, 1.15), (10.0, 0.5, 0.7)])
def test_ranges_that_were_too_narrow_are_widened_and_too_wide_ones_narrowed(
    own: float, least: float, most: float
) -> None:
    assert least <= calibrate(*outcomes(60, 1.0, own, 20)).widen <= most


@settings(max_examples=50, deadline=None)
@given(st.integers(FEWEST, 12), st.floats(-2, 3), st.floats(1, 3000), st.floats(1, 3000), st.integers(0, 99))
def test_it_stays_within_what_makes_sense(n: int, ratio: float, own: float, noise: float, seed: int) -> None:
    found = calibrate(*outcomes(n, ratio, own, noise, seed))
    assert found.ratio >= 0
    assert NARROWEST <= found.widen <= WIDEST
    assert 0 < found.ratio_sd <= 0.5


def test_a_few_outcomes_correct_nothing() -> None:
    with pytest.raises(NotEnoughData, match="4 measured outcomes; 5 are needed"):
        calibrate(*outcomes(4, 1, 1, 1))
