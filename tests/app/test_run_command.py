"""``run`` that cannot start says why in one line: what is missing, refused, or taken."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.slack import server as slack
from emulators.slack.server import Slack


@pytest.fixture
def office() -> Iterator[Slack]:
    running = slack.start()
    yield running
    running.stop()


def _run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "SLACK_", "GOOGLE_", "HTTP_"))}
    env = {**kept, "DATABASE_URL": f"sqlite:///{folder}/run.db", **settings}
    return subprocess.run([sys.executable, "-m", "app", "run"], env=env, capture_output=True, text=True, timeout=60)


def _last_line(run: subprocess.CompletedProcess[str]) -> str:
    return run.stderr.strip().splitlines()[-1]


def test_without_slack_it_names_what_is_missing_and_shows_a_way(tmp_path: Path) -> None:
    run = _run(tmp_path, SLACK_BOT_TOKEN="xoxb-1")
    assert (run.returncode, run.stdout) == (3, "")
    assert "SLACK_SIGNING_SECRET" in _last_line(run)
    assert "make demo" in _last_line(run)


def test_a_token_that_slack_refuses_is_named(tmp_path: Path, office: Slack) -> None:
    run = _run(
        tmp_path, SLACK_BOT_TOKEN="xoxb-wrong", SLACK_SIGNING_SECRET="s", SLACK_API_URL=office.url, HTTP_PORT="0"
    )
    assert run.returncode == 3, run.stderr
    assert "invalid_auth" in _last_line(run)
    assert "Traceback" not in run.stderr


def test_a_taken_port_is_named(tmp_path: Path, office: Slack) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = _run(
            tmp_path, SLACK_BOT_TOKEN=office.token, SLACK_SIGNING_SECRET="s", SLACK_API_URL=office.url, HTTP_PORT=port
        )
    assert run.returncode == 3, run.stderr
    assert f"HTTP_PORT {port}" in _last_line(run)
    assert "Traceback" not in run.stderr
