"""The bot as it really runs, killed right after a click, and started again: one write each, and everybody is told."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from demo.world import World, _wait_until_up, running

CHANNEL, ANA = "C0MARKETING", "U0ANA0000"
SETTLED = {"applied", "partially_applied", "failed", "refused", "stale"}


@contextmanager
def _bot(world: World, folder: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    log = folder / f"{name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "run"], env=dict(world.environment), stdout=out, stderr=out,
            stdin=subprocess.DEVNULL, cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        try:
            _wait_until_up(f"http://127.0.0.1:{world.environment['HTTP_PORT']}/healthz", process, log)  # type: ignore[arg-type]
            yield process
        finally:
            process.terminate()
            process.wait(15)


def _time_passes(store: Path) -> None:
    """What the dead process held lapses, as it would by itself in a minute and a half."""
    with closing(sqlite3.connect(store, timeout=30)) as db, db:
        db.execute("DELETE FROM job_runs")
        for table in ("inbox", "outbox"):
            db.execute(f"UPDATE {table} SET leased_until = NULL")
        db.execute("UPDATE inbox SET created_at = datetime(created_at, '-1 minute')")


def test_a_kill_right_after_a_click_loses_neither_the_click_nor_a_write(tmp_path: Path) -> None:
    with running(tmp_path) as world:
        world.budgeteer("sync")
        world.budgeteer("approvers", "add", ANA, "--account", "Acme EU")
        with _bot(world, tmp_path, "first") as first:
            world.slack.connect(f"http://127.0.0.1:{world.environment['HTTP_PORT']}/slack/events")
            asked = world.slack.mention(CHANNEL, ANA, "recommend a budget")
            card = world.slack.wait_for(
                CHANNEL, lambda m: "Approve budget change" in m["text"] and "blocks" in m, thread_ts=asked["ts"]
            )
            _outbox_is_empty(world.store)
            before = len(world.market("events")["events"])
            assert world.slack.click(CHANNEL, card["ts"], "approval_approve", ANA, confirm=True).status == 200
            first.send_signal(signal.SIGKILL)
            first.wait(10)
        _time_passes(world.store)
        with _bot(world, tmp_path, "second"):
            done = world.slack.wait_for(
                CHANNEL, lambda m: m["ts"] == card["ts"] and "read back" in m["text"], thread_ts=card["thread_ts"]
            )
            assert "approval_approve" not in str(done["blocks"])
            world.slack.wait_for(
                CHANNEL, lambda m: m["ts"] != card["ts"] and "read back" in m["text"], thread_ts=card["thread_ts"]
            )
        with closing(sqlite3.connect(world.store)) as db:
            assert {status for (status,) in db.execute("SELECT status FROM approvals")} <= SETTLED
            operations = [entity for (entity,) in db.execute("SELECT entity FROM operations")]
            assert db.execute("SELECT count(*) FROM inbox WHERE done_at IS NULL").fetchone() == (0,)
        written = [event["budget"] for event in world.market("events")["events"][before:]]
        assert len(written) == len(set(written)) == len(operations)


def _outbox_is_empty(store: Path) -> None:
    deadline = time.monotonic() + 60
    with closing(sqlite3.connect(store, timeout=30)) as db:
        while db.execute("SELECT count(*) FROM outbox WHERE sent_at IS NULL AND error IS NULL").fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.1)
