"""Labels in the store: proposed, confirmed once, set by hand above the rules. On both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.scope import Scope
from store import accounts, audit, labels
from store.engine import read, write
from store.tables import Campaign

NOW = datetime(2026, 3, 4, 10, 42, tzinfo=UTC)
NAMES = ("DE_Search_Brand", "DE_Search_NonBrand", "AT_Search_Brand", "AT_Generic")


def _account(session: Session, name: str = "Acme", names: tuple[str, ...] = NAMES) -> Scope:
    account = accounts.ensure(
        session, platform="google_ads", name=name, currency="EUR", timezone="UTC", origin="file", now=NOW
    )
    session.add_all(Campaign(account_id=account.id, name=n) for n in names)
    session.flush()
    return Scope((account.id,))


def _said(session: Session, scope: Scope, key: str) -> dict[str, str]:
    names = {c.id: c.name for c in session.query(Campaign).filter(Campaign.account_id.in_(scope.account_ids))}
    return {names[i]: found[key] for i, found in labels.labels_of(session, scope).items() if key in found}


def test_a_proposed_rule_labels_nothing_until_it_is_confirmed_and_then_new_campaigns_too(engine: Engine) -> None:
    with write(engine) as session:
        scope = _account(session)
        labels.propose_rules(session, scope.account_ids[0], NOW)
        assert labels.labels_of(session, scope) == {}
        assert labels.decide(session, scope, "brand", "confirmed", by="Ana", now=NOW) > 0
        session.add(Campaign(account_id=scope.account_ids[0], name="CH_Brand"))
        session.add(Campaign(account_id=scope.account_ids[0], name="CH_Test"))
        session.flush()
    with read(engine) as session:
        expected = {"DE_Search_Brand": "brand", "AT_Search_Brand": "brand", "CH_Brand": "brand"}
        assert _said(session, scope, "brand") == expected | {
            "DE_Search_NonBrand": "non-brand",
            "AT_Generic": "non-brand",
        }
        assert labels.unlabelled(session, scope.account_ids[0]) == {"brand": ("CH_Test",)}
        assert labels.unlabelled(session, scope.account_ids[0], ["CH_Brand"]) == {}
        assert [e.action for e in audit.entries(session)] == ["labels.confirmed"]


def test_a_rejected_rule_is_not_proposed_again(engine: Engine) -> None:
    with write(engine) as session:
        scope = _account(session)
        before = labels.propose_rules(session, scope.account_ids[0], NOW)
        labels.decide(session, scope, "country", "rejected", by="Ana", now=NOW)
        again = labels.propose_rules(session, scope.account_ids[0], NOW)
    assert {v.rule.key for v in before} - {v.rule.key for v in again} == {"country"}


def test_a_label_set_by_hand_stands_above_the_rules_and_can_be_taken_back(engine: Engine) -> None:
    with write(engine) as session:
        scope = _account(session)
        labels.propose_rules(session, scope.account_ids[0], NOW)
        labels.decide(session, scope, "brand", "confirmed", by="Ana", now=NOW)
        assert labels.set_label(session, scope, "at_generic", "brand", "brand", by="Ana", now=NOW) == 1
        assert _said(session, scope, "brand")["AT_Generic"] == "brand"
        assert labels.unset_label(session, scope, "AT_Generic", "brand", by="Ana", now=NOW) == 1
        assert _said(session, scope, "brand")["AT_Generic"] == "non-brand"
        with pytest.raises(BadInput, match="no campaign is called 'nope'; there is AT_Generic"):
            labels.set_label(session, scope, "nope", "brand", "brand", by="Ana", now=NOW)
    with read(engine) as session:
        assert audit.verify(session) is None


def test_of_two_people_only_one_decides(engine: Engine) -> None:
    with write(engine) as session:
        scope = _account(session)
        total = len([v for v in labels.propose_rules(session, scope.account_ids[0], NOW) if v.rule.key == "brand"])

    def decide(person: str) -> int:
        with write(engine) as session:
            decision: labels.Decision = "confirmed" if person == "Ana" else "rejected"
            return labels.decide(session, scope, "brand", decision, by=person, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        counts = sorted(pool.map(decide, ("Ana", "Ben")))
    assert counts == [0, total]
    with read(engine) as session:
        assert len({v.decided_by for v in labels.rules(session, scope) if v.rule.key == "brand"}) == 1


def test_another_accounts_labels_are_out_of_scope(engine: Engine) -> None:
    with write(engine) as session:
        mine, other = _account(session, "Acme"), _account(session, "Other")
        for scope in (mine, other):
            labels.propose_rules(session, scope.account_ids[0], NOW)
        labels.decide(session, other, "brand", "confirmed", by="Ana", now=NOW)
        assert labels.known_labels(session, mine) == {}
        assert labels.known_labels(session, other) == {"brand": ("brand", "non-brand")}


def test_a_campaign_on_which_equal_rules_disagree_has_no_label(engine: Engine) -> None:
    with write(engine) as session:
        scope = _account(session, names=("Tofu", "Bofu", "Tofu bofu"))
        labels.propose_rules(session, scope.account_ids[0], NOW)
        labels.decide(session, scope, "funnel", "confirmed", by="Ana", now=NOW)
        assert _said(session, scope, "funnel") == {"Tofu": "prospecting", "Bofu": "retargeting"}
        assert labels.unlabelled(session, scope.account_ids[0]) == {"funnel": ("Tofu bofu",)}
