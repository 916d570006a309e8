"""People at work in the emulated workspace: they mention, write, click and fill in modals."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import quote

from emulators.slack.events import Payload, Reply
from emulators.slack.workspace import APP, BOT, BOT_USER, TEAM, Message, Workspace

_MIME = {"csv": "text/csv", "tsv": "text/tab-separated-values", "zip": "application/zip", "png": "image/png",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


class Refusal(Exception):
    """What Slack's client would not let a person do: no such button, or a confirm dialog not answered."""


class Delivers(Protocol):
    """A way to the app: signed HTTP or Socket Mode."""

    def event(self, event: Payload, event_id: str) -> Reply: ...

    def interaction(self, payload: Payload) -> Reply: ...

    def command(self, fields: dict[str, str]) -> Reply: ...


class People:
    """Acts for people. Every act returns what they would see next in their own client."""

    def __init__(self, workspace: Workspace, sender: Delivers, base: str = "https://files.slack.com") -> None:
        self.workspace, self.sender, self.base = workspace, sender, base

    def mention(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        """``@Budgeteer text`` in a channel: delivered as ``app_mention`` and as ``message``, as Slack does."""
        message = self._write(channel, user, f"<@{BOT_USER}> {text}", thread_ts)
        self.deliver({**message, "type": "app_mention"})
        self.deliver(message)
        return message

    def say(self, channel: str, user: str, text: str, *, thread_ts: str | None = None, **extra: Any) -> Message:
        """A message without a mention, in a channel or in a thread. ``extra`` are fields such as ``subtype``."""
        message = self._write(channel, user, text, thread_ts, **extra)
        self.deliver(message)
        return message

    def dm(self, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        """A direct message to the bot."""
        return self.say(self.workspace.open_direct(user), user, text, thread_ts=thread_ts)

    def drop(self, user: str, name: str, content: bytes, text: str = "") -> Message:
        """Drop a file into the direct message with the bot: one ``message`` event of subtype ``file_share``."""
        identifier = self.workspace.serial("F")
        kind = name.rpartition(".")[2].lower()
        address = f"{self.base}/files-pri/{TEAM}-{identifier}"
        file = {
            "id": identifier, "name": name, "title": name, "user": user, "size": len(content), "filetype": kind,
            "mimetype": _MIME.get(kind, "application/octet-stream"), "mode": "hosted", "is_external": False,
            "url_private": f"{address}/{quote(name)}", "url_private_download": f"{address}/download/{quote(name)}",
            "file_access": "visible",
        }  # fmt: skip
        self.workspace.files[identifier] = file | {"data": content, "length": len(content)}
        return self.say(
            self.workspace.open_direct(user), user, text, subtype="file_share", files=[file], upload=False
        )  # fmt: skip

    def open_home(self, user: str, tab: str = "home") -> None:
        """Open the app's home tab (or its messages)."""
        event: Payload = {"type": "app_home_opened", "user": user, "tab": tab, "event_ts": self.workspace.ts()}
        event["channel"] = self.workspace.open_direct(user)
        if user in self.workspace.homes:
            event["view"] = self.workspace.homes[user]
        self.deliver(event)

    def open_assistant(self, user: str) -> Message:
        """Open a new conversation with the app's agent: an empty thread in the direct message."""
        channel = self.workspace.open_direct(user)
        ts = self.workspace.ts()
        root: Message = {"type": "message", "user": BOT_USER, "bot_id": BOT, "text": "New Assistant Thread", "ts": ts,
                         "channel": channel, "subtype": "assistant_app_thread"}  # fmt: skip
        self.workspace.add(root)
        thread = {"user_id": user, "context": {}, "channel_id": channel, "thread_ts": ts}
        self.deliver({"type": "assistant_thread_started", "assistant_thread": thread, "event_ts": self.workspace.ts()})
        return root

    def press_home(self, user: str, action_id: str, value: str | None = None) -> Reply:
        """Press a button on the home tab; ``value`` picks one of several. Raises Refusal where it is not there."""
        shown = [e for b in self.workspace.homes[user]["blocks"] for e in b.get("elements", [])]
        found = [e for e in shown if e.get("action_id") == action_id and value in (None, e.get("value"))]
        if not found:
            raise Refusal(f"no button {action_id!r} on the home tab of {user}")
        view = self.workspace.homes[user]
        return self.sender.interaction(
            self._interaction("block_actions", user)
            | {"container": {"type": "view", "view_id": view.get("id", "V0")}, "view": view, "actions": [found[0]]}
        )

    def click(
        self, channel: str, ts: str, action_id: str, user: str, *, confirm: bool = False, value: str | None = None,
        stale: Message | None = None,
    ) -> Reply:  # fmt: skip
        """Press a button, or choose ``{action}/{the value up to its colon}`` of a menu. Of buttons that are alike
        ``{action}#{the end of its value}`` is one. ``stale`` is the message as an outdated client still shows it;
        ``value`` tampers.

        Raises Refusal where the button is not there, or has a confirm dialog and ``confirm`` is False.
        """
        message = stale or self.workspace.find(channel, ts)
        if message is None:
            raise Refusal(f"no message {ts} in {channel}")
        action = _button(message, action_id)
        if "confirm" in action and not confirm:
            raise Refusal(f"{action_id} asks for confirmation: {action['confirm']['text']['text']}")
        kept = ("action_id", "block_id", "text", "value", "style", "type", "selected_option")
        shown = {k: action[k] for k in kept if k in action}
        if value is not None:
            shown["value"] = value
        container = {"type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": False}
        return self.sender.interaction(
            self._interaction("block_actions", user)
            | {
                "container": container,
                "channel": {"id": channel, "name": self.workspace.channels.get(channel, "directmessage")},
                "message": {k: v for k, v in message.items() if k != "channel"},
                "state": {"values": {}},
                "response_url": "https://hooks.slack.com/actions/unused",
                "actions": [shown | {"action_ts": self.workspace.ts()}],
            }
        )

    def shortcut(self, channel: str, ts: str, callback_id: str, user: str) -> Reply:
        """Pick a shortcut of the app from a message's menu. Slack offers it on every message that a person sees.

        Source: docs.slack.dev/interactivity/implementing-shortcuts ("Message shortcuts": payload ``message_action``)
        """
        message = self.workspace.find(channel, ts)
        if message is None:
            raise Refusal(f"no message {ts} in {channel}")
        return self.sender.interaction(
            self._interaction("message_action", user)
            | {
                "callback_id": callback_id,
                "action_ts": self.workspace.ts(),
                "channel": {"id": channel, "name": self.workspace.channels.get(channel, "directmessage")},
                "message_ts": ts,
                "message": {k: v for k, v in message.items() if k != "channel"},
                "response_url": self._response_url(channel, user),
            }
        )

    def submit(
        self, view_id: str, user: str, values: dict[str, dict[str, Any]], *, private_metadata: str | None = None
    ) -> Reply:
        """Submit a modal: ``values`` is {block_id: {action_id: text, an option's value, or several}}; what is not
        named stays as the modal showed it. ``private_metadata`` tampers.

        Raises Refusal where the app answers with errors for inputs that the modal does not have.
        """
        view = dict(self.workspace.views[view_id])
        if private_metadata is not None:
            view["private_metadata"] = private_metadata
        inputs = {b["block_id"]: b["element"] for b in view["blocks"] if b["type"] == "input"}
        state = {block: {e["action_id"]: _filled_in(e, None)} for block, e in inputs.items()}
        for block, typed in values.items():
            state[block] = {a: _filled_in(inputs.get(block, {}), v) for a, v in typed.items()}
        view |= {"state": {"values": state}, "hash": "unused", "app_installed_team_id": TEAM}
        sent = self._interaction("view_submission", user) | {"view": view, "response_urls": []}
        reply = self.sender.interaction(sent)
        answer = json.loads(reply.body) if reply.body.startswith("{") else {}
        if answer.get("response_action") == "errors" and not set(answer["errors"]) <= set(inputs):
            raise Refusal(f"errors for inputs that are not there: {answer['errors']}")
        return reply

    def command(self, channel: str, user: str, command: str, text: str) -> Reply:
        """A slash command such as ``/ads help``."""
        fields = {
            "token": "unused", "team_id": TEAM, "team_domain": "acme", "channel_id": channel,
            "channel_name": self.workspace.channels.get(channel, "directmessage"), "user_id": user,
            "user_name": self.workspace.people[user].lower(), "command": command, "text": text, "api_app_id": APP,
            "is_enterprise_install": "false", "response_url": self._response_url(channel, user),
            "trigger_id": self.workspace.trigger(),
        }  # fmt: skip
        return self.sender.command(fields)

    def _response_url(self, channel: str, user: str) -> str:
        identifier = self.workspace.serial("response-")
        with self.workspace.changed:
            self.workspace.responses[identifier] = {"channel": channel, "user": user, "left": 5}
        return f"{self.base}/response/{identifier}"

    def wait_for(self, what: Callable[[Workspace], Any], timeout: float = 30.0) -> Any:
        """The first truthy ``what(workspace)``; raises TimeoutError with the last messages where none came."""
        deadline = time.monotonic() + timeout
        with self.workspace.changed:
            while not (found := what(self.workspace)):
                if (left := deadline - time.monotonic()) <= 0:
                    last = [m["text"][:200] for all_ in self.workspace.posted.values() for m in all_][-5:]
                    raise TimeoutError(f"nothing after {timeout} s; the last messages: {last}")
                self.workspace.changed.wait(min(left, 0.1))  # what is waited for may lie outside the workspace
            return found

    def _write(self, channel: str, user: str, text: str, thread_ts: str | None, **extra: Any) -> Message:
        if not self.workspace.knows(channel) or user not in self.workspace.people:
            raise Refusal(f"no channel {channel} or no person {user}")
        ts = self.workspace.ts()
        message: Message = {
            "type": "message", "user": user, "text": text, "ts": ts, "event_ts": ts, "channel": channel, "team": TEAM,
            "client_msg_id": self.workspace.serial("msg-"), **extra,
        }  # fmt: skip
        if thread_ts:
            message["thread_ts"] = thread_ts
        return self.workspace.add(message)

    def deliver(self, event: Payload) -> None:
        """Send an event to the app, as Slack does: apart from the act that caused it, with retries."""
        event_id = self.workspace.serial("Ev")
        threading.Thread(target=self.sender.event, args=(dict(event), event_id), daemon=True).start()

    def _interaction(self, kind: str, user: str) -> Payload:
        name = self.workspace.people[user].lower()
        return {
            "type": kind, "user": {"id": user, "username": name, "name": name, "team_id": TEAM}, "api_app_id": APP,
            "token": "unused", "team": {"id": TEAM, "domain": "acme"}, "enterprise": None,
            "is_enterprise_install": False, "trigger_id": self.workspace.trigger(),
        }  # fmt: skip


def _filled_in(element: Payload, chosen: Any) -> Payload:
    """One input of a submitted modal as Slack reports it; ``chosen`` None leaves what it showed at first."""
    kind = element.get("type", "plain_text_input")
    options = element.get("options", [])
    if kind == "radio_buttons":
        first = element.get("initial_option")
        return {"type": kind, "selected_option": first if chosen is None else _option(options, chosen)}
    if kind == "checkboxes":
        first = element.get("initial_options", [])
        return {"type": kind, "selected_options": first if chosen is None else [_option(options, c) for c in chosen]}
    return {"type": kind, "value": element.get("initial_value") if chosen is None else chosen}


def _option(options: list[Payload], value: str) -> Payload:
    return next((o for o in options if o["value"] == value), {"text": {"type": "plain_text"}, "value": value})


def _button(message: Message, action_id: str) -> Payload:
    for block in message.get("blocks", []):
        beside = [block["accessory"]] if "accessory" in block else []
        for element in [*block.get("elements", []), *beside]:
            several = f"{element.get('action_id')}#{str(element.get('value', '')).rpartition('#')[2]}"
            if action_id in (element.get("action_id"), several):
                return {**element, "block_id": block["block_id"]}
            if element.get("type") in ("overflow", "static_select"):
                for option in element["options"]:
                    if action_id == f"{element['action_id']}/{option['value'].partition(':')[0]}":
                        return {**element, "block_id": block["block_id"], "selected_option": option}
            if element.get("type") == "feedback_buttons":
                for side in ("positive_button", "negative_button"):
                    if f"{element['action_id']}:{side}" == action_id:
                        chosen = {"type": "feedback_buttons", "action_id": element["action_id"]}
                        return chosen | {"block_id": block["block_id"], "value": element[side]["value"]}
    raise Refusal(f"no button {action_id!r} on message {message['ts']}")
