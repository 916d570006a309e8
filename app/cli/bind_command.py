"""``budgeteer bind``: which accounts a Slack channel sees."""

from __future__ import annotations

import click


@click.command()
@click.argument("channel")
@click.option("--account", "names", multiple=True, required=True, help="An account's name; repeat for several.")
def command(channel: str, names: tuple[str, ...]) -> None:
    """Let CHANNEL (its id in Slack, or a person's for direct messages) see exactly these accounts."""
    from app.wiring import open_store, settings
    from store import accounts, bindings
    from store.engine import write

    engine = open_store(settings())
    try:
        with write(engine) as session:
            ids = [i for name in names for i in accounts.scope_for(session, name).account_ids]
            bindings.bind(session, channel, ids)
    finally:
        engine.dispose()
    click.echo(f"{channel} sees {', '.join(names)} and nothing else")
