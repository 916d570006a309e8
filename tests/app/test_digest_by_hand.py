"""``budgeteer digest --channel``: what the channel is posted, and never a second time beside the clock's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select

from app import wiring
from app.cli import cli
from domain.errors import BadInput
from store import bindings, channels
from store.engine import open_engine, read, write
from store.migrate import upgrade
from store.tables import OutboxMessage
from tests.activation.world import NOW, seed

CHANNEL = "C0MARKETING"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    wiring.settings.cache_clear()
    engine = open_engine(url)
    upgrade(engine)
    account = seed(engine)
    with write(engine) as session:
        bindings.bind(session, CHANNEL, [account])
    yield engine
    engine.dispose()
    wiring.settings.cache_clear()


def said(*args: str) -> str:
    return CliRunner().invoke(cli, ["digest", "--channel", CHANNEL, *args], catch_exceptions=False).output


def test_a_week_asked_for_on_two_days_is_posted_once_under_the_clocks_own_name(store: Engine) -> None:
    assert said("--weekly", "--post", "--as-of", "2026-03-04").startswith(f"queued for {CHANNEL}")
    assert said("--weekly", "--post", "--as-of", "2026-03-06").startswith(f"{CHANNEL} has its digest of 2026-03-02")
    said("--monthly", "--post", "--as-of", "2026-03-20")
    with read(store) as session:
        keys = set(session.scalars(select(OutboxMessage.dedupe_key).where(OutboxMessage.kind == "digest")))
    assert keys == {f"digest:{CHANNEL}:weekly:2026-03-02", f"digest:{CHANNEL}:monthly:2026-03-02"}


def test_the_preview_leaves_out_what_the_channel_leaves_out(store: Engine) -> None:
    whole = said("--as-of", "2026-03-02")
    assert "What I cannot see" in whole
    with write(store) as session:
        when = channels.digest_time(session, CHANNEL)
        channels.set_digest(session, CHANNEL, replace(when, hidden=("blind",)), by="t", now=NOW)
    assert "What I cannot see" not in said("--as-of", "2026-03-02")


def test_two_forms_at_once_are_refused_rather_than_one_of_them_dropped(store: Engine) -> None:
    with pytest.raises(BadInput, match="ask for one of them"):
        CliRunner().invoke(cli, ["digest", "--weekly", "--monthly"], catch_exceptions=False, standalone_mode=False)
