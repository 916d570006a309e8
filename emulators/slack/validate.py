"""Slack's own limits on messages and views: what its Web API refuses, in its words.

Source: docs.slack.dev/reference/block-kit (blocks, elements, composition objects).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Block = dict[str, Any]
MAX_BLOCKS = 50
MAX_ALL_BLOCKS = 13_000  # characters of JSON at which msg_blocks_too_long was met
MAX_TEXT = 40_000


class Rejected(Exception):
    """An ``ok: false`` answer: Slack's error name and the messages beside it."""

    def __init__(self, error: str, *messages: str) -> None:
        super().__init__(error)
        self.error, self.messages = error, messages


def check_message(text: str | None, blocks: object) -> None:
    """Raises Rejected: no_text, msg_too_long, invalid_blocks or msg_blocks_too_long."""
    if not text and not blocks:
        raise Rejected("no_text")
    if text is not None and len(text) > MAX_TEXT:
        raise Rejected("msg_too_long")
    if blocks:
        check_blocks(blocks)


def check_blocks(blocks: object, *, surface: str = "message") -> None:
    """Raises Rejected with every fault found, as JSON pointers."""
    if not isinstance(blocks, list):
        raise Rejected("invalid_blocks_format")
    faults = Faults()
    if len(blocks) > (MAX_BLOCKS if surface == "message" else 100):
        faults.add("", f"no more than {MAX_BLOCKS} items allowed")
    seen_blocks: set[str] = set()
    for i, block in enumerate(blocks):
        where = f"/blocks/{i}"
        kind = block.get("type") if isinstance(block, dict) else None
        rule = BLOCKS.get(str(kind))
        if rule is None:
            faults.add(where, f"unsupported type: {kind}")
            continue
        block_id = block.get("block_id")
        if block_id is not None:
            faults.length(f"{where}/block_id", block_id, 1, 255)
            if block_id in seen_blocks:
                faults.add(where, "`block_id` already exists")
            seen_blocks.add(block_id)
        rule(faults, where, block)
    if sum(b.get("type") == "table" for b in blocks if isinstance(b, dict)) > 1:
        raise Rejected("invalid_attachments", "only_one_table_allowed")
    if faults.found:
        raise Rejected("invalid_blocks", *faults.found)
    if len(json.dumps(blocks, ensure_ascii=False)) > MAX_ALL_BLOCKS and surface == "message":
        raise Rejected("msg_blocks_too_long")


def check_view(view: object) -> None:
    """Raises Rejected for a modal that ``views.open`` would refuse."""
    if not isinstance(view, dict) or view.get("type") != "modal":
        raise Rejected("invalid_arguments", "[ERROR] view must be a modal [json-pointer:/view]")
    faults = Faults()
    faults.text("/view/title", view.get("title"), 24, kinds=("plain_text",))
    for label in ("submit", "close"):
        if label in view:
            faults.text(f"/view/{label}", view[label], 24, kinds=("plain_text",))
    if len(view.get("private_metadata", "")) > 3000:
        faults.add("/view/private_metadata", "must be less than 3001 characters")
    if any(b.get("type") == "input" for b in view.get("blocks", [])) and "submit" not in view:
        faults.add("/view/submit", "missing required field: submit")
    if faults.found:
        raise Rejected("invalid_arguments", *faults.found)
    check_blocks(view.get("blocks"), surface="view")


def check_home(view: object) -> None:
    """Raises Rejected for a view that ``views.publish`` would refuse."""
    if not isinstance(view, dict) or view.get("type") != "home":
        raise Rejected("invalid_arguments", "[ERROR] view must be a home tab [json-pointer:/view]")
    faults = Faults()
    for extra in set(view) - {"type", "blocks", "private_metadata", "callback_id", "external_id"}:
        faults.add("/view", f"invalid additional property: {extra}")
    if any(isinstance(b, dict) and b.get("type") in ("table", "context_actions") for b in view.get("blocks") or []):
        faults.add("/view/blocks", "unsupported type: table")
    if faults.found:
        raise Rejected("invalid_arguments", *faults.found)
    check_blocks(view.get("blocks"), surface="view")


class Faults:
    """Faults in the form of Slack's ``response_metadata.messages``."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, where: str, what: str) -> None:
        self.found.append(f"[ERROR] {what} [json-pointer:{where or '/blocks'}]")

    def length(self, where: str, value: object, low: int, high: int) -> None:
        if not isinstance(value, str):
            self.add(where, "must be a string")
        elif len(value) > high:
            self.add(where, f"must be less than {high + 1} characters")
        elif len(value) < low:
            self.add(where, f"must be more than {low - 1} characters")

    def text(self, where: str, value: object, limit: int, kinds: tuple[str, ...] = ("plain_text", "mrkdwn")) -> None:
        if not isinstance(value, dict):
            self.add(where, "missing required field: text")
        elif value.get("type") not in kinds:
            self.add(f"{where}/type", f"unsupported type: {value.get('type')}")
        else:
            self.length(f"{where}/text", value.get("text"), 1, limit)
            if value["type"] == "plain_text" and "verbatim" in value:
                self.add(where, "invalid additional property: verbatim")


def _header(f: Faults, where: str, block: Block) -> None:
    f.text(f"{where}/text", block.get("text"), 150, kinds=("plain_text",))


def _section(f: Faults, where: str, block: Block) -> None:
    if "text" not in block and "fields" not in block:
        f.add(where, "missing required field: text or fields")
    if "text" in block:
        f.text(f"{where}/text", block["text"], 3000)
    fields = block.get("fields")
    if fields is not None:
        if not 1 <= len(fields) <= 10:
            f.add(f"{where}/fields", "no more than 10 items allowed" if fields else "must have at least 1 items")
        for i, field in enumerate(fields):
            f.text(f"{where}/fields/{i}", field, 2000)
    if "accessory" in block:
        _elements(f, f"{where}/accessory", [block["accessory"]])


def _context(f: Faults, where: str, block: Block) -> None:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 10:
        f.add(f"{where}/elements", "no more than 10 items allowed" if elements else "must have at least 1 items")
    for i, element in enumerate(elements):
        if element.get("type") == "image":
            f.length(f"{where}/elements/{i}/alt_text", element.get("alt_text"), 1, 2000)
        else:
            f.text(f"{where}/elements/{i}", element, 3000)


def _actions(f: Faults, where: str, block: Block) -> None:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 25:
        f.add(f"{where}/elements", "no more than 25 items allowed" if elements else "must have at least 1 items")
    _elements(f, f"{where}/elements", elements)


def _elements(f: Faults, where: str, elements: list[Block]) -> None:
    seen: set[str] = set()
    for i, element in enumerate(elements):
        here = f"{where}/{i}"
        if element.get("type") == "overflow":
            _overflow(f, here, element, seen)
            continue
        if element.get("type") == "static_select":
            f.text(f"{here}/placeholder", element.get("placeholder"), 150, kinds=("plain_text",))
            _overflow(f, here, element, seen, most=100)
            continue
        if element.get("type") != "button":
            f.add(here, f"unsupported type: {element.get('type')}")
            continue
        f.text(f"{here}/text", element.get("text"), 75, kinds=("plain_text",))
        if "action_id" in element:
            f.length(f"{here}/action_id", element["action_id"], 1, 255)
            if element["action_id"] in seen:
                f.add(here, "`action_id` already exists")
            seen.add(element["action_id"])
        if "value" in element:
            f.length(f"{here}/value", element["value"], 0, 2000)
        if element.get("style", "primary") not in ("primary", "danger"):
            f.add(f"{here}/style", "must be a valid enum value")
        if "confirm" in element:
            _confirm(f, f"{here}/confirm", element["confirm"])


def _overflow(f: Faults, where: str, element: Block, seen: set[str], most: int = 5) -> None:
    f.length(f"{where}/action_id", element.get("action_id"), 1, 255)
    if element.get("action_id") in seen:
        f.add(where, "`action_id` already exists")
    seen.add(str(element.get("action_id")))
    _options(f, where, element, 1, most)


def _options(f: Faults, where: str, element: Block, least: int, most: int) -> None:
    options = element.get("options") or []
    if not least <= len(options) <= most:
        f.add(f"{where}/options", f"no more than {most} items allowed" if options else "must have at least 1 items")
    for i, option in enumerate(options):
        f.text(f"{where}/options/{i}/text", option.get("text"), 75)
        f.length(f"{where}/options/{i}/value", option.get("value"), 1, 150)
    if len({o.get("value") for o in options}) < len(options):
        f.add(f"{where}/options", "values must be unique")
    initial = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
    if any(chosen not in options for chosen in initial):
        f.add(f"{where}/initial_options", "must match the options")


def _confirm(f: Faults, where: str, confirm: Block) -> None:
    f.text(f"{where}/title", confirm.get("title"), 100, kinds=("plain_text",))
    f.text(f"{where}/text", confirm.get("text"), 300)
    for label in ("confirm", "deny"):
        f.text(f"{where}/{label}", confirm.get(label), 30, kinds=("plain_text",))


def _context_actions(f: Faults, where: str, block: Block) -> None:
    elements = block.get("elements") or []
    if not 1 <= len(elements) <= 5:
        f.add(f"{where}/elements", "no more than 5 items allowed")
    for i, element in enumerate(elements):
        here = f"{where}/elements/{i}"
        if element.get("type") != "feedback_buttons":
            f.add(here, f"unsupported type: {element.get('type')}")
            continue
        for side in ("positive_button", "negative_button"):
            f.text(f"{here}/{side}/text", element.get(side, {}).get("text"), 75, kinds=("plain_text",))
            f.length(f"{here}/{side}/value", element.get(side, {}).get("value"), 0, 2000)


def _table(f: Faults, where: str, block: Block) -> None:
    rows = block.get("rows") or []
    if not 1 <= len(rows) <= 100:
        f.add(f"{where}/rows", "no more than 100 items allowed" if rows else "must have at least 1 items")
    characters = 0
    for i, row in enumerate(rows):
        if not 1 <= len(row) <= 20:
            f.add(f"{where}/rows/{i}", "no more than 20 items allowed")
        for j, cell in enumerate(row):
            if cell.get("type") != "raw_text":
                f.add(f"{where}/rows/{i}/{j}", f"unsupported type: {cell.get('type')}")
            else:
                f.length(f"{where}/rows/{i}/{j}/text", cell.get("text"), 1, 10_000)
                characters += len(str(cell.get("text")))
    if characters > 10_000:
        f.add(where, "table exceeds the limit of 10000 characters")


def _divider(f: Faults, where: str, block: Block) -> None:
    for extra in set(block) - {"type", "block_id"}:
        f.add(where, f"invalid additional property: {extra}")


def _image(f: Faults, where: str, block: Block) -> None:
    f.length(f"{where}/alt_text", block.get("alt_text"), 1, 2000)
    if ("image_url" in block) == ("slack_file" in block):
        f.add(where, "must provide either image_url or slack_file")


def _input(f: Faults, where: str, block: Block) -> None:
    f.text(f"{where}/label", block.get("label"), 2000, kinds=("plain_text",))
    element = block.get("element") or {}
    if "hint" in block:
        f.text(f"{where}/hint", block["hint"], 2000, kinds=("plain_text",))
    if element.get("type") in ("radio_buttons", "checkboxes"):
        return _options(f, f"{where}/element", element, 1, 10)
    if element.get("type") != "plain_text_input":
        f.add(f"{where}/element", f"unsupported type: {element.get('type')}")
    if "initial_value" in element:
        f.length(f"{where}/element/initial_value", element["initial_value"], 0, element.get("max_length", 3000))
    if not 1 <= element.get("max_length", 3000) <= 3000:
        f.add(f"{where}/element/max_length", "must be less than 3001")
    return None


BLOCKS: dict[str, Callable[[Faults, str, Block], None]] = {
    "header": _header, "section": _section, "context": _context, "actions": _actions, "divider": _divider,
    "image": _image, "input": _input, "table": _table, "context_actions": _context_actions,
}  # fmt: skip
