"""Labels of campaigns: rules proposed from the names and confirmed once; a label set by hand stands above them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from domain.errors import BadInput
from domain.label_proposals import carried, propose
from domain.labels import Rule, assign
from domain.naming import read_name
from domain.scope import Scope
from store import audit
from store.guards import insert_missing
from store.in_use import campaign_in_use
from store.tables import Account, Campaign, CampaignLabel, LabelRule

Decision = Literal["confirmed", "rejected"]
Labels = dict[int, dict[str, str]]


@dataclass(frozen=True, slots=True)
class RuleView:
    """A stored rule, and the campaigns (by name) whose label comes from it or would."""

    id: int
    account_id: int
    rule: Rule
    status: str
    campaigns: tuple[str, ...]
    decided_by: str | None
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class HandSet:
    """A label that a person gave one campaign."""

    campaign_id: int
    campaign: str
    account_id: int
    key: str
    value: str
    set_by: str


def propose_rules(session: Session, account_id: int, now: datetime) -> list[RuleView]:
    """Store what the account's campaign names suggest, once; every rule that waits for a decision.

    A rule that was rejected or confirmed before is not proposed again.
    """
    account = session.get_one(Account, account_id)
    for proposal in propose(list(_names(session, account_id).values()), [account.name]):
        rule = proposal.rule
        insert_missing(
            session, LabelRule,
            {"account_id": account_id, "key": rule.key, "value": rule.value, "pattern": rule.pattern,
             "priority": rule.priority, "status": "proposed", "proposed_at": now},
        )  # fmt: skip
    session.flush()
    return rules(session, Scope((account_id,)), ("proposed",))


def rules(
    session: Session, scope: Scope, statuses: Collection[str] = ("proposed", "confirmed", "rejected")
) -> list[RuleView]:
    """Rules by account, key and value, each with the campaigns it reaches today."""
    query = (
        select(LabelRule)
        .where(LabelRule.account_id.in_(scope.account_ids), LabelRule.status.in_(statuses))
        .order_by(LabelRule.account_id, LabelRule.key, LabelRule.value, LabelRule.priority.desc(), LabelRule.id)
        .execution_options(populate_existing=True)
    )
    by_account: dict[int, list[LabelRule]] = defaultdict(list)
    for row in session.scalars(query):
        by_account[row.account_id].append(row)
    found = []
    for account_id, stored in by_account.items():
        names = list(_names(session, account_id).values())
        reached = carried(names, [_rule(row) for row in stored])
        found += [
            RuleView(
                row.id, account_id, _rule(row), row.status, reached[_rule(row)], row.decided_by, row.decided_at
            )
            for row in stored
        ]  # fmt: skip
    return found


def decide(
    session: Session, scope: Scope, key: str, decision: Decision, *, by: str, now: datetime, value: str | None = None
) -> int:
    """Confirm or reject the proposed rules of a key (of one value where it is named), audited; how many there were.

    One conditional update: of two people only the first decides.
    """
    wanted = [LabelRule.account_id.in_(scope.account_ids), LabelRule.key == key, LabelRule.status == "proposed"]
    if value is not None:
        wanted.append(LabelRule.value == value)
    changed = update(LabelRule).where(*wanted).values(status=decision, decided_by=by, decided_at=now)
    rows = session.execute(changed.returning(LabelRule.account_id, LabelRule.value, LabelRule.pattern)).all()
    for account_id in sorted({row.account_id for row in rows}):
        decided = sorted([row.value, row.pattern] for row in rows if row.account_id == account_id)
        audit.append(session, by, f"labels.{decision}", f"account:{account_id}", {"key": key, "rules": decided}, now)
    return len(rows)


def set_label(session: Session, scope: Scope, campaign: str, key: str, value: str, *, by: str, now: datetime) -> int:
    """Give the campaigns of this name a label by hand, audited; how many there are. It stands above every rule."""
    found = _named(session, scope, campaign)
    for row in found:
        label = CampaignLabel(
            campaign_id=row.id, key=key, value=value, account_id=row.account_id, set_by=by, at=now
        )  # fmt: skip
        session.merge(label)
    session.flush()
    for row in found:
        said = {"campaign": row.name, "key": key, "value": value}
        audit.append(session, by, "labels.set", f"account:{row.account_id}", said, now)
    return len(found)


def unset_label(session: Session, scope: Scope, campaign: str, key: str, *, by: str, now: datetime) -> int:
    """Take a hand-set label away, audited; the rules speak again. How many there were."""
    ids = {row.id: row.account_id for row in _named(session, scope, campaign)}
    gone = delete(CampaignLabel).where(CampaignLabel.campaign_id.in_(ids), CampaignLabel.key == key)
    removed = session.execute(gone.returning(CampaignLabel.campaign_id)).scalars().all()
    for campaign_id in removed:
        said = {"campaign": campaign, "key": key}
        audit.append(session, by, "labels.unset", f"account:{ids[campaign_id]}", said, now)
    return len(removed)


def hand_set(session: Session, scope: Scope) -> list[HandSet]:
    """Every label set by hand, by key, value and campaign."""
    query = (
        select(CampaignLabel, Campaign.name)
        .join(Campaign, Campaign.id == CampaignLabel.campaign_id)
        .where(CampaignLabel.account_id.in_(scope.account_ids))
        .order_by(CampaignLabel.key, CampaignLabel.value, Campaign.name)
    )
    return [
        HandSet(row.campaign_id, name, row.account_id, row.key, row.value, row.set_by)
        for row, name in session.execute(query)
    ]


def labels_of(session: Session, scope: Scope) -> Labels:
    """Campaign id -> key -> value, for every campaign in scope that carries any: hand-set, else by confirmed rules.

    Where confirmed rules of equal strength contradict each other the campaign has no label of that key.
    """
    found: Labels = defaultdict(dict)
    confirmed: dict[int, list[Rule]] = defaultdict(list)
    query = select(LabelRule).where(LabelRule.account_id.in_(scope.account_ids), LabelRule.status == "confirmed")
    for row in session.scalars(query):
        confirmed[row.account_id].append(_rule(row))
    for account_id, known in confirmed.items():
        for campaign_id, name in _names(session, account_id).items():
            for key, assigned in assign(read_name(name), known).items():
                if assigned.value is not None:
                    found[campaign_id][key] = assigned.value
    by_hand = select(CampaignLabel).where(CampaignLabel.account_id.in_(scope.account_ids))
    for label in session.scalars(by_hand):
        found[label.campaign_id][label.key] = label.value
    return dict(found)


def known_labels(session: Session, scope: Scope) -> dict[str, tuple[str, ...]]:
    """Key -> the values that campaigns in scope carry, both in order."""
    values: dict[str, set[str]] = defaultdict(set)
    for carries in labels_of(session, scope).values():
        for key, value in carries.items():
            values[key].add(value)
    return {key: tuple(sorted(values[key])) for key in sorted(values)}


def unlabelled(session: Session, account_id: int, among: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Key -> the campaigns that carry no label of it, of the keys that other campaigns of the account do carry.

    ``among`` are the campaigns (by name) to look at: those that an import brought.
    """
    labels = labels_of(session, Scope((account_id,)))
    keys = sorted({key for carries in labels.values() for key in carries})
    names = {i: n for i, n in _names(session, account_id).items() if among is None or n in among}
    lacking = {key: tuple(n for i, n in names.items() if key not in labels.get(i, {})) for key in keys}
    return {key: found for key, found in lacking.items() if found}


def matching(labels: Mapping[int, Mapping[str, str]], wanted: Sequence[tuple[str, str]]) -> frozenset[int]:
    """Campaigns that carry one of the values of every key in ``wanted`` (key, value)."""
    values: dict[str, set[str]] = defaultdict(set)
    for key, value in wanted:
        values[key].add(value.casefold())
    return frozenset(
        i for i, carries in labels.items() if all(carries.get(k, "").casefold() in v for k, v in values.items())
    )


def _rule(row: LabelRule) -> Rule:
    return Rule(row.key, row.value, row.pattern, row.priority)


def _names(session: Session, account_id: int) -> dict[int, str]:
    of = (Campaign.account_id == account_id, campaign_in_use())
    query = select(Campaign.id, Campaign.name).where(*of).order_by(Campaign.name)
    return {row.id: row.name for row in session.execute(query)}


def _named(session: Session, scope: Scope, name: str) -> list[Campaign]:
    """Campaigns by name, without regard to case. Raises BadInput where there is none."""
    of = (Campaign.account_id.in_(scope.account_ids), campaign_in_use())
    query = select(Campaign).where(*of).order_by(Campaign.name)
    known = list(session.scalars(query))
    found = [c for c in known if c.name.casefold() == name.strip().casefold()]
    if not found:
        there = ", ".join(c.name for c in known[:8]) + (" and more" if len(known) > 8 else "")
        raise BadInput(f"no campaign is called {name[:80]!r}; there is {there or 'none yet'}")
    return found
