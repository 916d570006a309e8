"""Starting and stopping what the demo runs: the emulators, and Budgeteer as it really runs, each in its own process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulators.slack.client import RemoteSlack

STOP_SECONDS = 10
START_SECONDS = 60
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class World:
    """What the script of the demo may touch: people in Slack, the market's clock, and Budgeteer's command line."""

    slack: RemoteSlack
    market_url: str
    environment: Mapping[str, str]
    store: Path

    def budgeteer(self, *args: str) -> str:
        """Run a command as a person would; its output. Raises RuntimeError with its message where it fails."""
        run = subprocess.run(
            [sys.executable, "-m", "app", *args], env=dict(self.environment), capture_output=True, text=True
        )
        if run.returncode != 0:
            raise RuntimeError(f"budgeteer {' '.join(args)}: {run.stderr.strip() or run.stdout.strip()}")
        return run.stdout

    def market(self, verb: str, **body: Any) -> dict[str, Any]:
        """Ask the market's control panel: ``clock`` or ``advance``."""
        data = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(
            urllib.request.Request(f"{self.market_url}/{verb}", data=data), timeout=60
        ) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


@contextmanager
def running(folder: Path, *, socket_mode: bool = False) -> Iterator[World]:
    """A world with a fresh store in ``folder``, Slack by signed HTTP or in Socket Mode. All of it stops at the end."""
    store = _fresh_store(folder)
    command = [sys.executable, "-m", "emulators", "--json", *(["--socket"] if socket_mode else [])]
    with _process("emulators", command, _clean_environment(), folder) as emulators:
        told = json.loads(_first_line(emulators, folder / "emulators.log"))
        port = _free_port()
        environment = {
            **_clean_environment(),
            **told["settings"],
            "DATABASE_URL": f"sqlite:///{store}",
            "HTTP_PORT": str(port),
        }
        world = World(RemoteSlack(told["slack"]), told["market"], environment, store)
        yield world


@contextmanager
def bot(world: World, folder: Path) -> Iterator[None]:
    """``budgeteer run`` beside the world, connected to its Slack."""
    command = [sys.executable, "-m", "app", "run"]
    with _process("bot", command, world.environment, folder) as process:
        url = f"http://127.0.0.1:{world.environment['HTTP_PORT']}"
        _wait_until_up(f"{url}/healthz", process, folder / "bot.log")
        world.slack.connect(f"{url}/slack/events")
        yield


def _fresh_store(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("budgeteer.db*"):
        old.unlink()
    return folder / "budgeteer.db"


def _clean_environment() -> dict[str, str]:
    """Without the person's own keys: the demo must never reach a real account."""
    return {name: os.environ[name] for name in KEPT if name in os.environ} | {"PYTHONUNBUFFERED": "1"}


@contextmanager
def _process(
    name: str, command: list[str], environment: Mapping[str, str], folder: Path
) -> Iterator[subprocess.Popen[str]]:
    root = Path(__file__).resolve().parents[1]
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            if process.stdin is not None:
                process.stdin.close()  # the emulators serve until then
            if name != "emulators":
                process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _first_line(process: subprocess.Popen[str], log: Path) -> str:
    line = process.stdout.readline() if process.stdout is not None else ""
    if not line:
        raise RuntimeError(f"the emulators did not start: {log.read_text()[-2000:]}")
    return line


def _wait_until_up(url: str, process: subprocess.Popen[str], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"budgeteer run did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def leftovers(world: World) -> list[str]:
    """Ports of the demo that still answer: none, after it ended."""
    addresses = [world.market_url, world.slack.url, f"http://127.0.0.1:{world.environment['HTTP_PORT']}"]
    addresses.append("http://" + world.environment["GOOGLE_ADS_ENDPOINT"])
    open_ports = []
    for address in addresses:
        port = int(address.rsplit(":", 1)[1].split("/")[0])
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                open_ports.append(str(port))
    return open_ports
