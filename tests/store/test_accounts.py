"""Accounts: created once, never contradicted, found by name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.errors import BadInput, NotConfigured, UnknownCurrency
from domain.scope import Scope
from store import accounts
from store.engine import read, write
from store.tables import Account

NOW = datetime(2024, 7, 1, tzinfo=UTC)


def ensure(session: Session, **changes: Any) -> Account:
    given = {"platform": "google_ads", "name": "Acme", "currency": "USD", "timezone": "UTC", "origin": "file"}
    return accounts.ensure(session, **{**given, **changes}, now=NOW)


def test_an_account_is_created_once_and_found_without_regard_to_case(engine: Engine) -> None:
    with write(engine) as session:
        first = ensure(session, name="Ünal Möbel")
        assert ensure(session, name=" ünal mÖbel ").id == first.id
        assert ensure(session, name="Ünal Möbel", platform="meta").id != first.id
        assert [a.platform for a in accounts.find(session, "ÜNAL MÖBEL")] == ["google_ads", "meta"]
        assert accounts.get(session, first.id).name == "Ünal Möbel"


@pytest.mark.parametrize("change", [{"currency": "EUR"}, {"timezone": "Europe/Berlin"}])
def test_another_currency_or_zone_under_a_known_name_is_refused_and_the_option_named(
    engine: Engine, change: dict[str, str]
) -> None:
    with write(engine) as session:
        ensure(session)
        with pytest.raises(BadInput, match=r"use --(currency USD|timezone UTC)"):
            ensure(session, **change)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "a\nb", "a\x00b"])
def test_a_name_that_cannot_be_shown_is_refused(engine: Engine, name: str) -> None:
    with write(engine) as session, pytest.raises(BadInput, match="account name"):
        ensure(session, name=name)


def test_an_unknown_currency_creates_nothing(engine: Engine) -> None:
    with write(engine) as session:
        with pytest.raises(UnknownCurrency):
            ensure(session, currency="ZZZ")
        assert accounts.find(session) == []


def test_a_file_goes_into_a_synced_account_and_a_sync_adopts_a_files_account(engine: Engine) -> None:
    with write(engine) as session:
        synced = ensure(session, origin="api", external_id="123")
        assert ensure(session).id == synced.id
        assert (synced.origin, synced.external_id) == ("api", "123")
        from_file = ensure(session, name="Other")
        adopted = ensure(session, name="Other", origin="api", external_id="456")
        assert (adopted.id, adopted.origin, adopted.external_id) == (from_file.id, "api", "456")


def test_two_synced_accounts_of_one_name_are_told_apart_by_their_ids(engine: Engine) -> None:
    with write(engine) as session:
        one = ensure(session, origin="api", external_id="1")
        two = ensure(session, origin="api", external_id="2")
        assert (one.name, two.name) == ("Acme", "Acme (2)")
        assert ensure(session, origin="api", external_id="2").id == two.id


def test_a_scope_is_of_one_name_or_of_all_and_an_unknown_name_is_answered_with_the_known(engine: Engine) -> None:
    with read(engine) as session, pytest.raises(NotConfigured, match="budgeteer import FILE"):
        accounts.scope_for(session, None)
    with write(engine) as session:
        ids = [ensure(session, platform=p).id for p in ("google_ads", "meta")]
        other = ensure(session, name="Other").id
    with read(engine) as session:
        assert accounts.scope_for(session, "acme") == Scope(tuple(ids))
        assert set(accounts.scope_for(session, None).account_ids) == {*ids, other}
        with pytest.raises(BadInput, match=r"'Acne'; known accounts: Acme, Other"):
            accounts.scope_for(session, "Acne")
        with pytest.raises(BadInput):
            accounts.get(session, 999)
