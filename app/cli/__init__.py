"""The command line. One module a command; a module is imported only when its command runs."""

from __future__ import annotations

import gc
import importlib
import os
import sys

import click

from domain.errors import BudgeteerError

COMMANDS: dict[str, str] = {
    "analyze": "Forecast, find anomalies and causes in a file of your own.",
    "approvals": "See open changes, and settle one that waits for a person.",
    "approvers": "Say who may approve changes, by account.",
    "ask": "Ask a question about campaign performance.",
    "audit": "Verify or read the audit chain.",
    "bind": "The same as channel bind.",
    "channel": "Say which accounts a Slack channel sees, and when its digest comes.",
    "digest": "Say what the last days were, what moved, and what needs a person.",
    "calendar": "Keep promotions, freezes, tracking changes and events; see holidays.",
    "doctor": "Say what is configured, reachable and missing.",
    "import": "Load a platform export into the store, or take a load back.",
    "experiments": "Keep results of experiments, which calibrate the response curves.",
    "jobs": "See what runs by the clock, when, and what failed; run a job by hand.",
    "labels": "Say what campaigns are: brand, country, category, funnel.",
    "models": "See which version of each forecast is in use, how it did, and drift.",
    "plan": "Load, show and draft the plan by month; see what other budgets would do.",
    "promises": "See what applied changes were expected to do, and what came of them.",
    "init": "Set a team up, by questions or from one YAML file.",
    "recommend": "Recommend budget changes, with the evidence for them.",
    "slack": "Print the manifest of the Slack app.",
    "source": "Read sheets published as CSV at their interval.",
    "stop-writes": "Stop every write to the platforms, or allow them again.",
    "watch": "Look for what is unusual, and deal with incidents and quiet rules.",
    "run": "Run the bot: Slack, the scheduler and the executor.",
    "sync": "Read accounts, figures and budgets from the connected platforms.",
}
"""Name -> the line in ``--help``. The command itself is ``command`` in ``app.cli.<name>_command``."""

COLLECT_AFTER = 100_000  # new objects; at Python's own 700, collecting takes a fifth of the time a command imports for


class _LazyGroup(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"app.cli.{name.replace('-', '_')}_command").command
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="budgeteer")
def cli() -> None:
    """Answers, recommendations and approved budget changes for marketing teams.

    Works on embedded defaults; settings are environment variables (see .env.example).
    Exit codes: 0 answered (also a reasoned refusal), 2 bad input, 3 not configured, 1 unexpected.
    """


def main() -> None:
    """Run the command line: one clear line on stderr for a person's mistake, never a traceback."""
    gc.set_threshold(COLLECT_AFTER)
    try:
        status = cli.main(prog_name="budgeteer", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        help_wanted.show()
        sys.exit(help_wanted.exit_code)
    except click.ClickException as mistake:
        click.echo(_usage(mistake), err=True)
        sys.exit(mistake.exit_code)
    except BudgeteerError as error:
        click.echo(f"budgeteer: {error}", err=error.exit_code != 0)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        _drop_output()
        sys.exit(0)
    except Exception as error:
        if os.environ.get("BUDGETEER_DEBUG"):
            raise
        if isinstance(error, OSError) and error.strerror:
            _drop_output()
            what = f"{error.filename}: {error.strerror}" if error.filename else f"cannot write: {error.strerror}"
            click.echo(f"budgeteer: {what}", err=True)
        else:
            click.echo(f"budgeteer: unexpected {type(error).__name__}; set BUDGETEER_DEBUG=1 to see where", err=True)
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)


def _usage(mistake: click.ClickException) -> str:
    """A wrong command line in one line, and where to look."""
    context = getattr(mistake, "ctx", None)
    path = context.command_path.rstrip() if context is not None else "budgeteer"
    said = " ".join(mistake.format_message().split()).rstrip(".")
    return f"{path}: {said[:1].lower()}{said[1:]}; see {path} --help"


def _drop_output() -> None:
    """What could not be written is not tried again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
