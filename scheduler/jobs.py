"""The jobs: each a plain function that is safe to run twice and anywhere."""

from __future__ import annotations

from agent.activation import ActivationDeps, settle_unknown
from domain.lifecycle import Status
from store.approvals import expire_due


def expire(deps: ActivationDeps) -> tuple[str, ...]:
    """Close the approvals that lapsed, so that their cards say so."""
    return expire_due(deps.engine, deps.now())


def verify(deps: ActivationDeps) -> dict[str, Status]:
    """Take up approvals that a dead process left, and those whose outcome is unknown."""
    return settle_unknown(deps)
