"""NAB's real ad exchange: the scoring gives published scores of a published detector; ours is held to a figure."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from app.cli.analyze_command import command
from tests.analytics import nab

# results/windowedGaussian/windowedGaussian_standard_scores.csv of the corpus, at its published threshold of 1.0
WINDOWED_GAUSSIAN = dict(zip(nab.AD_EXCHANGE, (-1.0, -2.0, 2.5026632611866138, 0.862098587352162), strict=True))
OTHERS_OF_SIX = (0.2922884634276035, 1.274710362684976)  # the two files of the six that are not given


@pytest.fixture(scope="module")
def files(reference_data: Path) -> list[nab.NabFile]:
    return [nab.read(reference_data / "anomaly_nab", name) for name in nab.AD_EXCHANGE]


def windowed_gaussian(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The corpus' own baseline: the normal tail over the last 1,000 values."""
    scores = np.zeros(len(values))
    for i in range(1, len(values)):
        window = values[max(0, i - 1000) : i]
        scores[i] = 1 - 0.5 * math.erfc(abs(values[i] - window.mean()) / (window.std() or 1e-6) / 1.4142)
    return scores


def test_the_scoring_gives_the_published_score_of_a_published_detector_file_by_file(files: list[nab.NabFile]) -> None:
    for file in files:
        found = nab.raw_score(windowed_gaussian(file.values) >= 1.0, file.windows)
        assert found == pytest.approx(WINDOWED_GAUSSIAN[file.name], abs=1e-12)


def test_normalised_over_six_files_it_is_the_published_figure() -> None:
    assert nab.normalised([*WINDOWED_GAUSSIAN.values(), *OTHERS_OF_SIX], 14) == pytest.approx(56.90, abs=0.005)


def test_silence_scores_0_and_finding_each_window_at_once_scores_100(files: list[nab.NabFile]) -> None:
    windows = sum(len(f.windows) for f in files)
    silent, perfect = [], []
    for file in files:
        found = np.zeros(len(file.values), dtype=bool)
        silent.append(nab.raw_score(found, file.windows))
        found[[left for left, _ in file.windows]] = True
        perfect.append(nab.raw_score(found, file.windows))
    assert nab.normalised(silent, windows) == 0
    assert nab.normalised(perfect, windows) == pytest.approx(100)


def test_a_false_alarm_costs_a_ninth_and_less_just_after_a_window_and_nothing_in_probation() -> None:
    found = np.zeros(1000, dtype=bool)
    found[100] = True
    assert nab.raw_score(found, ()) == 0
    found[500] = True
    assert nab.raw_score(found, ()) == pytest.approx(-0.11)
    after = np.zeros(1000, dtype=bool)
    after[[400, 505]] = True
    assert -0.11 < nab.raw_score(after, ((400, 500),)) - 1 < -0.005


def test_the_public_command_scores_every_row_of_the_ad_exchange_files(files: list[nab.NabFile]) -> None:
    raw = []
    for file in files:
        done = CliRunner().invoke(
            command,
            ["anomalies", "--data", str(file.path), "--time", "timestamp", "--value", "value", "--scores", "--json"],
            catch_exceptions=False,
        )
        answer = json.loads(done.stdout)
        assert [row["time"] for row in answer["scores"]] == list(file.times)
        detected = np.array([row["score"] >= 0.5 for row in answer["scores"]])
        assert {a["time"] for a in answer["anomalies"]} == {t for t, d in zip(file.times, detected, strict=True) if d}
        raw.append(nab.raw_score(detected, file.windows))
    # A floor, not the figure (docs/methods/anomalies.md): holding changes to the figure would be tuning on these files.
    assert nab.normalised(raw, sum(len(f.windows) for f in files)) > 65
