"""What only undone loads had made is named nowhere, keeps its revisions, and is taken up again by a later load."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select

from app import importing
from app.importing import Options
from app.settings import Settings
from domain.errors import BadInput
from domain.scope import Scope
from store import accounts, labels, order_sums, performance, undo
from store.engine import read, write
from store.tables import Account, MetricRevision

NOW = datetime(2024, 7, 1, tzinfo=UTC)
FILE = b"Day,Campaign,Cost\n2024-06-01,A,1\n"


def load(engine: Engine, content: bytes = FILE, account: str = "Typo", platform: str = "google_ads") -> int:
    options = Options(platform, account, "USD")
    return importing.load(engine, Settings(_env_file=None), NOW, "a.csv", content, options).counts.run_id


def take_back(engine: Engine, *runs: int) -> None:
    for run in runs:
        with write(engine) as session:
            undo.undo(session, accounts.scope_for(session, None), run, by="ann", now=NOW)


def names(engine: Engine) -> tuple[list[str], list[str], list[str]]:
    """Ads accounts, campaigns and shops as answers know them."""
    with read(engine) as session:
        scope = Scope(tuple(session.scalars(select(Account.id))))
        return (
            [a.name for a in performance.accounts(session, scope)],
            [c.name for c in performance.campaigns(session, scope)],
            [s.name for s in order_sums.shops(session, scope)],
        )


def test_the_account_and_campaigns_of_undone_loads_are_named_nowhere_and_come_back(engine: Engine) -> None:
    load(engine, FILE.replace(b",A,", b",B,"), account="Acme")
    before = names(engine)
    first = load(engine)
    second = load(engine, FILE.replace(b",1\n", b",2\n"))  # a revision keeps the campaign's row
    assert names(engine) != before
    take_back(engine, second, first)
    assert names(engine) == before
    with read(engine) as session:
        assert session.scalar(select(func.count()).select_from(MetricRevision)) == 1
        with pytest.raises(BadInput, match=r"known accounts: Acme$"):
            accounts.scope_for(session, "Nobody")
        (typo,) = accounts.find(session, "Typo")
        with pytest.raises(BadInput, match="no campaign is called"):
            labels.unset_label(session, Scope((typo.id,)), "A", "brand", by="ann", now=NOW)
    load(engine)
    assert names(engine)[0] == ["Acme", "Typo"]
    assert "A" in names(engine)[1]


def test_a_labelled_campaign_and_an_account_with_a_load_that_stands_stay(engine: Engine) -> None:
    first = load(engine)
    second = load(engine, FILE.replace(b",1\n", b",2\n"))
    with write(engine) as session:
        labels.set_label(session, accounts.scope_for(session, None), "A", "brand", "brand", by="ann", now=NOW)
    take_back(engine, second)
    assert names(engine)[:2] == (["Typo"], ["A"])
    take_back(engine, first)
    assert names(engine)[0] == []  # no load stands
    load(engine, FILE.replace(b",A,", b",C,"))
    assert names(engine)[:2] == (["Typo"], ["A", "C"])  # what a person labelled is not forgotten


def test_a_shop_without_a_load_that_stands_is_no_shop(engine: Engine) -> None:
    run = load(engine, b"Order ID,Date,Total,Currency\n1,2024-06-01,100,USD\n", "Till", "orders")
    assert names(engine)[2] == ["Till"]
    take_back(engine, run)
    assert names(engine)[2] == []
