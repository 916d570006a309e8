"""Real processes on a real database: races, and SIGKILL at every boundary of the ledger."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, func, select

from agent.activation import execute, settle_unknown
from agent.activation.deps import Hold
from domain.lifecycle import Status
from store import audit
from store.approvals import Decision, decide, view
from store.engine import read, write
from store.tables import Attempt, Promise, Reservation
from tests.activation.platform import FakePlatform
from tests.activation.worker import BOUNDARIES, LEASE_S, deps
from tests.activation.world import LIMITS, NOW, bids, change, opened_in, recommendation, seed, target

ROOT = Path(__file__).parents[2]
ROUNDS = 200


def start(*args: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.activation.worker", *args]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@contextmanager
def two_processes(database_url: str, platform: FakePlatform) -> Iterator[list[subprocess.Popen[str]]]:
    both = [start("race", database_url, str(platform.path), who) for who in ("Ana", "Ben")]
    yield both
    for process in both:
        process.stdin.close()  # type: ignore[union-attr]
        assert process.wait(30) == 0


def test_two_processes_race_for_200_approvals_and_each_is_claimed_once_written_once_and_answered_twice(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    changes = [target(f"t{i}") if i % 4 == 3 else change(f"b{i}") for i in range(ROUNDS)]
    account = seed(engine, entities=[c.entity for c in changes if not c.of_target])
    bids(engine, account, [c.entity for c in changes if c.of_target])
    with write(engine) as session:
        cards = [opened_in(session, recommendation(account, each)) for each in changes]
    for each in changes:
        platform.put(each.entity, str(each.before.amount))
    answers: list[list[dict[str, object]]] = []
    with two_processes(database_url, platform) as both:
        for n, card in enumerate(cards):  # the barrier: nobody gets the next card before both have answered this one
            for process in both if n % 2 else reversed(both):
                process.stdin.write(card + "\n")  # type: ignore[union-attr]
                process.stdin.flush()  # type: ignore[union-attr]
            answers.append([json.loads(process.stdout.readline()) for process in both])  # type: ignore[union-attr]
    settle_unknown(deps(engine, platform))
    assert Counter(platform.writes()) == Counter((c.entity, c.after.micros) for c in changes)
    assert [sum(bool(a["claimed"]) for a in pair) for pair in answers] == [1] * ROUNDS
    for pair in answers:
        texts = sorted(str(a["text"]) for a in pair)
        assert texts[0].startswith("already approved by @")
        assert texts[1] == "approved at 10:42, applying now"
    with read(engine) as session:
        assert {view(session, card).approval.status for card in cards} == {Status.APPLIED}
        assert session.scalar(select(func.count()).select_from(Attempt)) == ROUNDS
        assert audit.verify(session) is None
    assert len({a["text"] for pair in answers for a in pair if not a["claimed"]}) == 2, "one process won every round"


def test_processes_killed_at_every_ledger_boundary_leave_no_double_write(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    rounds = range(len(BOUNDARIES))
    account = seed(engine, entities=[f"{side}{i}" for side in ("less", "more") for i in rounds])
    bids(engine, account, [f"{side}{i}" for side in ("t", "r") for i in rounds])
    plans = [(change(f"less{i}", after="180"), change(f"more{i}")) for i in rounds]
    plans += [(target(f"t{i}"), target(f"r{i}", "4", "3.6")) for i in rounds]
    cards = []
    for careful, bold in plans:
        for each in (careful, bold):
            platform.put(each.entity, str(each.before.amount))
        with write(engine) as session:
            cards.append(opened_in(session, recommendation(account, bold, careful)))
        assert decide(engine, cards[-1], "Ana", "approve", now=NOW, limits=LIMITS).claimed
    answer, _ = start("die", database_url, str(platform.path), *cards).communicate(timeout=120)
    assert json.loads(answer) == [-signal.SIGKILL] * len(plans)

    settle_all(engine, platform)
    assert Counter(platform.writes()) == Counter((c.entity, c.after.micros) for plan in plans for c in plan)
    with read(engine) as session:
        shown = [view(session, card) for card in cards]
        frozen = [(p.approval_id, p.kind) for p in session.scalars(select(Promise))]
        assert audit.verify(session) is None
    assert {s.approval.status for s in shown} == {Status.APPLIED}
    kinds = ["bid" if careful.of_target else "budget" for careful, _ in plans]
    assert Counter(frozen) == Counter(zip(cards, kinds, strict=True)), "each change froze its prediction once"
    for s, where, plan in zip(shown, BOUNDARIES * 2, plans, strict=True):
        assert tuple(o.change.entity for o in s.operations) == tuple(c.entity for c in plan), "what spends less first"
        # an intent whose call was never made looks like one whose answer was lost: it is read back, then sent again
        wanted = 3 if where in ("after:intend", "before:apply") else 2
        assert (where, sum(len(o.attempts) for o in s.operations)) == (where, wanted)


def test_while_a_dead_executors_lease_runs_nobody_else_writes(engine: Engine, tmp_path: Path) -> None:
    platform = FakePlatform(tmp_path / "platform.db")
    platform.put("b1")
    account = seed(engine)
    with write(engine) as session:
        card = opened_in(session, recommendation(account))
    assert decide(engine, card, "Ana", "approve", now=NOW, limits=LIMITS).claimed
    hold = Hold(replace(deps(engine, platform), lease_s=2.0), card)  # of a process that dies now
    assert hold.take()
    assert execute(deps(engine, platform), card) is Status.EXECUTING
    assert platform.writes() == []
    settle_all(engine, platform)
    assert platform.writes() == [("b1", 240_000_000)]


def settle_all(engine: Engine, platform: FakePlatform) -> None:
    """What the verify job does, until nothing is left or the dead ones' leases must have run out long ago."""
    deadline = time.monotonic() + 10 * LEASE_S
    while settle_unknown(deps(engine, platform)) and time.monotonic() < deadline:
        time.sleep(0.1)


def test_ten_approvals_that_overrun_the_envelope_together_are_clicked_at_once_and_the_envelope_holds(
    engine: Engine,
) -> None:
    entities = [f"b{i}" for i in range(10)]
    account = seed(engine, entities=entities)
    with write(engine) as session:
        cards = [opened_in(session, recommendation(account, change(e))) for e in entities]
    barrier = threading.Barrier(10)
    answers: list[Decision] = []

    def click(card: str) -> None:
        barrier.wait()
        answers.append(decide(engine, card, "Ana", "approve", now=NOW, limits=LIMITS))

    threads = [threading.Thread(target=click, args=(card,)) for card in cards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 10
    assert sum(a.claimed for a in answers) == 5
    assert all("over the envelope" in a.text for a in answers if not a.claimed)
    with read(engine) as session:
        assert session.scalar(select(func.sum(Reservation.micros))) == 200_000_000
