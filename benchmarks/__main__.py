"""Run every benchmark, or the ones named: ``python -m benchmarks [NAME ...]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys


def main(package: str = "benchmarks") -> None:
    """Print what ``run() -> list[str]`` of each module of ``package`` reports: of those named, or of all."""
    folder = importlib.import_module(package).__path__
    known = sorted(m.name for m in pkgutil.iter_modules(folder) if not m.name.startswith("_"))
    chosen = sys.argv[1:] or known
    if unknown := set(chosen) - set(known):
        sys.exit(f"{package}: unknown {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    for name in chosen:
        print(f"== {name}")
        for line in importlib.import_module(f"{package}.{name}").run():
            print(f"  {line}", flush=True)


if __name__ == "__main__":
    main()
