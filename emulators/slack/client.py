"""The control API of the emulator from another process: people at work, and what they see."""

from __future__ import annotations

import base64
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from emulators.slack.events import Reply
from emulators.slack.person import Refusal
from emulators.slack.workspace import Message


class RemoteSlack:
    """Drives an emulator at ``url`` (``http://127.0.0.1:PORT``). Same verbs as ``People``."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/").removesuffix("/api")

    def connect(self, request_url: str) -> None:
        """Name the app's request URL; Slack verifies it."""
        self._call("connect", url=request_url)

    def mention(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        message: Message = self._call("mention", channel=channel, user=user, text=text, thread_ts=thread_ts)
        return message

    def say(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        message: Message = self._call("say", channel=channel, user=user, text=text, thread_ts=thread_ts)
        return message

    def dm(self, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        message: Message = self._call("dm", user=user, text=text, thread_ts=thread_ts)
        return message

    def click(self, channel: str, ts: str, action_id: str, user: str, *, confirm: bool = False) -> Reply:
        """Press a button. Raises Refusal where it is not there or asks for confirmation."""
        return Reply(**self._call("click", channel=channel, ts=ts, action_id=action_id, user=user, confirm=confirm))

    def submit(self, view_id: str, user: str, values: dict[str, dict[str, str]]) -> Reply:
        return Reply(**self._call("submit", view_id=view_id, user=user, values=values))

    def command(self, channel: str, user: str, command: str, text: str) -> Reply:
        return Reply(**self._call("command", channel=channel, user=user, command=command, text=text))

    def drop(self, user: str, name: str, content: bytes, text: str = "") -> Message:
        """Drop a file into the direct message with the bot."""
        packed = base64.b64encode(content).decode()
        message: Message = self._call("drop", user=user, name=name, content=packed, text=text)
        return message

    def open_home(self, user: str) -> None:
        self._call("open_home", user=user)

    def open_assistant(self, user: str) -> Message:
        root: Message = self._call("open_assistant", user=user)
        return root

    def enable_socket_mode(self) -> None:
        """Switch the app to Socket Mode."""
        self._call("socket_mode")

    def wait_for_line(self, opened: int = 1) -> None:
        """Until the app opened so many connections in all, and one is there."""
        self._call("wait_for_line", opened=opened)

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, and end its connections soon after."""
        self._call("disconnect", reason=reason)

    def again(self, having: str) -> Reply:
        """Deliver the last envelope with ``having`` in it once more."""
        return Reply(**self._call("again", having=having))

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        found: list[Message] = self._call("messages", channel=channel, thread_ts=thread_ts)
        return found

    def state(self) -> dict[str, Any]:
        """What else there is: ephemeral messages, statuses, views, files, people, channels."""
        found: dict[str, Any] = self._call("state")
        return found

    def wait_for(
        self, channel: str, what: Callable[[Message], bool], *, thread_ts: str | None = None, timeout: float = 30.0
    ) -> Message:
        """The first message for which ``what`` holds; raises TimeoutError with the last ones where none came."""
        deadline = time.monotonic() + timeout
        while True:
            messages = self.messages(channel, thread_ts)
            if found := next((m for m in messages if what(m)), None):
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing after {timeout} s; the last: {[m['text'][:200] for m in messages[-5:]]}")
            time.sleep(0.05)

    def _call(self, verb: str, **args: Any) -> Any:
        body = json.dumps(args).encode()
        request = urllib.request.Request(f"{self.url}/control/{verb}", data=body, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.load(response)["result"]
        except urllib.error.HTTPError as error:
            raise Refusal(json.load(error)["error"]) from None
