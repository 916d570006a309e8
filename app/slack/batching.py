"""A recommendation that no card can show whole, as several that one card each can: batched by tier."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Engine

from app.slack.plan_words import WHOLE
from domain.batches import batches
from domain.errors import Refused
from domain.policy import Limits, check, tier
from domain.recommendation import Recommendation
from domain.scope import Scope
from store import policy_facts, recommendations
from store.engine import read

MOST = 5  # cards of one recommendation
Part = tuple[Recommendation, dict[str, Any] | None]
"""What goes onto a card, and its origin where it is still to be kept."""


def parts_of(engine: Engine, scope: Scope, rec_id: str, limits: Limits) -> list[Part]:
    """The recommendation itself where one card shows it whole; else its parts, each with its own prediction.

    Raises:
        Refused: it would take more than ``MOST`` cards.
    """
    with read(engine) as session:
        rec = recommendations.get(session, scope, rec_id)
        if len(rec.changes) <= WHOLE:
            return [(rec, None)]
        groups = batches(rec.changes, limits, WHOLE)
        if len(groups) > MOST:
            raise Refused(
                f"this plan has {len(rec.changes)} changes, {MOST} cards can show {MOST * WHOLE} completely; narrow it "
                "to fewer budgets, for example to one account or to some of its campaigns"
            )
        origin = recommendations.origin(session, scope, rec.id, rec.revision)
    made = [_part(engine, scope, rec, origin, group, limits) for group in groups]
    titled = (replace(p, title=f"{p.title} (card {n} of {len(made)})") for n, p in enumerate(made, start=1))
    return [(part, {**origin, "batch_of": rec.id}) for part in titled]


def _part(
    engine: Engine, scope: Scope, rec: Recommendation, origin: dict[str, Any], group: Sequence[Any], limits: Limits
) -> Recommendation:
    from tools.reestimate import reestimate

    entities = ",".join(sorted(c.entity for c in group))
    with read(engine) as session:
        predicted = reestimate(session, scope, rec, origin, {c.entity: c.after for c in group}, limits)
        facts = policy_facts.gather(session, rec.account_id, group, rec.created_at)
    kept = {name for c in group for name in (c.entity_name, *c.affects)}
    return replace(
        rec,
        id=hashlib.sha256(f"{rec.id}:{entities}".encode()).hexdigest()[:32],
        changes=tuple(group),
        why=tuple(f for f in rec.why if f.entity in kept),
        expected=predicted.expected,
        chance_worse=predicted.chance_worse,
        confidence=predicted.confidence,
        not_estimated=predicted.not_estimated and "not estimated: it is a part of a larger plan",
        risks=(*predicted.risks, *rec.risks),
        alternatives=tuple(a for a in rec.alternatives if a.label == "Do nothing"),
        tier=tier(group, limits),
        warnings=check(group, facts, limits, rec.created_at).warnings,
    )
