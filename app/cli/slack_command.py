"""``budgeteer slack``: what Slack is to be told."""

from __future__ import annotations

import json

import click


@click.group("slack")
def command() -> None:
    """Set the Slack app up."""


@command.command("manifest", epilog="Example: budgeteer slack manifest --socket > manifest.json")
@click.option("--url", help="Signed HTTP: where Slack reaches the bot, https://HOST/slack/events.")
@click.option("--socket", is_flag=True, help="Socket Mode: the bot connects to Slack, no address is needed.")
@click.option("--yaml", "as_yaml", is_flag=True, help="Print YAML.")
def manifest_(url: str | None, socket: bool, as_yaml: bool) -> None:
    """Print the app manifest to paste at api.slack.com/apps (Create New App, From a manifest)."""
    if socket is (url is not None):
        raise click.UsageError("give --socket, or --url https://HOST/slack/events")
    from app.slack.manifest import manifest

    made = manifest(url)
    if as_yaml:
        import yaml

        click.echo(yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=100), nl=False)
    else:
        click.echo(json.dumps(made, indent=2, ensure_ascii=False))
