"""Secrets in no log line, no trace and no recorded error, whatever an error says: number 23 of the contract."""

from __future__ import annotations

import io
import logging
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from agent.activation import settle_unknown
from app.redact import HIDDEN, Redacting, secrets_of, without
from app.settings import Settings
from store.engine import read
from store.tables import AuditEntry, JobRun
from tests.activation.bench import Bench
from tests.activation.platform import FakePlatform
from tests.activation.world import seed

CANARIES = {
    "slack_bot_token": "xoxb-canary-1111", "slack_signing_secret": "canary-signing-2222",
    "openai_api_key": "sk-canary-3333", "google_ads_refresh_token": "1//canary-4444",
    "google_ads_developer_token": "canary-dev-5555", "google_ads_client_secret": "canary-client-6666",
    "database_url": "postgresql://u:canary-db-7777@localhost/x",
}  # fmt: skip


@pytest.fixture
def secrets() -> tuple[str, ...]:
    return secrets_of(Settings(**CANARIES))  # type: ignore[arg-type]


def test_every_configured_secret_is_known_and_a_short_word_is_not(secrets: tuple[str, ...]) -> None:
    assert set(CANARIES.values()) | {"canary-db-7777"} <= set(secrets)
    assert all(len(s) > 5 for s in secrets)


def test_a_line_its_arguments_its_error_and_its_trace_come_out_without_secrets_23(secrets: tuple[str, ...]) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Redacting("%(levelname)s %(message)s", secrets))
    log = logging.getLogger("budgeteer.test.redact")
    log.addHandler(handler)
    log.propagate = False
    for value in (*CANARIES.values(), "canary-db-7777"):
        try:
            raise RuntimeError(f"login with {value} failed") from ValueError(value)
        except RuntimeError as error:
            log.error("call %s: %s", value, error, exc_info=error)
    said = out.getvalue()
    assert "canary" not in said
    assert said.count(HIDDEN) >= 4 * len(CANARIES)
    assert "RuntimeError" in said


def test_what_a_store_records_of_an_error_has_no_secret_23(
    sqlite_engine: Engine, tmp_path: Path, secrets: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    platform.put("b1")
    bench = Bench(sqlite_engine, platform, seed(sqlite_engine))
    bench.approved()

    def fails(*_: object) -> object:
        raise KeyError(" ".join(CANARIES.values()))

    monkeypatch.setattr(platform, "state", fails)
    deps = bench.deps()
    object.__setattr__(deps, "redact", partial(without, secrets=secrets))
    assert settle_unknown(deps) == {}
    with read(sqlite_engine) as session:
        written = [*session.scalars(select(AuditEntry.payload)), *session.scalars(select(JobRun.error))]
    assert any(HIDDEN in str(w) for w in written)
    assert not any("canary" in str(w) for w in written)
