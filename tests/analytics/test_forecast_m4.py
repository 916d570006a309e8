"""The 414 hourly series of M4: the published scores of the naive methods, and clearly better than the better one."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from analytics.forecast import forecast, mase, seasonal_naive, smape

HORIZON, DAY = 48, 24
READ = """
import sys, numpy, pyarrow.parquet as parquet
table = parquet.read_table(sys.argv[1])
numpy.savez(sys.argv[2], id=numpy.array(table["id"].to_pylist()), t=table["t"].to_numpy(), y=table["y"].to_numpy())
"""


@pytest.fixture(scope="module")
def hourly(reference_data: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[np.ndarray, np.ndarray]]:
    """(seen, came) of the series of each length."""
    import sys

    reader = sys.executable if importlib.util.find_spec("pyarrow") else os.environ.get("PEERS_PYTHON")
    if reader is None:
        pytest.skip("the series are a Parquet file: needs pyarrow, here or in PEERS_PYTHON")
    folder = reference_data / "forecast_m4"
    copy = tmp_path_factory.mktemp("m4") / "train.npz"
    subprocess.run([reader, "-c", READ, str(folder / "hourly_train.parquet"), str(copy)], check=True)
    train = np.load(copy)
    test = np.genfromtxt(folder / "hourly_test.csv.gz", delimiter=",", skip_header=1, dtype=str)
    came = dict(zip(np.char.strip(test[:, 0], '"'), test[:, 1:].astype(float), strict=True))
    by_length: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for name in came:
        rows = train["id"] == name
        seen = train["y"][rows][np.argsort(train["t"][rows])]
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
