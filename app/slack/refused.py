"""What to do when Slack says no: how that is read, when a message is tried again, what is sent in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackApiError

from app.slack import blocks as bk
from app.slack.blocks import Block

_BLOCK_ERRORS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"})
_TRANSIENT = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
NO_ENTRY = frozenset(
    {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "org_login_required",
     "ekm_access_denied", "missing_scope", "no_permission", "team_access_not_granted"}
)  # fmt: skip
NO_ENTRY_RETRY_S = 60.0  # somebody has to mend the app's entry; the messages wait for that, however long it takes


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a row did not arrive. ``retry_after`` in seconds, None for never.

    ``certain``: nothing can have landed (Slack refused it), so that the next try needs no look first.
    """

    error: str
    retry_after: float | None
    certain: bool


def refusal(error: SlackApiError, attempts: int) -> Failure:
    """What Slack's own no means for a row that was tried ``attempts`` times."""
    response = error.response
    name = str(response.get("error") if isinstance(response.data, dict) else f"http_{response.status_code}")
    if response.status_code == 429:
        return Failure("ratelimited", float(response.headers.get("Retry-After") or 1), certain=True)
    if name in NO_ENTRY:
        return Failure(name, NO_ENTRY_RETRY_S, certain=True)
    if response.status_code >= 500 or name in _TRANSIENT:
        return Failure(name, backoff(attempts), certain=False)
    return Failure(name, None, certain=True)


def backoff(attempts: int) -> float | None:
    """2 s, 4 s ... 5 min; given up after about an hour."""
    return min(300.0, 2.0**attempts) if attempts < 18 else None


def with_fallback(call: Callable[..., Any], args: dict[str, Any], text: str, blocks: list[Block]) -> Any:
    """Send with blocks; where Slack does not take them, the same facts as plain text with the same buttons."""
    try:
        return call(**args, blocks=blocks)
    except SlackApiError as error:
        if error.response.get("error") not in _BLOCK_ERRORS:
            raise
        buttons = [block for block in blocks if block["type"] == "actions"]
        return call(**args, blocks=bk.fit([*bk.paragraphs(text), *buttons], keep_last=len(buttons)))
