"""Run every evaluation, or the ones named: ``python -m evals [NAME ...]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def main() -> None:
    """Print each evaluation's report lines."""
    known = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if not m.name.startswith("_"))
    chosen = sys.argv[1:] or known
    if unknown := set(chosen) - set(known):
        sys.exit(f"evals: unknown {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in chosen:
        print(f"== {name}")
        for line in importlib.import_module(f"evals.{name}").run():
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
