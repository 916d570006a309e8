"""``budgeteer bind``: the command that an unbound channel's answer names."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from app import wiring
from app.cli.bind_command import command
from domain.errors import BadInput
from store import bindings
from store.engine import read
from tests.activation.world import seed


def test_a_bound_channel_sees_the_account_that_was_named(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = seed(sqlite_engine)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'store.db'}")
    wiring.settings.cache_clear()
    try:
        result = CliRunner().invoke(command, ["C1", "--account", "acme eu"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        with read(sqlite_engine) as session:
            assert bindings.scope_for_channel(session, "C1").account_ids == (account,)
        with pytest.raises(BadInput, match="Acme EU"):
            CliRunner().invoke(command, ["C1", "--account", "nobody"], catch_exceptions=False)
    finally:
        wiring.settings.cache_clear()
