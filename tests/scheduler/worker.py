"""A real process that runs one job: ``python -m tests.scheduler.worker URL JOB SLOT LEASE_S``.

It prints ``working`` once it holds the slot, works until stdin is closed, prints ``done``, ``lost`` or ``not mine``.
"""

from __future__ import annotations

import select
import sys
from datetime import timedelta

from scheduler.lease import LeaseLost, Progress, run_once
from store.engine import open_engine


def work(say: Progress) -> str:
    say("account 1 of 2")
    print("working", flush=True)
    while not select.select([sys.stdin], [], [], 0.05)[0]:
        say.check()
    return "read it all"


if __name__ == "__main__":
    url, job, slot, lease = sys.argv[1:]
    try:
        mine = run_once(open_engine(url), job, slot, work, timedelta(seconds=float(lease)), alone=True)
        print("done" if mine else "not mine", flush=True)
    except LeaseLost:
        print("lost", flush=True)
