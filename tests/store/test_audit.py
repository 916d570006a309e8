"""The chain: whatever is done to it behind its back shows, and where."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from store import audit
from store.engine import read, write

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def chain(engine: Engine) -> Engine:
    for n in range(5):
        with write(engine) as session:
            audit.append(session, "Ana", "approval.applied", f"a{n}", {"n": n, "name": "Ünï \u202e"}, NOW)
    return engine


def broken(engine: Engine) -> str:
    with read(engine) as session:
        return str(audit.verify(session))


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("update audit set payload = '{}' where seq = 3", "entry 3: was changed"),
        ("update audit set actor = 'Ben' where seq = 1", "entry 1: was changed"),
        ("update audit set at = 'then' where seq = 5", "entry 5: was changed"),
        ("delete from audit where seq = 2", "entry 2: missing"),
        ("delete from audit where seq = 1", "entry 1: missing"),
        ("delete from audit where seq >= 4", "entry 4: missing; the head says there are 5"),
        ("delete from audit", "entry 1: missing; the head says there are 5"),
        ("update audit_head set seq = 4", "entry 5: is not the head"),
        ("delete from audit_head", "entry 5: is not the head"),
        ("update audit set seq = case seq when 2 then -3 else -2 end where seq in (2, 3)", "entry 1: missing"),
        (
            "insert into audit select 6, at, actor, action, subject, payload, previous, hash from audit where seq = 5",
            "entry 6: does not follow",
        ),
    ],
)
def test_an_edit_a_removal_a_reordering_an_insertion_and_a_cut_tail_are_found(
    chain: Engine, tampering: str, found: str
) -> None:
    assert broken(chain) == "None"
    with write(chain) as session:
        session.execute(text(tampering))
    assert broken(chain).startswith(found)


def test_two_entries_that_change_places_are_found(chain: Engine) -> None:
    with write(chain) as session:
        for move in ("set seq = 99 where seq = 2", "set seq = 2 where seq = 3", "set seq = 3 where seq = 99"):
            session.execute(text(f"update audit {move}"))
    assert broken(chain).startswith("entry 2: does not follow")


def test_an_empty_audit_holds(engine: Engine) -> None:
    assert broken(engine) == "None"


def test_an_entry_of_a_transaction_that_failed_leaves_no_gap(chain: Engine) -> None:
    def fails() -> None:
        with write(chain) as session:
            audit.append(session, "Ana", "x", "y", {}, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with write(chain) as session:
        audit.append(session, "Ana", "x", "y", {}, NOW)
    assert broken(chain) == "None"
    with read(chain) as session:
        assert [e.seq for e in audit.entries(session, limit=2)] == [5, 6]
        assert next(audit.entries(session, subject="a0")).payload == {"n": 0, "name": "Ünï \u202e"}


def test_writers_at_once_make_one_chain(engine: Engine) -> None:
    def append(who: str) -> None:
        for n in range(10):
            with write(engine) as session:
                audit.append(session, who, "x", str(n), {}, NOW)

    threads = [threading.Thread(target=append, args=(who,)) for who in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken(engine) == "None"
    with read(engine) as session:
        assert len(list(audit.entries(session))) == 40


def test_a_figure_that_json_cannot_carry_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="JSON"), write(engine) as session:
        audit.append(session, "Ana", "x", "y", {"amount": float("nan")}, NOW)
