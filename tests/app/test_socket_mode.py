"""``budgeteer run`` as a process of its own, in Socket Mode: no address, no secret, and every delivery taken once."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from demo.world import World, running

CHANNEL, ANA = "C0MARKETING", "U0ANA0000"
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def _bot(world: World, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    environment = {k: v for k, v in world.environment.items() if k not in ("HTTP_PORT", "SLACK_SIGNING_SECRET")}
    log = folder / "bot.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "run"], env=environment, stdout=out, stderr=out, cwd=ROOT,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield process, log
        finally:
            if process.poll() is None:
                process.kill()
                process.wait(10)


def test_an_approval_is_applied_once_though_its_click_comes_twice_and_the_connection_is_renewed_in_between(
    tmp_path: Path,
) -> None:
    with running(tmp_path, socket_mode=True) as world, _bot(world, tmp_path) as (process, log):
        slack = world.slack
        slack.wait_for_line()
        world.budgeteer("sync")
        world.budgeteer("approvers", "add", ANA, "--account", "Acme EU")

        asked = slack.mention(CHANNEL, ANA, "what did we spend last week?")
        answered = slack.wait_for(CHANNEL, lambda m: bool(m.get("bot_id")), thread_ts=asked["ts"])
        assert "spend, 2026-" in answered["text"]
        slack.again('"app_mention"')  # as where the acknowledgement was lost

        asked = slack.mention(CHANNEL, ANA, "recommend a budget")
        card = slack.wait_for(
            CHANNEL, lambda m: "Approve budget change" in m["text"] and "blocks" in m, thread_ts=asked["ts"]
        )
        before = len(world.market("events")["events"])
        assert slack.click(CHANNEL, card["ts"], "approval_approve", ANA, confirm=True).status == 200
        slack.disconnect("refresh_requested")
        slack.wait_for_line(opened=2)
        again = slack.again('"block_actions"')  # the same envelope, over the new connection
        assert again.status == 200, again  # acknowledged, so that Slack stops
        slack.wait_for(
            CHANNEL, lambda m: m["ts"] == card["ts"] and "read back" in m["text"], thread_ts=card["thread_ts"]
        )
        slack.wait_for(
            CHANNEL, lambda m: m["ts"] != card["ts"] and "read back" in m["text"], thread_ts=card["thread_ts"]
        )
        operations = _all(world.store, "SELECT entity FROM operations")
        written = [event["budget"] for event in world.market("events")["events"][before:]]
        assert len(written) == len(set(written)) == len(operations) > 0
        answers = [m for m in slack.messages(CHANNEL) if m.get("bot_id") and m["text"] == answered["text"]]
        assert len(answers) == 1

        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, log.read_text()[-2000:]
    said = log.read_text()
    assert "starting: Slack over Socket Mode" in said.splitlines()[0]
    assert "Traceback" not in said
    assert not any(token in said for token in ("xoxb-", "xapp-", "ticket"))


def _all(store: Path, query: str) -> list[str]:
    deadline = time.monotonic() + 30
    while True:
        try:
            with closing(sqlite3.connect(store, timeout=30)) as db:
                return [value for (value,) in db.execute(query)]
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
