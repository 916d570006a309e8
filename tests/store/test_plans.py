"""The plan in the store: replaced by month and account, kept, and taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from domain.errors import BadInput, Refused
from domain.money import Money
from domain.scope import Scope
from store import accounts, plans, undo
from store.engine import read, write
from store.plans import Line, Loaded

NOW = datetime(2024, 6, 1, 9, tzinfo=UTC)
JUNE, JULY = date(2024, 6, 1), date(2024, 7, 1)


@pytest.fixture
def owners(engine: Engine) -> tuple[int, int]:
    with write(engine) as session:
        made = [
            accounts.ensure(
                session, platform=p, name=f"Acme {p}", currency="EUR", timezone="UTC", origin="file", now=NOW
            )
            for p in ("google_ads", "meta")
        ]
        return made[0].id, made[1].id


def line(account_id: int, budget: str, month: date = JUNE, **more: object) -> Line:
    name = "Acme google_ads" if account_id == 1 else "Acme meta"
    return Line(account_id, name, name.split()[1], month, "EUR", budget=Money(Decimal(budget), "EUR"), **more)  # type: ignore[arg-type]


def load(engine: Engine, *planned: Line) -> list[Loaded]:
    with write(engine) as session:
        return plans.load(session, planned, source="plan.csv", content_sha256=None, now=NOW)


def budgets(engine: Engine, scope: Scope, first: date = JUNE, last: date = JULY) -> list[tuple[int, date, str, str]]:
    with read(engine) as session:
        found = plans.lines(session, scope, first, last)
    return [(x.account_id, x.month, x.pool, str(x.budget.amount)) for x in found if x.budget]


def test_a_line_comes_back_as_it_was_planned(engine: Engine, owners: tuple[int, int]) -> None:
    whole = line(owners[0], "1000.10", pool="PO 1", campaign="Brand", target_roas=Decimal("3.1"),
                 margin=Decimal("0.35"), floor=Decimal("2.5"), locked=True)  # fmt: skip
    (done,) = load(engine, whole)
    with read(engine) as session:
        (found,) = plans.lines(session, Scope(owners), JUNE, JUNE)
    assert found == Line(**{f: getattr(whole, f) for f in whole.__slots__} | {"run_id": done.run_id})


def test_nothing_outside_the_scope_is_seen(engine: Engine, owners: tuple[int, int]) -> None:
    load(engine, line(owners[0], "1"), line(owners[1], "2"))
    assert budgets(engine, Scope((owners[1],))) == [(owners[1], JUNE, "", "2")]


def test_a_new_plan_replaces_its_months_of_its_accounts_and_no_other(engine: Engine, owners: tuple[int, int]) -> None:
    load(engine, line(owners[0], "1"), line(owners[0], "2", JULY), line(owners[1], "3"))
    (done,) = load(engine, line(owners[0], "9", pool="PO 1"))
    assert (done.new, done.updated, done.unchanged, done.removed) == (1, 0, 0, 1)
    assert budgets(engine, Scope(owners)) == [
        (owners[0], JUNE, "PO 1", "9"), (owners[1], JUNE, "", "3"), (owners[0], JULY, "", "2"),
    ]  # fmt: skip


def test_the_same_plan_again_changes_nothing_and_is_no_load(engine: Engine, owners: tuple[int, int]) -> None:
    load(engine, line(owners[0], "1"))
    (again,) = load(engine, line(owners[0], "1"))
    assert (again.run_id, again.unchanged) == (None, 1)


def test_an_undone_load_gives_back_what_it_replaced_with_its_own_run(engine: Engine, owners: tuple[int, int]) -> None:
    scope = Scope(owners)
    (first,) = load(engine, line(owners[0], "1", margin=Decimal("0.35")), line(owners[0], "2", campaign="Brand"))
    with read(engine) as session:
        before = plans.lines(session, scope, JUNE, JUNE)
    (second,) = load(engine, line(owners[0], "7"))
    assert second.run_id
    assert first.run_id
    with write(engine) as session:
        done = undo.undo(session, scope, second.run_id, by="U1", now=NOW)
    assert (done.account, done.removed, done.restored) == ("Acme google_ads", 1, 2)
    with read(engine) as session:
        assert plans.lines(session, scope, JUNE, JUNE) == before
    with write(engine) as session:
        again = undo.undo(session, scope, second.run_id, by="U2", now=NOW)
        assert (again.already, again.by) == (True, "U1")
    with write(engine) as session:
        undo.undo(session, scope, first.run_id, by="U1", now=NOW)
    assert budgets(engine, scope) == []


def test_a_load_under_a_later_one_is_not_taken_back(engine: Engine, owners: tuple[int, int]) -> None:
    (first,) = load(engine, line(owners[0], "1"))
    (second,) = load(engine, line(owners[0], "2"))
    (other,) = load(engine, line(owners[0], "5", JULY))
    assert first.run_id
    assert other.run_id
    with write(engine) as session, pytest.raises(Refused, match=f"budgeteer import undo {second.run_id}"):
        undo.undo(session, Scope(owners), first.run_id, by="U1", now=NOW)
    assert budgets(engine, Scope(owners)) == [(owners[0], JUNE, "", "2"), (owners[0], JULY, "", "5")]
    with write(engine) as session, pytest.raises(BadInput, match="there is no load"):
        undo.undo(session, Scope((owners[1],)), first.run_id, by="U1", now=NOW)


def test_two_lines_for_one_thing_are_refused_and_nothing_is_kept(engine: Engine, owners: tuple[int, int]) -> None:
    with pytest.raises(BadInput, match="two lines"):
        load(engine, line(owners[1], "4"), line(owners[0], "1"), line(owners[0], "2"))
    assert budgets(engine, Scope(owners)) == []
