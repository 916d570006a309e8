"""Results of experiments in the store. On both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from domain.errors import BadInput
from domain.scope import Scope
from store import audit, lift_changes, lift_results
from store.engine import read, write
from store.lift_changes import Entry
from tests.activation.world import NOW, seed

ENTRY = Entry(
    name="Geo  test", campaigns=("Brand",), outcome="revenue", method="geo test", first_day=date(2026, 1, 5),
    last_day=date(2026, 2, 1), spend=Decimal("9800.50"), incremental=14_200.0, low=9_000.0, high=19_500.0, level=0.9,
    source="report 12",
)  # fmt: skip


@pytest.fixture
def account(engine: Engine) -> int:
    return seed(engine)


def add(engine: Engine, account: int, entry: Entry = ENTRY) -> int:
    with write(engine) as session:
        return lift_changes.add(session, account, entry, by="cli:ops", now=NOW)


def test_a_result_counts_until_it_is_revoked_and_both_are_audited(engine, account):
    number = add(engine, account)
    assert add(engine, account) == number, "the same result is kept once"
    with read(engine) as session:
        (found,) = lift_results.results(session, Scope((account,)))
    assert (found.name, found.spend, found.campaigns) == ("Geo test", Decimal("9800.50"), ("Brand",))
    with write(engine) as session:
        lift_changes.revoke(session, Scope((account,)), number, by="cli:ops", now=NOW)
    with read(engine) as session:
        assert lift_results.results(session, Scope((account,))) == []
        (gone,) = lift_results.results(session, Scope((account,)), revoked=True)
        assert (gone.revoked_by, gone.revoked_at) == ("cli:ops", NOW)
        told = [e.action for e in audit.entries(session) if e.action.startswith("experiment.")]
    assert sorted(told) == ["experiment.added", "experiment.revoked"]


def test_a_result_is_seen_and_revoked_only_from_its_own_account(engine, account):
    number = add(engine, account)
    with read(engine) as session:
        assert lift_results.results(session, Scope((account + 1,))) == []
    with write(engine) as session, pytest.raises(BadInput, match="no result"):
        lift_changes.revoke(session, Scope((account + 1,)), number, by="cli:ops", now=NOW)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low": 14_200.0, "high": 14_200.0}, "must have a width"),
        ({"incremental": 30_000.0}, "must lie in its range"),
        ({"incremental": float("nan")}, "finite"),
        ({"spend": Decimal(0)}, "above 0"),
        ({"last_day": date(2025, 1, 1)}, "no stretch"),
        ({"level": 95.0}, "fraction"),
        ({"campaigns": ("Brnad",)}, "no campaign 'Brnad'; it has .*Brand"),
        ({"source": "a\x1b[2Jb"}, "printable"),
    ],
)
def test_what_cannot_be_weighed_is_refused(engine, account, change, words):
    with pytest.raises(BadInput, match=words):
        add(engine, account, replace(ENTRY, **change))
