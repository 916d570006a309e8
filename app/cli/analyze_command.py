"""``budgeteer analyze``: the methods on a file of one's own. One module a subcommand, imported when it runs."""

from __future__ import annotations

import importlib
import os

import click

SUBCOMMANDS: dict[str, str] = {
    "allocate": "Split a budget over response curves, with the proof that it is the best.",
    "allocate-periods": "Split a budget over campaigns and periods, with seasons and carry-over.",
    "anomalies": "Find what is unusual in each series, looking back only.",
    "bandit": "Share the next impressions among creatives or audiences that are still being learned.",
    "forecast": "Forecast each series, with a range and how well that did before.",
    "mmm": "Split revenue or conversions by channel: ROAS and marginal ROAS.",
    "off-policy": "Say what another policy would have earned on the rounds that were logged.",
    "root-cause": "Say which values of which dimensions explain a change.",
}
"""Name -> the line in ``--help``. The subcommand itself is ``command`` in ``app.cli.analyze.<name>``."""


class _LazyGroup(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(SUBCOMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in SUBCOMMANDS:
            return None
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # small arrays: threads only wait for each other
        command: click.Command = importlib.import_module(f"app.cli.analyze.{name.replace('-', '_')}").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(SUBCOMMANDS.items()))


@click.group("analyze", cls=_LazyGroup)
def command() -> None:
    """Run a method on a file of your own: CSV, CSV.gz or Parquet. The store is neither read nor written."""
