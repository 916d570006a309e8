"""Who a person is, as Slack says at the moment of the click: asked live, and in doubt nobody."""

from __future__ import annotations

import logging
import re

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from app.slack import blocks as bk
from store.clicking import Mention, Presence

_OUTSIDE = ("is_restricted", "is_ultra_restricted", "is_stranger")
MOST_PAGES = 10  # of two hundred channels each
log = logging.getLogger("budgeteer.slack")


def presence(client: WebClient, user: str) -> Presence:
    """A member, somebody from outside (a guest, another company), gone (deactivated, a bot), unclear, or hidden."""
    if re.fullmatch(r"[UW][A-Z0-9]+", user) is None:
        return "unclear"
    try:
        found = client.users_info(user=user)["user"]
        if found["id"] != user or not isinstance(found.get("deleted"), bool):
            return "unclear"
    except SlackApiError as error:
        name = str(error.response.get("error"))
        log.warning("who is %s: %s", user, name)
        return {"user_not_found": "gone", "missing_scope": "hidden"}.get(name, "unclear")  # type: ignore[return-value]
    except (OSError, KeyError, TypeError) as error:
        log.warning("who is %s: %s", user, type(error).__name__)
        return "unclear"
    if found["deleted"] or found.get("is_bot"):
        return "gone"
    return "outside" if any(found.get(mark) for mark in _OUTSIDE) else "member"


def conversations_of(client: WebClient, user: str) -> frozenset[str] | None:
    """The channels that a person is in, as far as the bot may see them; None where Slack does not say."""
    found: set[str] = set()
    cursor = ""
    try:
        for _ in range(MOST_PAGES):
            page = client.users_conversations(
                user=user, types="public_channel,private_channel", exclude_archived=True, limit=200, cursor=cursor
            )
            found |= {str(c["id"]) for c in page["channels"]}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
    except SlackApiError as error:
        if error.response.status_code == 429:
            raise
        log.warning("which channels %s is in: %s", user, error.response.get("error"))
        return None
    return frozenset(found)


def named(client: WebClient) -> Mention:
    """How a person is named where Slack shows no mentions, in a modal."""

    def name(user: str) -> str:
        try:
            profile = client.users_info(user=user)["user"]["profile"]
            return "@" + bk.clean(profile.get("display_name") or profile["real_name"], 60)
        except (SlackApiError, OSError, KeyError, TypeError):
            return f"@{user}"

    return name
