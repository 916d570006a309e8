"""``make demo``: the whole loop on emulated platforms, in one sitting. ``demo.script`` is what happens."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from rich.console import Console

from demo.script import play
from demo.world import leftovers, running

FOLDER = Path("var/demo")


def main() -> int:
    """Play the script; 0 where the loop closed and nothing is left running."""
    began = time.monotonic()
    console = Console(width=100, highlight=False, record=True)
    with running(FOLDER) as world:
        today = play(world, console, FOLDER)
    left = leftovers(world)
    console.rule("[bold]That was it[/]")
    console.print(
        f"{time.monotonic() - began:.0f} seconds. " + ("Nothing is left running." if not left else f"Left: {left}")
    )
    console.print(f"The store is kept in {world.store} (logs and this transcript beside it). Ask it more:")
    console.print(
        f'  DATABASE_URL=sqlite:///{world.store} .venv/bin/budgeteer ask "roas by campaign last week" --as-of {today}',
        soft_wrap=True,
    )
    (FOLDER / "transcript.txt").write_text(console.export_text())
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
