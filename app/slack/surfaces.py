"""What else comes in than questions and clicks on cards: the slash command, the home tab, the agent's pane."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from app.slack import commands, file_cards, file_drops, home_presses, outgoing, prompts, shortcuts
from app.slack.clicks import Then
from app.slack.incoming import Kept
from app.slack.shift import Shift
from store.engine import write

COMMAND, HOME, PROMPTS, FILE, FILE_PRESS, HOME_PRESS, SHORTCUT = (
    "command", "home", "prompts", "file", "file_press", "home_press", "shortcut",
)  # fmt: skip
SLOW = (f"{FILE}:", f"{FILE_PRESS}:")  # with the questions, so that they keep no click waiting
FILE_ACTIONS = (file_cards.CHOOSE, file_cards.IMPORT, file_cards.CANCEL, file_cards.UNDO)
EVENTS: Mapping[str, str] = {
    "app_home_opened": "",
    "assistant_thread_started": "assistant:write",
}
"""The events listened to here, each with the scope that Slack asks for it ("" for none)."""


def _open_home(shift: Shift, payload: Mapping[str, Any]) -> Then:
    """Draw a person's page. The outbox delivers it: patient with Slack, and safe over a restart."""
    with write(shift.deps.engine) as session:
        outgoing.home(session, str(payload["user"]), f"home:{payload['event']}", shift.deps.now())
    return None


WORK: Mapping[str, Callable[[Shift, dict[str, Any]], Then]] = {
    COMMAND: commands.carry_out, HOME: _open_home, PROMPTS: prompts.suggest,
    FILE: file_drops.take, FILE_PRESS: file_drops.press, HOME_PRESS: home_presses.press,
    SHORTCUT: shortcuts.why_not,
}  # fmt: skip
"""Kind -> who works it off."""


def keep(_session: Session, body: Mapping[str, Any]) -> Kept | None:
    """What of a request is worked off here; None where it is something else."""
    if body.get("command") == commands.COMMAND:
        return Kept(f"{COMMAND}:{body['trigger_id']}", COMMAND, asdict(commands.Command.of(body)))
    if body.get("type") == "block_actions" and body["actions"][0]["action_id"].startswith(FILE_ACTIONS):
        return Kept(f"{FILE_PRESS}:{body['trigger_id']}", FILE_PRESS, asdict(file_drops.Press.of(body)))
    if body.get("type") == "block_actions" and body["actions"][0]["action_id"] in home_presses.ACTIONS:
        return Kept(f"{HOME_PRESS}:{body['trigger_id']}", HOME_PRESS, home_presses.Press.of(body).to_json())
    if body.get("type") == "view_submission" and body["view"]["callback_id"] == file_drops.TYPED_VIEW:
        return Kept(f"{FILE_PRESS}:{body['trigger_id']}", FILE_PRESS, asdict(file_drops.Press.of_view(body)))
    if body.get("type") != "event_callback":
        return None
    event = body["event"]
    if event["type"] == "message" and event.get("subtype") == "file_share" and event.get("channel_type") == "im":
        if event.get("bot_id") or not event.get("files"):
            return None
        dropped = file_drops.Dropped.of(event)
        return Kept(f"{FILE}:{dropped.channel}:{dropped.ts}", FILE, asdict(dropped))
    if event["type"] == "app_home_opened" and event.get("tab") == "home":
        return Kept(f"{HOME}:{body['event_id']}", HOME, {"user": event["user"], "event": body["event_id"]})
    if event["type"] == "assistant_thread_started":
        opened = prompts.Opened.of(event)
        return Kept(f"{PROMPTS}:{opened.channel}:{opened.thread_ts}", PROMPTS, asdict(opened))
    return None
