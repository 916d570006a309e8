"""What a tool is: typed arguments in, evidence out, no way to write anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine

from analytics.errors import CannotEstimate
from domain.errors import Refused
from domain.evidence import ToolResult
from domain.policy import Limits
from domain.scope import Scope


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Whose data a tool may read, and what today is there. ``today`` itself has no complete figures yet.

    ``now`` (UTC, business time) and ``asked_by`` go onto a draft that a call stores; without ``now`` the system's
    clock stands in. ``limits`` are those of the account's policy, within which a draft stays.
    """

    engine: Engine
    scope: Scope
    today: date
    timezone: str
    week_start: int = 0
    now: datetime | None = None
    asked_by: str = "unknown"
    limits: Limits = field(default_factory=Limits)


class Arguments(BaseModel):
    """Base of every tool's arguments: unknown names are refused, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True)


A = TypeVar("A", bound=Arguments)


REASONS = (Refused, CannotEstimate)


def refusal(reason: Exception) -> str:
    """What a person is told where the data or a method say no: the one place that words a method's no."""
    if isinstance(reason, CannotEstimate):
        return f"the figures cannot carry an answer: {reason}"
    return str(reason)


@dataclass(frozen=True, slots=True)
class Tool(Generic[A]):
    """A tool as planners see it. ``name`` and ``description`` are what a model reads."""

    name: str
    description: str
    arguments: type[A]
    run: Callable[[ToolContext, A], ToolResult]
