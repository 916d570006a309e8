"""The forecaster against AutoTheta, AutoETS and MSTL of statsforecast, on daily series made here, in one run."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from analytics.forecast import forecast, mase, seasonal_naive
from benchmarks._watch_series import daily

HORIZON, LEVEL, SEEDS, SERIES = 28, 0.9, (0, 1, 2, 3, 4), 100
PEERS = ("AutoTheta", "AutoETS", "MSTL")
PEER = """
import sys, time, warnings
import numpy as np
from statsforecast import models
warnings.simplefilter("ignore")
given = np.load(sys.argv[1])
seen, horizon, level = given["seen"], int(given["horizon"]), round(100 * float(given["level"]))
made = {}
for name in sys.argv[3:]:
    model = getattr(models, name)(season_length=7)
    model.forecast(y=seen[0], h=horizon, level=[level])  # warm: what is compiled is compiled
    start = time.process_time()
    told = [model.forecast(y=y, h=horizon, level=[level]) for y in seen]
    made[name + "_seconds"] = time.process_time() - start
    made[name] = np.array([(t["mean"], t[f"lo-{level}"], t[f"hi-{level}"]) for t in told])
np.savez(sys.argv[2], **made)
"""


def report(seeds: tuple[int, ...] = SEEDS) -> list[str]:
    """A line a forecaster: mean MASE, coverage at 90 %, processor seconds for 100 series, over all seeds."""
    rows: dict[str, list[tuple[float, float, float]]] = {}
    python = os.environ.get("PEERS_PYTHON")
    for seed in seeds:
        values = daily(seed, SERIES, 400 + HORIZON)
        seen, came = values[:, :-HORIZON], values[:, -HORIZON:]
        forecast(seen[:5], HORIZON)
        start = time.process_time()
        made = forecast(seen, HORIZON, level=LEVEL)
        took = time.process_time() - start
        rows.setdefault("ours", []).append((*_scores(seen, came, made.mid, made.lo, made.hi), took))
        naive = seasonal_naive(seen, HORIZON, 7)
        rows.setdefault("seasonal naive", []).append((_scores(seen, came, naive, naive, naive)[0], np.nan, np.nan))
        for name, (mid, lo, hi, seconds) in (_peers(python, seen) if python else {}).items():
            rows.setdefault(name, []).append((*_scores(seen, came, mid, lo, hi), seconds))
    lines = [f"forecasts: {SERIES} daily series, 400 days, {HORIZON} ahead, {len(seeds)} seeds, ranges of {LEVEL:.0%}"]
    ours = np.mean([r[2] for r in rows["ours"]])
    for name, found in rows.items():
        error, inside, seconds = np.mean(found, axis=0)
        each = " ".join(f"{r[0]:.3f}" for r in found)
        timed = "" if np.isnan(seconds) else f", coverage {inside:.3f}, {seconds:.2f} s ({seconds / ours:.1f} x ours)"
        lines.append(f"{name}: MASE {error:.3f} ({each}){timed}")
    return lines if python else [*lines, "peers are absent: set PEERS_PYTHON (see benchmarks/requirements-peers.txt)"]


def _scores(seen: np.ndarray, came: np.ndarray, mid: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> tuple[float, float]:
    return float(np.nanmean(mase(seen, came, mid, 7))), float(((came >= lo) & (came <= hi)).mean())


def _peers(python: str, seen: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray, float]]:
    with TemporaryDirectory() as folder:
        given, told = Path(folder) / "given.npz", Path(folder) / "told.npz"
        np.savez(given, seen=seen, horizon=HORIZON, level=LEVEL)
        env = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([python, "-c", PEER, str(given), str(told), *PEERS], check=True, env=env)
        made = np.load(told)
        return {n: (made[n][:, 0], made[n][:, 1], made[n][:, 2], float(made[f"{n}_seconds"])) for n in PEERS}
