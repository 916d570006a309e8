"""One of two real processes: clicks and executes the same approvals as its rival, or dies where it is told to.

``python -m tests.activation.worker race URL PLATFORM WHO`` reads approval ids from stdin, one a round, and answers
each with a JSON line. ``... die URL PLATFORM APPROVAL...`` forks a process for each boundary of the ledger, in rounds
of all boundaries: it executes its approval and kills itself there; then come their exit codes, a JSON line.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from agent.activation import ActivationDeps, execute
from domain.policy import Limits
from store import ledger
from store.approvals import decide
from store.engine import open_engine
from tests.activation.platform import FakePlatform
from tests.activation.world import LIMITS, NOW

LEASE_S = 6.0
BOUNDARIES = [
    f"{side}:{step}" for step in ("intend", "apply", "answered", "settle", "conclude") for side in ("before", "after")
]


def deps(engine: Engine, platform: FakePlatform, limits: Limits = LIMITS) -> ActivationDeps:
    return ActivationDeps(engine, {"google_ads": platform}, lambda: NOW, limits, write_deadline_s=1.0, lease_s=LEASE_S)


def race(engine: Engine, platform: FakePlatform, who: str) -> None:
    settings = Limits(envelope=LIMITS.envelope * 1000)
    for line in sys.stdin:
        approval = line.strip()
        answer = decide(engine, approval, who, "approve", now=NOW, limits=settings)
        # both execute, winner or not: a card that is delivered twice does the same
        status = execute(deps(engine, platform, settings), approval)
        print(json.dumps({"claimed": answer.claimed, "text": answer.text, "status": status}), flush=True)


def die_everywhere(url: str, path: Path, approvals: list[str]) -> None:
    codes = []
    for start in range(0, len(approvals), len(BOUNDARIES)):  # more at once would wait for one account's lock too long
        codes += die_in_a_round(url, path, approvals[start : start + len(BOUNDARIES)])
    print(json.dumps(codes), flush=True)


def die_in_a_round(url: str, path: Path, approvals: list[str]) -> list[int]:
    children = []
    for approval, where in zip(approvals, BOUNDARIES, strict=True):
        if (child := os.fork()) == 0:
            try:
                die(open_engine(url), FakePlatform(path), approval, where)
            finally:
                os._exit(1)  # it should not have come so far
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def die(engine: Engine, platform: FakePlatform, approval: str, where: str) -> None:
    side, step = where.split(":")
    if step == "apply":
        platform.on_write = lambda now: _die() if now == side else None
    else:
        setattr(ledger, step, _dying(getattr(ledger, step), side))
    execute(deps(engine, platform), approval)


def _dying(step: Callable[..., Any], side: str) -> Callable[..., Any]:
    def dies(*args: Any, **kwargs: Any) -> Any:
        if side == "before":
            _die()
        step(*args, **kwargs)
        return _die()

    return dies


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    mode, url, path, *rest = sys.argv[1:]
    if mode == "race":
        race(open_engine(url), FakePlatform(Path(path)), rest[0])
    else:
        die_everywhere(url, Path(path), rest)
