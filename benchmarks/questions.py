"""How long a KPI question takes over five million daily rows in SQLite, without a model.

The store holds 5 accounts of 1,370 campaigns over two years; the questions are the tools that a
planner would call, from the arguments to the filled text. The aim is 300 ms at the 95th percentile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine

from benchmarks._scale import scaled
from domain.scope import Scope
from store.engine import open_engine, write
from store.migrate import upgrade
from store.tables import Account, Campaign, ImportRun
from tools import MENU
from tools.base import ToolContext

ACCOUNTS, CAMPAIGNS, DAYS = 5, scaled(1370), 730
FIRST = date(2023, 1, 1)
TODAY = FIRST + timedelta(days=DAYS)
ROUNDS = 8
AIM_MS = 300

JUNE = {"start": "2024-06-01", "end": "2024-06-30"}
MAY = {"start": "2024-05-01", "end": "2024-05-31"}
WEEK = {"start": "2024-12-23", "end": "2024-12-29"}
ONE = {"accounts": ["Account 1"]}
QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "spend of one campaign last week": ("metric", {"metrics": ["spend"], "period": WEEK, "campaigns": ["C1-7"]}),
    "roas of one account in a month": ("metric", {"metrics": ["roas"], "period": JUNE, **ONE}),
    "worst cpa of one account in a month": (
        "breakdown", {"metrics": ["cpa"], "by": "campaign", "period": JUNE, "order": "worst", **ONE}),
    "why cpa changed in one account": (
        "compare", {"metrics": ["cpa"], "period": JUNE, "baseline": MAY, "explain": True, **ONE}),
    "spend of everything last week": ("metric", {"metrics": ["spend"], "period": WEEK}),
    "spend by platform in a month": ("breakdown", {"metrics": ["spend"], "by": "platform", "period": JUNE}),
    "month against month, everything": ("compare", {"metrics": ["spend", "roas"], "period": JUNE, "baseline": MAY}),
}  # fmt: skip


def run(store: Path | None = None, rounds: int = ROUNDS) -> list[str]:
    """Lines with p50 and p95 per question and over all. ``store`` keeps the database for the next run."""
    with TemporaryDirectory() as folder:
        path = store or Path(folder) / "questions.db"
        fresh = not path.exists()
        engine = open_engine(f"sqlite:///{path}")
        if fresh:
            build(engine)
        lines = _measured(engine, rounds)
        engine.dispose()
    return lines


def build(engine: Engine) -> None:
    """Five million rows, by the raw driver: building them is not what is measured."""
    upgrade(engine)
    now = datetime(2025, 1, 1, tzinfo=UTC)
    with write(engine) as session:
        for a in range(1, ACCOUNTS + 1):
            platform = "google_ads" if a % 2 else "meta"
            session.add(Account(id=a, platform=platform, name=f"Account {a}", currency="USD", timezone="UTC",
                                origin="api", created_at=now))  # fmt: skip
            session.flush()
            session.add(ImportRun(id=a, account_id=a, source="api", at=now, complete=True, summary={}))
            session.add_all(Campaign(id=a * 10_000 + c, account_id=a, name=f"C{a}-{c}") for c in range(CAMPAIGNS))
    raw = engine.raw_connection()
    raw.cursor().execute("BEGIN")
    raw.cursor().executemany(
        "INSERT INTO daily_metrics (campaign_id, level, day, breakdown, account_id, spend_micros, impressions, clicks, "
        "conversions, revenue, run_id) VALUES (?, 'campaign', ?, '', ?, ?, ?, ?, ?, ?, ?)",
        _rows(Random(5)),  # type: ignore[arg-type]  # a generator: the list would not fit
    )
    raw.commit()
    raw.close()


def _rows(rng: Random) -> Iterator[tuple[Any, ...]]:
    """In the order in which a daily sync writes them: by day."""
    for offset in range(DAYS):
        day = (FIRST + timedelta(days=offset)).isoformat()
        for a in range(1, ACCOUNTS + 1):
            for c in range(CAMPAIGNS):
                clicks = rng.randrange(200)
                yield (a * 10_000 + c, day, a, clicks * 410_000, clicks * 40, clicks, clicks * 0.05, clicks * 3.1, a)


def _measured(engine: Engine, rounds: int) -> list[str]:
    context = ToolContext(engine, Scope(tuple(range(1, ACCOUNTS + 1))), TODAY, "UTC")
    lines, everything = [], []
    for question, (tool, args) in QUESTIONS.items():
        chosen = MENU[tool]

        def ask(chosen: Any = chosen, args: dict[str, Any] = args) -> object:
            return chosen.run(context, chosen.arguments.model_validate(args))

        ask()
        times = [_milliseconds(ask) for _ in range(rounds)]
        everything += times
        lines.append(f"{question}: p50 {_percentile(times, 0.5):.0f} ms, p95 {_percentile(times, 0.95):.0f} ms")
    p95 = _percentile(everything, 0.95)
    verdict = "within" if p95 <= AIM_MS else "over"
    rows = ACCOUNTS * CAMPAIGNS * DAYS
    lines.append(
        f"all questions over {rows:,} rows: p50 {_percentile(everything, 0.5):.0f} ms, p95 {p95:.0f} ms "
        f"({verdict} the aim of {AIM_MS} ms)"
    )
    return lines


def _milliseconds(ask: Callable[[], object]) -> float:
    start = time.perf_counter()
    ask()
    return (time.perf_counter() - start) * 1000


def _percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, round(share * (len(times) - 1)))]


if __name__ == "__main__":
    print("\n".join(run()))
