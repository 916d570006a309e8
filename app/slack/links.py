"""Links to our own cards: asked of Slack, never written by anybody else."""

from __future__ import annotations

import logging
import re

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from store.approval_view import ApprovalState

log = logging.getLogger("budgeteer.slack")
_OURS = re.compile(r"https://[a-z0-9-]+(?:\.enterprise)?\.slack\.com/archives/[A-Z0-9]+/p[0-9]+(?:\?[\w=&.]*)?")


def to_card(client: WebClient, approval: ApprovalState, words: str = "open it") -> str:
    """``<https://...|open it>``; empty where the card is not posted or Slack gives no link."""
    if approval.channel is None or approval.message_ts is None:
        return ""
    try:
        link = client.chat_getPermalink(channel=approval.channel, message_ts=approval.message_ts)["permalink"]
    except (SlackApiError, OSError, KeyError) as error:
        log.info("no link to a card: %s", type(error).__name__)
        return ""
    return f"<{link}|{words}>" if isinstance(link, str) and _OURS.fullmatch(link) else ""
