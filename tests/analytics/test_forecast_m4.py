"""The 414 hourly series of M4: the published scores of the naive methods, and clearly better than the better one."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from analytics.forecast import forecast, mase, seasonal_naive, smape

HORIZON, DAY = 48, 24


@pytest.fixture(scope="module")
def hourly(reference_data: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """(seen, came) of the series of each length."""
    folder = reference_data / "forecast_m4"
    query = "SELECT id, list(y ORDER BY t) FROM read_parquet(?) GROUP BY id"
    with duckdb.connect(":memory:") as reader:
        train = dict(reader.execute(query, [str(folder / "hourly_train.parquet")]).fetchall())
    test = np.genfromtxt(folder / "hourly_test.csv.gz", delimiter=",", skip_header=1, dtype=str)
    came = dict(zip(np.char.strip(test[:, 0], '"'), test[:, 1:].astype(float), strict=True))
    by_length: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for name in came:
        seen = np.array(train[name])
        by_length.setdefault(len(seen), []).append((seen, came[name]))
    return [(np.array([s for s, _ in pairs]), np.array([c for _, c in pairs])) for pairs in by_length.values()]


def over_all(parts: list[np.ndarray]) -> float:
    return float(np.concatenate(parts).mean())


def test_the_naive_methods_score_what_is_published(hourly: list[tuple[np.ndarray, np.ndarray]]) -> None:
    assert sum(len(seen) for seen, _ in hourly) == 414
    for period, (of_smape, of_mase) in {1: (43.002987, 11.607687), DAY: (13.912273, 1.193210)}.items():
        naive = [(seen, came, seasonal_naive(seen, HORIZON, period)) for seen, came in hourly]
        assert over_all([smape(came, mid) for _, came, mid in naive]) == pytest.approx(of_smape, abs=1e-6)
        assert over_all([mase(seen, came, mid, DAY) for seen, came, mid in naive]) == pytest.approx(of_mase, abs=1e-6)


def test_ours_is_clearly_better_than_the_seasonal_naive(hourly: list[tuple[np.ndarray, np.ndarray]]) -> None:
    made = [(seen, came, forecast(seen, HORIZON, period=DAY)) for seen, came in hourly]
    assert over_all([mase(seen, came, f.mid, DAY) for seen, came, f in made]) < 1.05  # 1.014 when written
    assert over_all([smape(came, f.mid) for _, came, f in made]) < 10.6  # 10.2 when written
    inside = over_all([((came >= f.lo) & (came <= f.hi)).mean(axis=1) for _, came, f in made])
    assert 0.85 < inside < 0.95  # 0.89 when written, of a nominal 0.90
