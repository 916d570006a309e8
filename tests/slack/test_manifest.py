"""The manifest asks for what the code needs, and for nothing else: neither can drift from the other."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from slack_bolt import App
from slack_sdk import WebClient
from sqlalchemy import Engine

from app.cli import cli
from app.slack import commands
from app.slack.manifest import EVENTS, METHODS, manifest
from emulators.slack.web_api import METHODS as EMULATED
from tests.slack.office import open_office

ROOT = Path(__file__).resolve().parents[2]
URL = "https://bot.example.com/slack/events"


def _called() -> set[str]:
    """The names of Web API methods that the product's code calls."""
    offered = {name for name, value in vars(WebClient).items() if "_" in name.strip("_") and callable(value)}
    return {
        node.attr
        for path in (ROOT / "app").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in offered
    }


def test_every_method_that_is_called_has_its_scopes_in_the_manifest_and_no_other() -> None:
    assert _called() == set(METHODS)
    asked = set(manifest(None)["oauth_config"]["scopes"]["bot"])
    by_methods = {scope for needed in METHODS.values() for scope in needed}
    by_events = {scope for scope in EVENTS.values() if scope}
    assert asked == by_methods | by_events | {"commands"}


def test_the_emulator_speaks_every_method_that_is_called() -> None:
    names = {name.replace("_", ".") for name in METHODS} - {"files.upload.v2"}
    assert names <= set(EMULATED), names - set(EMULATED)


def test_every_event_of_the_manifest_has_a_listener_and_the_other_way_round(
    sqlite_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listened: set[str] = set()
    for kind in ("event", "command", "message_shortcut"):
        real = getattr(App, kind)

        def listen(self: App, name: object, *more: Any, _real: Any = real) -> Any:
            if isinstance(name, str):
                listened.add(name)
            return _real(self, name, *more)

        monkeypatch.setattr(App, kind, listen)
    with open_office(sqlite_engine, tmp_path):
        pass
    offered = {shortcut["callback_id"] for shortcut in manifest(None)["features"]["shortcuts"]}
    assert listened == {event.partition(".")[0] for event in EVENTS} | {commands.COMMAND} | offered
    assert set(manifest(None)["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)


@pytest.mark.parametrize("url", [None, URL])
def test_it_keeps_the_limits_of_slacks_schema(url: str | None) -> None:
    made = manifest(url)
    about, features, settings = made["display_information"], made["features"], made["settings"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert 175 <= len(about["long_description"]) <= 4000
    assert len(features["assistant_view"]["assistant_description"]) <= 300
    assert len(features["assistant_view"]["suggested_prompts"]) <= 4
    assert len(features["slash_commands"]) == 1
    assert set(made) == {"_metadata", "display_information", "features", "oauth_config", "settings"}
    for shortcut in features["shortcuts"]:
        assert shortcut["type"] == "message"
        assert len(shortcut["name"]) <= 24
        assert len(shortcut["description"]) <= 150
        assert len(shortcut["callback_id"]) <= 255
    assert set(features) == {"app_home", "bot_user", "assistant_view", "slash_commands", "shortcuts"}
    assert set(settings) == {
        "event_subscriptions", "interactivity", "org_deploy_enabled", "socket_mode_enabled", "token_rotation_enabled",
    }  # fmt: skip
    addresses = [settings["event_subscriptions"].get("request_url"), settings["interactivity"].get("request_url"),
                 features["slash_commands"][0].get("url")]  # fmt: skip
    assert addresses == [url] * 3
    assert settings["socket_mode_enabled"] is (url is None)


def test_the_command_prints_json_or_the_same_as_yaml() -> None:
    run = CliRunner()
    as_json = run.invoke(cli, ["slack", "manifest", "--url", URL])
    as_yaml = run.invoke(cli, ["slack", "manifest", "--url", URL, "--yaml"])
    assert json.loads(as_json.stdout) == yaml.safe_load(as_yaml.stdout) == manifest(URL)
    assert json.loads(run.invoke(cli, ["slack", "manifest", "--socket"]).stdout) == manifest(None)


@pytest.mark.parametrize(
    "args", [[], ["--socket", "--url", URL], ["--url", "http://bot.example.com/slack/events"], ["--url", "https://x"],
             ["--url", "https:///slack/events"], ["--url", URL + "?a=b"]]
)  # fmt: skip
def test_no_mode_two_modes_and_a_wrong_address_are_refused(args: list[str]) -> None:
    refused = CliRunner().invoke(cli, ["slack", "manifest", *args])
    assert refused.exit_code != 0
    assert refused.stdout == "" or "Error" in refused.output
