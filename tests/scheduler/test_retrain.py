"""A version of a forecast comes into use only where it is better on days that neither was chosen on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from analytics.errors import NotEnoughData
from analytics.forecast.recipe import USUAL, Recipe, gate
from domain.scope import Scope
from scheduler.retrain import Done, retrain
from store import model_updates, model_versions
from store.engine import read, write
from store.model_updates import Fitted
from tests.tools.conftest import COLUMNS, load

NOW = datetime(2024, 7, 1, 9, tzinfo=UTC)
LAST = date(2024, 6, 30)
MODEL = "forecast of spend"


def account(engine: Engine, days: int = 200, seed: int = 1) -> int:
    rng = np.random.default_rng(seed)
    at = [LAST - timedelta(days=days - 1 - n) for n in range(days)]
    spend = 300 * np.exp(0.2 * np.sin(2 * np.pi * np.arange(days) / 7) + rng.normal(0, 0.1, days))
    rows = [(d, "C", round(s, 2), 1000, 100, None, None) for d, s in zip(at, spend, strict=True)]
    return load(engine, pd.DataFrame(rows, columns=COLUMNS), platform="google_ads", account="Shop")


def test_a_first_version_is_in_use_where_it_beats_the_seasonal_naive_and_all_is_recorded(engine: Engine) -> None:
    owner = account(engine)
    said: list[str] = []
    assert retrain(engine, NOW, said.append) == Done(promoted=1, skipped=2)  # type: ignore[arg-type]
    assert said == ["account 1 of 1"]
    with read(engine) as session:
        (version,) = model_versions.versions(session, Scope((owner,)), owner)
        checks = model_versions.drift_checks(session, Scope((owner,)), owner)
        assert model_versions.versions(session, Scope((owner + 1,)), owner) == []
    assert (version.status, version.version, version.model) == ("current", 1, MODEL)
    assert version.score is not None
    assert version.rival_score is not None
    assert version.score < version.rival_score
    assert version.trained_to == LAST - timedelta(days=28)
    assert (version.scored_from, version.scored_to) == (LAST - timedelta(days=27), LAST)
    assert version.details["rival"] == "the seasonal naive"
    assert {c.subject for c in checks} == {"spend", "residuals"}
    assert all(c.drifted is False for c in checks)


def test_without_new_days_nothing_is_fitted_again_and_a_version_no_better_is_refused(engine: Engine) -> None:
    owner = account(engine)
    retrain(engine, NOW)
    assert retrain(engine, NOW + timedelta(days=3)) == Done(skipped=3)
    week = [(LAST + timedelta(days=n), "C", 300.0, 1000, 100, None, None) for n in range(1, 9)]
    load(engine, pd.DataFrame(week, columns=COLUMNS), platform="google_ads", account="Shop", source="b.csv")
    later = retrain(engine, NOW + timedelta(days=9))
    assert later.promoted + later.refused == 1
    with read(engine) as session:
        found = model_versions.versions(session, Scope((owner,)), owner, MODEL)
        in_use = model_versions.current(session, Scope((owner,)), owner, MODEL)
    assert [v.version for v in found] == [2, 1]
    assert in_use is not None
    assert [v.version for v in found if v.status == "current"] == [in_use.version]
    assert found[0].details["rival"] == "version 1"


def test_a_promoted_version_retires_the_one_before_and_a_refused_one_does_not(engine: Engine) -> None:
    owner = account(engine, days=2)
    fitted = Fitted(MODEL, LAST, LAST, LAST, LAST, 0.8, 0.9, Recipe("quick").to_json(), {})
    with write(engine) as session:
        numbers = [model_updates.record(session, owner, fitted, promoted=p, now=NOW) for p in (True, False, True)]
    assert numbers == [1, 2, 3]
    with read(engine) as session:
        found = model_versions.versions(session, Scope((owner,)), owner)
    assert [v.status for v in found] == ["current", "refused", "retired"]
    assert Recipe.from_json(found[0].params) == Recipe("quick")


def test_a_candidate_equal_to_the_version_in_use_or_hardly_better_replaces_nothing() -> None:
    values = np.random.default_rng(3).normal(100, 5, 200)
    first = gate(values, 28, None)
    assert not gate(values, 28, first.candidate).promoted
    close = gate(values, 28, USUAL if first.candidate != USUAL else Recipe("steady"))
    assert close.promoted == (close.score < 0.98 * close.rival_score and close.candidate != USUAL)


def test_a_level_that_jumps_about_is_given_to_a_version_that_follows_fast() -> None:
    rng = np.random.default_rng(5)
    jumps = np.cumsum(rng.normal(0, 0.15, 300))
    found = gate(100 * np.exp(jumps), 7, Recipe("steady"))
    assert found.candidate.pace != "steady"
    assert found.chosen_on > 0


def test_too_few_values_are_no_trial() -> None:
    with pytest.raises(NotEnoughData, match="60 values are too few"):
        gate(np.arange(60.0), 28, None)
