"""The app manifest to paste at api.slack.com: scopes, events and surfaces, taken from what the code does.

Source: docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from app.slack import commands, prompts, shortcuts, surfaces
from domain.errors import BadInput

MESSAGES = {"message.channels": "channels:history", "message.groups": "groups:history", "message.im": "im:history"}
EVENTS: Mapping[str, str] = {"app_mention": "app_mentions:read", **MESSAGES, **surfaces.EVENTS}
"""Every event that is listened to, with the scope that Slack asks for it ("" for none)."""

METHODS: Mapping[str, tuple[str, ...]] = {
    "apps_connections_open": (),  # with the app's own token, whose scope is connections:write
    "assistant_threads_setStatus": ("assistant:write",),
    "assistant_threads_setSuggestedPrompts": ("assistant:write",),
    "auth_test": (),
    "chat_getPermalink": (),
    "chat_postEphemeral": ("chat:write",),
    "chat_postMessage": ("chat:write",),
    "chat_update": ("chat:write",),
    "conversations_history": tuple(MESSAGES.values()),
    "conversations_replies": tuple(MESSAGES.values()),
    "files_info": ("files:read",),
    "files_upload_v2": ("files:write",),
    "users_conversations": ("channels:read", "groups:read"),
    "users_info": ("users:read",),
    "views_open": (),
    "views_publish": (),
}
"""Every method of Slack's Web API that is called, with the scopes that Slack asks for it."""

DESCRIPTION = "Answers from your ad data, and budget changes applied only after a person approved exactly that change."
LONG = (
    "Budgeteer answers questions about campaign performance in the thread where they are asked. Every figure is "
    "computed from your own data and carries its source and how fresh it is. It recommends budget changes with the "
    "evidence for them; a change is applied on the ad platform only after a named person approved exactly that change."
)


def scopes() -> tuple[str, ...]:
    """Every scope that the bot's token needs, by name."""
    needed = {scope for of in METHODS.values() for scope in of} | set(EVENTS.values()) | {"commands"}
    return tuple(sorted(needed - {""}))


def manifest(url: str | None) -> dict[str, Any]:
    """The manifest: signed HTTP at ``url`` (``https://host/slack/events``), or Socket Mode where it is None.

    Raises:
        BadInput: ``url`` is no https address.
    """
    if url is not None:
        _check(url)
    at = {"request_url": url} if url else {}
    command = {
        "command": commands.COMMAND,
        "description": "Ask, see what waits for you, stop writes",
        "usage_hint": " | ".join(commands.VERBS),
        "should_escape": False,
        **({"url": url} if url else {}),
    }
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "Budgeteer",
            "description": DESCRIPTION,
            "long_description": LONG,
            "background_color": "#007a5a",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Budgeteer", "always_online": True},
            "assistant_view": {
                "assistant_description": DESCRIPTION,
                "suggested_prompts": [
                    {"title": title, "message": message} for title, message in prompts.PROMPTS.items()
                ],
            },
            "slash_commands": [command],
            "shortcuts": [
                {"name": name, "type": "message", "callback_id": callback_id, "description": what}
                for callback_id, (name, what) in shortcuts.SHORTCUTS.items()
            ],
        },
        "oauth_config": {"scopes": {"bot": list(scopes())}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.path != "/slack/events" or parts.query or parts.fragment:
        raise BadInput(f"--url {url!r}: Slack calls https://HOST/slack/events, with your host's name")
