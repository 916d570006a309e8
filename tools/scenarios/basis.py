"""What all plans of one account rest on: its levers, their fits by the same draws, and the policy's facts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from domain.money import MICROS, Money
from domain.policy import EntityFacts, Limits, PolicyFacts, check, in_effect
from domain.recommendation import Change
from store import calendar, policy_facts
from store.tables import Account
from tools import record
from tools.base import ToolContext
from tools.budget import Picked, Request, Split, base_of, fit_levers
from tools.levers import Lever, Levers, Outcome
from tools.levers import read as levers_of
from tools.walls import walled


@dataclass(frozen=True, slots=True)
class Basis:
    """One account as of a day. ``today`` is the split as it is, with the fits.

    ``limits`` are those in effect now, ``usual`` those without the calendar's events.
    """

    account: Account
    levers: Levers
    today: Split
    limits: Limits
    usual: Limits
    facts: PolicyFacts
    now: datetime

    @property
    def amounts(self) -> dict[str, Decimal]:
        """Today's amount of every lever by entity."""
        return {lever.entity: lever.now for lever in self.levers.levers}

    @property
    def unit(self) -> Decimal:
        """The coarsest billable step of the levers."""
        return max(lever.unit for lever in self.levers.levers)

    def lever(self, entity: str) -> Lever:
        return next(lever for lever in self.levers.levers if lever.entity == entity)

    def split(self, amounts: Mapping[str, Decimal], flattery: float = 0.0) -> Split:
        """``amounts`` (of all levers, by entity) as a split over the fitted ones: the same draws for every plan.

        ``flattery`` is what the fits flatter these amounts by where a search picked them.
        """
        own = {m.lever.entity: amounts[m.lever.entity] for m in self.today.movable}
        total = sum(amounts.values(), Decimal(0))
        return replace(self.today, amounts=own, total=total, picked=Picked(own, flattery) if flattery else None)

    def rng(self) -> np.random.Generator:
        """The same question, the same draws: as ``tools.drafting`` draws them."""
        return np.random.default_rng([self.account.id, self.levers.last_day.toordinal()])


def read(session: Session, context: ToolContext, account: Account, outcome: Outcome | None = None) -> Basis:
    """Fit one account's levers once for all of its plans. ``outcome`` None takes revenue where there is any.

    Raises:
        CannotAnswer: there are no figures (of that outcome), or no budget was ever read.
    """
    now = context.now or datetime.now(UTC)
    levers = levers_of(session, context.scope, account, context.today, context.limits.observation_days, outcome)
    events = calendar.envelopes(
        session, account.id, account.timezone, now.astimezone(ZoneInfo(account.timezone)).date()
    )
    limits = in_effect(context.limits, events, now)
    levers = walled(session, context.scope, account, levers, context.today)
    rng = np.random.default_rng([account.id, levers.last_day.toordinal()])
    movable, held = fit_levers(levers, rng, limits)
    total = sum((lever.now for lever in levers.levers), Decimal(0))
    own = {m.lever.entity: m.lever.now for m in movable}
    today = Split(
        tuple(movable), held, own, total, total, False, Request(), *base_of(levers, movable),
        correction=record.correction(session, context.scope, account.id, levers.outcome),
    )  # fmt: skip
    facts = policy_facts.gather(session, account.id, changes(account, levers, {}, now, all_levers=True), now)
    session.expunge(account)  # the plans are told after the session is closed
    return Basis(account, levers, today, limits, context.limits, _known(facts, levers, account), now)


def changes(
    account: Account,
    levers: Levers,
    amounts: Mapping[str, Decimal],
    now: datetime,
    *,
    all_levers: bool = False,
) -> tuple[Change, ...]:
    """The writes that ``amounts`` come to: of the levers that move, or of all."""
    return tuple(
        Change(
            platform=account.platform,
            account=account.external_id or account.name,
            entity=lever.entity,
            entity_name=lever.name,
            field="daily_budget",
            before=Money(lever.now, account.currency),
            after=Money(amounts.get(lever.entity, lever.now), account.currency),
            observed_at=lever.observed_at or now,
            affects=lever.campaigns,
        )
        for lever in levers.levers
        if all_levers or amounts.get(lever.entity, lever.now) != lever.now
    )


def refusals(basis: Basis, amounts: Mapping[str, Decimal]) -> tuple[str, ...]:
    """Why ``amounts`` may not be proposed: what holds a lever, and the policy with its figures. Empty where they may.

    The same gates as a recommendation passes; today's own amounts change nothing and break none.
    """
    moved = changes(basis.account, basis.levers, amounts, basis.now)
    if not moved:
        return ()
    found = []
    for change in moved:
        lever = basis.lever(change.entity)
        step = 1 if change.after.amount > change.before.amount else -1
        if lever.held is not None:
            found.append(f"{lever.name} is held: {lever.held}")
        else:
            found += [f"{lever.name}: {bar}" for bar in lever.barred if bar.forbids(step)]
    held = tuple(f"{basis.lever(c.entity).name}: " for c in moved if basis.lever(c.entity).held is not None)
    said = check(moved, basis.facts, basis.usual, basis.now).refusals
    return tuple(dict.fromkeys([*found, *(line for line in said if not (held and line.startswith(held)))]))


def fingerprint(levers: Levers) -> str:
    """The days that were learned from, as one short text, so that it shows later whether they are the same still."""
    rows = [
        [lever.entity, [[d.day.isoformat(), d.spend, d.outcome] for d in lever.history]]
        for lever in sorted(levers.levers, key=lambda lever: lever.entity)
    ]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()


def _known(facts: PolicyFacts, levers: Levers, account: Account) -> PolicyFacts:
    """An account from a file has no budgets to read: its levers' own steps stand for the platform's."""
    if account.origin != "file":
        return facts
    entities = {lever.entity: EntityFacts(billable_unit_micros=int(lever.unit * MICROS)) for lever in levers.levers}
    return replace(facts, entities=entities, stopped_by=())
