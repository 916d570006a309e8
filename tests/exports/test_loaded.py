"""What loading a file says of campaigns without a label, and that it refuses an account that changed meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app import importing
from app.imported import to_json, to_text
from app.importing import Imported, Options
from app.settings import Settings
from domain.errors import BadInput
from store import accounts, labels
from store.engine import read, write
from store.tables import Order

NOW = datetime(2024, 7, 1, tzinfo=UTC)
FILE = b"Day,Campaign,Cost\n2024-06-01,DE_Brand,1\n2024-06-01,AT_Brand,2\n2024-06-01,Odd,3\n"
ORDERS = b"Order ID,Date,Total,Currency\n1,2024-06-01 23:30:00,100,USD\n"


def loaded(engine: Engine, content: bytes = FILE, platform: str = "google_ads") -> Imported:
    options = Options(platform, "Acme", "USD")
    return importing.load(engine, Settings(_env_file=None), NOW, "a.csv", content, options)


def test_an_import_names_the_campaigns_that_no_confirmed_label_fits(engine: Engine) -> None:
    first = loaded(engine)
    assert first.unlabelled == {}
    assert "labels" not in to_text(first)  # an account without labels is not told that it lacks them
    with write(engine) as session:
        scope = accounts.scope_for(session, None)
        labels.set_label(session, scope, "DE_Brand", "market", "DE", by="ann", now=NOW)
        labels.set_label(session, scope, "AT_Brand", "market", "AT", by="ann", now=NOW)
    again = loaded(engine)
    assert again.unlabelled == {"market": ("Odd",)}
    assert "  labels     no market label fits Odd\n" in to_text(again)
    assert "budgeteer labels propose --account Acme" in to_text(again)
    assert to_json(again)["unlabelled"] == {"market": ["Odd"]}
    part = loaded(engine, b"Day,Campaign,Cost\n2024-06-02,DE_Brand,1\n")
    assert part.unlabelled == {}  # only what this file brings


def test_rules_that_only_wait_for_a_decision_are_no_labels_yet(engine: Engine) -> None:
    loaded(engine, FILE.replace(b"Odd", b"CH_Test"))
    with write(engine) as session:
        (account_id,) = accounts.scope_for(session, None).account_ids
        assert labels.propose_rules(session, account_id, NOW)
    assert loaded(engine, FILE.replace(b"Odd", b"CH_Test")).unlabelled == {}


def test_orders_read_for_a_zone_that_the_account_no_longer_has_load_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process creates the shop, in another zone, while the file is read."""
    read_orders = importing.read_orders

    def meanwhile(content: bytes, **more: Any) -> Any:
        with write(engine) as session:
            accounts.ensure(session, platform="orders", name="Acme", currency="USD", timezone="Asia/Tokyo",
                            origin="file", now=NOW, kind="shop")  # fmt: skip
        return read_orders(content, **more)

    monkeypatch.setattr(importing, "read_orders", meanwhile)
    with pytest.raises(BadInput, match="timezone Asia/Tokyo, not UTC"):
        loaded(engine, ORDERS, "orders")
    with read(engine) as session:
        assert session.scalars(select(Order)).all() == []
    monkeypatch.undo()
    loaded(engine, ORDERS, "orders")
    with read(engine) as session:
        assert [str(o.day) for o in session.scalars(select(Order))] == ["2024-06-01"]
