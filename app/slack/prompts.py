"""The agent's pane: what it offers to ask in a new conversation. Every prompt is one that the rules answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from app.slack.clicks import Then
from app.slack.shift import Shift

log = logging.getLogger("budgeteer.slack")
TITLE = "Ask about your campaigns"
PROMPTS: Mapping[str, str] = {
    "Last week by platform": "What did we spend last week, by platform?",
    "What changed": "Compare spend and conversions of the last 7 days with the 7 days before",
    "Best and worst campaigns": "ROAS by campaign in the last 30 days",
    "Can I trust this?": "How fresh are the data?",
}
"""Title -> the question that a press asks. Slack shows four at most."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new conversation with the agent."""

    channel: str
    thread_ts: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Opened:
        """Read an ``assistant_thread_started`` event."""
        thread = event["assistant_thread"]
        return cls(thread["channel_id"], thread["thread_ts"])


def suggest(shift: Shift, payload: Mapping[str, Any]) -> Then:
    """Offer the prompts. A nicety: where Slack does not take them, the conversation goes on without."""
    opened = Opened(**payload)
    try:
        shift.client.assistant_threads_setSuggestedPrompts(
            channel_id=opened.channel,
            thread_ts=opened.thread_ts,
            title=TITLE,
            prompts=[{"title": title, "message": message} for title, message in PROMPTS.items()],
        )
    except (SlackApiError, OSError) as error:
        log.warning("no suggested prompts: %s", type(error).__name__)
    return None
