"""Slack's Web API over a workspace: a function a method, Slack's own error names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from emulators.slack.validate import Rejected, check_home, check_message, check_view
from emulators.slack.workspace import APP, BOT, BOT_USER, TEAM, Message, Workspace

Args = dict[str, Any]
Answer = dict[str, Any]
TRIGGER_SECONDS = 3.0


def _auth_test(_w: Workspace, _args: Args) -> Answer:
    return {
        "url": "https://acme.slack.com/", "team": "Acme", "user": "budgeteer", "team_id": TEAM, "user_id": BOT_USER,
        "bot_id": BOT, "is_enterprise_install": False,
    }  # fmt: skip


def _open_connection(_w: Workspace, args: Args) -> Answer:
    if args["_address"] is None:
        raise Rejected("socket_mode_not_enabled")
    return {"url": args["_address"]()}


def _post(w: Workspace, args: Args) -> Answer:
    to = str(args.get("channel") or "")
    channel = w.open_direct(to) if to in w.people else _channel(w, args)  # a person's id reaches their direct messages
    if channel in w.outside:
        raise Rejected("not_in_channel")
    blocks = _parsed(args.get("blocks"))
    check_message(args.get("text"), blocks)
    message: Message = {
        "type": "message", "user": BOT_USER, "bot_id": BOT, "app_id": APP, "team": TEAM, "channel": channel,
        "ts": w.ts(), "text": args.get("text") or "",
    }  # fmt: skip
    if blocks:
        message["blocks"] = _with_ids(w, blocks)
    if args.get("thread_ts"):
        message["thread_ts"] = _parent(w, channel, args["thread_ts"])
        if str(args.get("reply_broadcast", "")).lower() == "true":
            message["subtype"] = "thread_broadcast"
    metadata = _parsed(args.get("metadata"))
    if metadata:
        message["metadata"] = metadata
    message["unfurl_links"] = str(args.get("unfurl_links", "True")).lower() == "true"
    w.add(message)
    return {"channel": channel, "ts": message["ts"], "message": _public(message)}


def _update(w: Workspace, args: Args) -> Answer:
    channel = _channel(w, args)
    blocks = _parsed(args.get("blocks"))
    check_message(args.get("text"), blocks)
    with w.changed:
        message = w.find(channel, args.get("ts", ""))
        if message is None:
            raise Rejected("message_not_found")
        if message.get("bot_id") != BOT:
            raise Rejected("cant_update_message")
        message["text"] = args.get("text") or ""
        if "blocks" in args:  # without blocks Slack keeps the old ones
            message["blocks"] = _with_ids(w, blocks or [])
        message["edited"] = {"user": BOT_USER, "ts": w.ts()}
        w.changed.notify_all()
        return {"channel": channel, "ts": message["ts"], "text": message["text"], "message": _public(message)}


def _post_ephemeral(w: Workspace, args: Args) -> Answer:
    channel = _channel(w, args)
    if args.get("user") not in w.people or channel in w.outside:
        raise Rejected("user_not_in_channel" if channel not in w.outside else "not_in_channel")
    blocks = _parsed(args.get("blocks"))
    check_message(args.get("text"), blocks)
    ts = w.ts()
    shown = {"channel": channel, "user": args["user"], "text": args.get("text") or "", "ts": ts}
    w.note(w.ephemeral, shown | {"thread_ts": args.get("thread_ts"), "blocks": blocks or []})
    return {"message_ts": ts}


def _history(w: Workspace, args: Args) -> Answer:
    channel = _channel(w, args)
    found = [m for m in w.messages(channel) if "thread_ts" not in m and m["ts"] >= str(args.get("oldest") or "0")]
    return {"messages": [_listed(m, args) for m in reversed(found)][: int(args.get("limit") or 100)]}


def _replies(w: Workspace, args: Args) -> Answer:
    channel = _channel(w, args)
    found = w.messages(channel, args.get("ts"))
    if not found:
        raise Rejected("thread_not_found")
    return {"messages": [_listed(m, args) for m in found], "has_more": False}


def _permalink(w: Workspace, args: Args) -> Answer:
    channel = _channel(w, args)
    ts = str(args.get("message_ts"))
    if w.find(channel, ts) is None:
        raise Rejected("message_not_found")
    link = f"https://acme.slack.com/archives/{channel}/p{ts.replace('.', '')}"
    return {"channel": channel, "permalink": link}


def _open_conversation(w: Workspace, args: Args) -> Answer:
    user = str(args.get("users", ""))
    if user not in w.people:
        raise Rejected("user_not_found")
    return {"channel": {"id": w.open_direct(user)}}


def _conversation(w: Workspace, args: Args) -> Answer:
    channel = _channel(w, args)
    direct = channel.startswith("D")
    return {"channel": {"id": channel, "name": w.channels.get(channel, ""), "is_im": direct, "is_channel": not direct}}


def _conversations_of(w: Workspace, args: Args) -> Answer:
    user = str(args.get("user"))
    if user not in w.people:
        raise Rejected("user_not_found")
    mine = sorted(c for c in w.channels if (c, user) not in w.absent and c not in w.outside)
    first = int(args.get("cursor") or 0)
    until = first + int(args.get("limit") or 100)
    listed = [{"id": c, "name": w.channels[c], "is_channel": True} for c in mine[first:until]]
    return {"channels": listed, "response_metadata": {"next_cursor": str(until) if until < len(mine) else ""}}


def _person(w: Workspace, args: Args) -> Answer:
    user = str(args.get("user"))
    if user not in w.people:
        raise Rejected("user_not_found")
    name = w.people[user]
    profile = {"real_name": name, "display_name": name}
    return {"user": {"id": user, "team_id": TEAM, "name": name.lower(), "real_name": name, "deleted": False,
                     "is_bot": False, "is_restricted": False, "is_ultra_restricted": False, "tz": "Europe/Berlin",
                     "profile": profile} | w.marks.get(user, {})}  # fmt: skip


def _open_view(w: Workspace, args: Args) -> Answer:
    view = _parsed(args.get("view"))
    with w.changed:
        issued = w.triggers.pop(str(args.get("trigger_id")), None)
    if issued is None:
        raise Rejected("invalid_trigger_id" if args.get("trigger_id") else "invalid_arguments")
    if time.monotonic() - issued > TRIGGER_SECONDS:
        raise Rejected("expired_trigger_id")
    check_view(view)
    stored = view | {"id": w.serial("V"), "team_id": TEAM, "app_id": APP, "bot_id": BOT}
    with w.changed:
        w.views[stored["id"]] = stored
        w.changed.notify_all()
    return {"view": stored}


def _publish_view(w: Workspace, args: Args) -> Answer:
    user, view = str(args.get("user_id") or ""), _parsed(args.get("view"))
    if user not in w.people:
        raise Rejected("user_not_found" if user else "invalid_arguments")
    check_home(view)
    stored = view | {"id": w.homes.get(user, {}).get("id") or w.serial("V"), "team_id": TEAM, "app_id": APP,
                     "bot_id": BOT, "blocks": _with_ids(w, view["blocks"]), "hash": w.serial("hash.")}  # fmt: skip
    with w.changed:
        w.homes[user] = stored
        w.changed.notify_all()
    return {"view": stored}


def _suggest(w: Workspace, args: Args) -> Answer:
    channel, prompts = str(args.get("channel_id")), _parsed(args.get("prompts"))
    if not w.knows(channel):
        raise Rejected("channel_not_found")
    whole = isinstance(prompts, list) and all(p.get("title") and p.get("message") for p in prompts)
    if not whole or not 1 <= len(prompts) <= 4:
        raise Rejected("invalid_arguments")
    if args.get("thread_ts") and w.find(channel, args["thread_ts"]) is None:
        raise Rejected("invalid_thread_ts")
    w.note(w.prompts, {"channel": channel, "thread_ts": args.get("thread_ts"), "title": args.get("title"),
                       "prompts": prompts})  # fmt: skip
    return {}


def _file(w: Workspace, args: Args) -> Answer:
    found = w.files.get(str(args.get("file")))
    if found is None or found.get("data") is None:
        raise Rejected("file_not_found")
    return {"file": {k: v for k, v in found.items() if k not in ("data", "length", "channel")}}


def _react(w: Workspace, args: Args) -> Answer:
    channel = _channel(w, args)
    if w.find(channel, str(args.get("timestamp"))) is None:
        raise Rejected("message_not_found")
    entry = {"channel": channel, "ts": args["timestamp"], "name": args.get("name")}
    if entry in w.reactions:
        raise Rejected("already_reacted")
    w.note(w.reactions, entry)
    return {}


def _status(w: Workspace, args: Args) -> Answer:
    channel = args.get("channel_id")
    if not w.knows(str(channel)):
        raise Rejected("channel_not_found")
    if not args.get("thread_ts"):
        raise Rejected("invalid_thread_ts")
    w.note(w.statuses, {"channel": channel, "thread_ts": args["thread_ts"], "status": args.get("status", "")})
    return {}


def _upload_url(w: Workspace, args: Args) -> Answer:
    if not args.get("filename") or int(args.get("length") or 0) <= 0:
        raise Rejected("invalid_arguments")
    identifier = w.serial("F")
    with w.changed:
        w.files[identifier] = {"id": identifier, "name": args["filename"], "alt_txt": args.get("alt_txt"),
                               "length": int(args["length"]), "data": None, "channel": None}  # fmt: skip
    return {"file_id": identifier, "upload_url": f"{args['_base']}/upload/{identifier}"}


def _complete_upload(w: Workspace, args: Args) -> Answer:
    done = []
    for item in _parsed(args.get("files")) or []:
        file = w.files.get(item.get("id"))
        if file is None or file["data"] is None or len(file["data"]) != file["length"]:
            raise Rejected("file_not_found")
        file["title"] = item.get("title")
        done.append({"id": file["id"], "title": file["title"]})
        channel = args.get("channel_id")
        if channel:
            if not w.knows(channel):
                raise Rejected("channel_not_found")
            file["channel"] = channel
            shared = {"type": "message", "subtype": "file_share", "user": BOT_USER, "bot_id": BOT, "channel": channel,
                      "ts": w.ts(), "text": args.get("initial_comment") or "",
                      "files": [{k: file[k] for k in ("id", "name", "title", "alt_txt")}]}  # fmt: skip
            if args.get("thread_ts"):
                shared["thread_ts"] = _parent(w, channel, args["thread_ts"])
            w.add(shared)
    return {"files": done}


METHODS: dict[str, Callable[[Workspace, Args], Answer]] = {
    "auth.test": _auth_test, "chat.postMessage": _post, "chat.update": _update, "chat.postEphemeral": _post_ephemeral,
    "chat.getPermalink": _permalink, "conversations.open": _open_conversation, "conversations.info": _conversation,
    "conversations.history": _history, "conversations.replies": _replies, "users.info": _person,
    "views.open": _open_view, "views.publish": _publish_view, "files.info": _file,
    "assistant.threads.setSuggestedPrompts": _suggest, "apps.connections.open": _open_connection,
    "users.conversations": _conversations_of,
    "reactions.add": _react, "assistant.threads.setStatus": _status,
    "files.getUploadURLExternal": _upload_url, "files.completeUploadExternal": _complete_upload,
}  # fmt: skip


_NEEDS = {
    "chat.postMessage": "chat:write", "chat.update": "chat:write", "chat.postEphemeral": "chat:write",
    "conversations.open": "im:write", "conversations.info": "channels:read", "users.info": "users:read",
    "files.info": "files:read", "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write", "reactions.add": "reactions:write",
    "assistant.threads.setSuggestedPrompts": "assistant:write", "assistant.threads.setStatus": "assistant:write",
}  # fmt: skip
_READS = ("conversations.history", "conversations.replies")


def needed(method: str, args: Args) -> str | None:
    """The scope that a method asks for; a conversation is read with the scope of its kind."""
    if method in _READS:
        return "im:history" if str(args.get("channel")).startswith("D") else "channels:history"
    if method == "users.conversations":
        return "groups:read" if "private" in str(args.get("types")) else "channels:read"
    return _NEEDS.get(method)


def _channel(w: Workspace, args: Args) -> str:
    channel = str(args.get("channel") or "")
    if not w.knows(channel):  # a person's id is no conversation: only posting takes one
        raise Rejected("channel_not_found")
    return channel


def _parent(w: Workspace, channel: str, ts: str) -> str:
    """A thread's parent. A reply's ts is none: Slack would put the message where nobody looks; here it is refused.

    Source: docs.slack.dev/reference/methods/chat.postMessage ("avoid using a reply's ts value; use its parent").
    """
    message = w.find(channel, ts)
    if message is None or message.get("thread_ts", ts) != ts:
        raise Rejected("thread_not_found")
    return ts


def _parsed(value: object) -> Any:
    """A structure from a form field (a JSON string there) or from a JSON body."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value) if value else None
    except ValueError:
        raise Rejected("invalid_json") from None


def _with_ids(w: Workspace, blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block | {"block_id": block.get("block_id") or w.serial("b")} for block in blocks]


def _public(message: Message) -> Message:
    return {k: v for k, v in message.items() if k not in ("channel", "unfurl_links")}


def _listed(message: Message, args: Args) -> Message:
    hidden = set() if str(args.get("include_all_metadata", "")).lower() in ("1", "true") else {"metadata"}
    return {k: v for k, v in _public(message).items() if k not in hidden}
