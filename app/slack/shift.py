"""What a worker of the desk is given beside the work itself, and how it answers a command."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from app.slack.deps import SlackDeps

log = logging.getLogger("budgeteer.slack")
RESPONSE_HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")


@dataclass(frozen=True, slots=True)
class Shift:
    """``attempts`` counts this one: above 1 an earlier worker died with it. ``submit`` takes the key of other work.

    ``late``: it waited so long, because no process was there, that whoever asked does not expect it any more.
    ``typed_at``: when it came in, on the system's clock.
    """

    deps: SlackDeps
    client: WebClient
    submit: Callable[[str], None]
    attempts: int
    late: bool = False
    typed_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def answer_command(
    deps: SlackDeps, response_url: str, text: str, blocks: list[dict[str, object]], *, to_all: bool
) -> bool:
    """Answer a slash command where it was typed; False where that did not arrive.

    The address came with the request: only Slack's own, or the host of the configured API, is answered.
    """
    host = urlsplit(response_url)
    own = urlsplit(deps.api_url)
    if not ((host.scheme == "https" and host.hostname in RESPONSE_HOSTS) or host.netloc == own.netloc):
        log.warning("a command's response_url is not Slack's: %s", host.hostname)
        return False
    try:
        sent = WebhookClient(response_url, timeout=5).send(
            text=text, blocks=blocks, response_type="in_channel" if to_all else "ephemeral"
        )
    except (SlackClientError, OSError) as error:
        log.warning("a command was not answered: %s", type(error).__name__)
        return False
    return sent.status_code == 200
