"""``budgeteer models``: what is in use, how it did, and what drift was seen; nothing is said that was not recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from app import wiring
from app.cli import cli
from scheduler.retrain import retrain
from store.engine import open_engine
from store.migrate import upgrade
from tests.scheduler.test_retrain import NOW, account


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    wiring.settings.cache_clear()
    engine = open_engine(url)
    upgrade(engine)
    yield engine
    engine.dispose()
    wiring.settings.cache_clear()


def said(*args: str) -> str:
    result = CliRunner().invoke(cli, ["models", *args], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_version_in_use_its_rival_and_drift_are_told_in_words_and_as_json(store: Engine) -> None:
    account(store)
    retrain(store, NOW)
    (entry,) = json.loads(said("--json"))["accounts"]
    (version,) = entry["versions"]
    assert entry["account"] == "Shop (google_ads)"
    assert (version["status"], version["scored_to"]) == ("current", "2024-06-30")
    assert {look["subject"] for look in entry["drift_checks"]} == {"spend", "residuals"}
    words = said()
    assert "forecast of spend: version 1 is in use; 1 tried" in words
    assert f"{version['score']:.3f} against {version['rival_score']:.3f} of the seasonal naive" in words
    assert "drift of spend: none (KS " in words


def test_without_a_version_that_is_said(store: Engine) -> None:
    account(store, days=20)
    assert "No version of a forecast was tried yet" in said()
