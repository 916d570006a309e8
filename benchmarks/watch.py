"""The watch's methods against their peers in one run: forecasts, and detection of injected anomalies.

Peers run in an environment of their own, named by PEERS_PYTHON (``benchmarks/requirements-peers.txt``).
"""

from __future__ import annotations

import importlib
import importlib.util

HALVES = ("_watch_forecasts", "_watch_detectors")


def run() -> list[str]:
    """Report lines of both halves."""
    found = [h for h in HALVES if importlib.util.find_spec(f"benchmarks.{h}") is not None]
    return [line for half in found for line in importlib.import_module(f"benchmarks.{half}").report()]
