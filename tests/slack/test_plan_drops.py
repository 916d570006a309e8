"""A plan, and a shop's orders, dropped into a direct message: asked about, shown, loaded once, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from app.slack.file_cards import IMPORT, UNDO
from store import accounts, bindings, plans, undo
from store.accounts import scope_for
from store.approvers import add_approver, remove_approver
from store.engine import read, write
from store.tables import ImportRun, Order
from tests.activation.world import NOW
from tests.slack.office import ANA, BEN, EVE, Office, open_office
from tests.slack.test_file_drops import DM, _drop_row, _labels, _press, _shown, _type

PLAN = (
    b"month,pool,account,campaign or label,budget,margin\n"
    b"2026-03,PO 4711,Acme EU,Brand,6000,40%\n2026-04,,Acme EU,,7000,\n"
)
SHOP = Path(__file__).parents[2] / "docs" / "examples" / "orders.csv"


@pytest.fixture
def office(sqlite_engine: Engine, tmp_path: Path) -> Iterator[Office]:
    with open_office(sqlite_engine, tmp_path) as opened:
        yield opened


def _planned(office: Office) -> list[tuple[str, str, Decimal]]:
    with read(office.engine) as session:
        found = plans.lines(session, scope_for(session, None), date.min, date.max)
    return [(f"{a.month:%Y-%m}", a.pool, a.budget.amount) for a in found if a.budget is not None]


def _runs(office: Office) -> list[tuple[str, str | None]]:
    with read(office.engine) as session:
        query = select(ImportRun).where(ImportRun.source != "api").order_by(ImportRun.id)
        return [(r.kind, r.undone_by) for r in session.scalars(query)]


def test_a_plan_is_shown_loaded_once_and_taken_back(office: Office) -> None:
    office.slack.people.drop(ANA, "plan.csv", PLAN)
    ready = _shown(office, "Load it?")
    assert "A plan of 2 lines for Acme EU" in ready["text"]
    assert "Budget March 2026 €6,000.00 in 1 pool" in ready["text"]
    assert "replaces what is planned" in ready["text"]
    assert _planned(office) == []  # nothing before the button
    for _ in range(3):
        office.slack.people.click(DM[ANA], ready["ts"], IMPORT, ANA, stale=ready)
    done = _shown(office, "is imported")
    assert "2 new, 0 updated, 0 unchanged, 0 removed" in done["text"]
    office.settle()
    assert _planned(office) == [("2026-03", "PO 4711", Decimal(6000)), ("2026-04", "", Decimal(7000))]
    assert _runs(office) == [("plan", None)]
    for _ in range(2):
        office.slack.people.click(DM[ANA], done["ts"], UNDO, ANA, stale=done, confirm=True)
    assert _labels(_shown(office, "its import was undone")) == {}
    assert "already by you" in office.whisper(ANA, "taken back already")
    assert (_planned(office), _runs(office)) == ([], [("plan", ANA)])


def test_a_plan_of_several_accounts_is_taken_back_whole_or_not_at_all(office: Office) -> None:
    other = _account(office, "Acme US", approver=ANA)
    office.slack.people.drop(ANA, "plan.csv", PLAN + b"2026-03,,Acme US,,900,\n")
    _press(office, _shown(office, "Load it?"), "Import")
    done = _shown(office, "is imported")
    with write(office.engine) as session:  # a later plan on top of the second account
        line = plans.Line(other, "Acme US", "meta", date(2026, 3, 1), "EUR", margin=Decimal("0.5"))
        (over,) = plans.load(session, [line], source="later.csv", content_sha256=None, now=NOW)
    _press(office, done, "Undo import", confirm=True)
    assert f"import undo {over.run_id}" in office.whisper(ANA, "Take that back first")
    assert [by for kind, by in _runs(office)] == [None] * 3
    with write(office.engine) as session:
        undo.undo(session, scope_for(session, None), over.run_id or 0, by="root", now=NOW)
    _press(office, done, "Undo import", confirm=True)
    _shown(office, "its import was undone")
    assert _planned(office) == []


def test_a_plan_without_a_month_asks_for_it(office: Office) -> None:
    office.slack.people.drop(ANA, "plan.csv", b"account,budget\nAcme EU,6000\n")
    _press(office, _shown(office, "names no month"), "April 2026")
    _press(office, _shown(office, "Load it?"), "Import")
    _shown(office, "is imported")
    assert _planned(office) == [("2026-04", "", Decimal(6000))]


def test_only_who_may_approve_plans_and_no_account_is_named_to_one_who_does_not_see_it(office: Office) -> None:
    _account(office, "Hidden", approver=BEN)
    office.slack.people.drop(EVE, "plan.csv", PLAN)
    assert "you see no account" in _shown(office, "was not loaded", EVE)["text"]
    office.slack.people.drop(ANA, "plan.csv", PLAN.replace(b"2026-04,,Acme EU", b"2026-04,,Hidden"))
    said = _shown(office, "was not loaded")["text"]
    assert "row 3: there is no account called 'Hidden'" in said.replace("’", "'")
    assert "known: Acme EU" in said
    with write(office.engine) as session:
        bindings.bind(session, EVE, [office.asked.account])  # sees it, and approves nothing
    office.slack.people.drop(EVE, "again.csv", PLAN)
    assert "may not approve for Acme EU" in _shown(office, "again.csv* was not loaded", EVE)["text"]
    assert _planned(office) == []


def test_a_right_that_went_since_the_question_loads_no_plan(office: Office) -> None:
    office.slack.people.drop(ANA, "plan.csv", PLAN)
    ready = _shown(office, "Load it?")
    with write(office.engine) as session:
        remove_approver(session, account_id=office.asked.account, user=ANA, by="test", now=NOW)
        bindings.bind(session, ANA, [office.asked.account])
    _press(office, ready, "Import")
    assert "may not approve for Acme EU" in _shown(office, "was not loaded")["text"]
    assert _planned(office) == []


def test_a_plan_with_a_wrong_line_says_which_row_and_why(office: Office) -> None:
    office.slack.people.drop(ANA, "plan.csv", PLAN.replace(b",Brand,", b",<!channel> Brnd,"))
    said = _shown(office, "was not loaded")["text"]
    assert "row 2: there is no campaign of Acme EU called" in said
    assert "<!channel>" not in said
    assert _drop_row(office).content is None


def test_orders_of_a_shop_are_shown_loaded_and_taken_back(office: Office) -> None:
    office.slack.people.drop(ANA, "orders.csv", b"\n".join(SHOP.read_bytes().splitlines()[:21]) + b"\n")
    _press(office, _shown(office, "Into which Orders account"), "New account…")
    _type(office, "Our shop")
    _press(office, _shown(office, "weeks begin"), "Monday")
    ready = _shown(office, "Load it?")
    assert "20 orders, 2026-03-01 to" in ready["text"]
    assert _orders(office) == 0
    _press(office, ready, "Import")
    done = _shown(office, "is imported")
    assert "20 new, 0 updated" in done["text"]
    assert _orders(office) == 20
    _press(office, done, "Undo import", confirm=True)
    assert "20 rows went" in _shown(office, "its import was undone")["text"]
    assert _orders(office) == 0


def _orders(office: Office) -> int:
    with read(office.engine) as session:
        return session.scalar(select(func.count()).select_from(Order)) or 0


def _account(office: Office, name: str, approver: str) -> int:
    with write(office.engine) as session:
        made = accounts.ensure(session, platform="meta", name=name, currency="EUR", timezone="UTC", origin="file",
                               now=NOW)  # fmt: skip
        add_approver(session, account_id=made.id, user=approver, by="test", now=NOW)
        return made.id
