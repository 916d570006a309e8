"""What the Slack surface is given by the composition root. It builds nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from pydantic import SecretStr
from sqlalchemy import Engine

from agent.state import Answer
from app.settings import Settings
from app.slack.home import Cannot
from domain.policy import Limits
from domain.scope import Scope
from store.clicking import Mention, Presence
from store.following import Followed


class Ask(Protocol):
    """``agent.graph.ask`` with its dependencies bound."""

    def __call__(self, thread: str, text: str, *, scope: Scope, asked_by: str) -> Answer: ...


class FollowUp(Protocol):
    """``agent.activation.follow_up`` with its dependencies bound."""

    def __call__(
        self, approval_id: str, kind: Literal["undo", "finish"], user: str, *, mention: Mention, presence: Presence
    ) -> Followed: ...


@dataclass(frozen=True, slots=True)
class SlackDeps:
    """Business ``now`` may be an emulated market's; delivery and its leases run on the system's clock.

    ``execute`` is ``agent.activation.execute`` with its dependencies bound: idempotent, called
    once for the click that claimed an approval. ``opened`` and ``moved`` are told the id of an approval
    that was opened or went on without a write (rejected, replaced); they do not raise. ``follow_up`` proposes an
    undo or the rest of a plan; it reads the platform and writes nothing there.
    ``cannot`` says what cannot be answered yet.
    """

    engine: Engine
    ask: Ask
    execute: Callable[[str], object]
    opened: Callable[[str], object]
    moved: Callable[[str], object]
    follow_up: FollowUp
    now: Callable[[], datetime]
    limits: Limits
    config: Settings
    token: SecretStr
    signing_secret: SecretStr | None  # None in Socket Mode
    cannot: Cannot
    api_url: str = "https://slack.com/api/"
    workers: int = 8
