"""What the question graph needs from outside. ``app.wiring`` builds it; tests hand in their own parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from agent.planner.rules import plan as plan_by_rules
from agent.state import Plan, PlanContext
from domain.policy import Limits
from tools import MENU
from tools.base import Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """The chat model and what one question may use of it. ``build`` makes the client, at the first question."""

    build: Callable[[], BaseChatModel]
    timeout_seconds: float = 20.0
    max_calls: int = 4
    max_tokens: int = 30_000


@dataclass(frozen=True, slots=True)
class AskDeps:
    """Parts of the question graph. ``timezone`` stands in where the accounts in scope do not share one.

    ``limits`` are the policy's, within which a draft made in a conversation stays.
    """

    engine: Engine
    checkpointer: BaseCheckpointSaver[str]
    now: Callable[[], datetime]
    timezone: str = "UTC"
    week_start: int = 0
    model: ModelSettings | None = None
    limits: Limits = field(default_factory=Limits)
    menu: Mapping[str, Tool[Any]] = field(default_factory=lambda: MENU)
    rules: Callable[[str, PlanContext], Plan] = plan_by_rules
