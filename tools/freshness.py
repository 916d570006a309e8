"""How far the data reach, per platform and account, and which loads they came from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from domain.evidence import Table, ToolResult
from domain.window import Window
from store import order_sums, performance
from store.engine import read
from store.performance import AccountDays
from tools.arguments import Filters, FreshnessArguments
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.labels import platform_label
from tools.reader import Reader, answered
from tools.spans import Span

COLUMNS = ("Platform", "Account", "First day", "Last day", "Currency", "Time zone", "What it is")
KINDS = {"ads": "ads platform", "analytics": "analytics, never added to the platforms", "shop": "a shop's orders"}


def run(context: ToolContext, _arguments: FreshnessArguments) -> ToolResult:
    """The last usable day per platform, and days that are missing in between; analytics and shops as what they are."""
    result = answered(context, Filters(), _answer)
    if result.refused is None:
        return result
    with read(context.engine) as session:  # no ads data, but perhaps Analytics or a shop's orders
        beside = _beside(session, context)
        rows = [(s, kind) for s, kind in beside if s.last_day is not None]
    if not rows:
        return result
    latest = {s.platform: s.last_day for s, _ in rows if s.last_day is not None}
    table = Table("Data in the store", COLUMNS, tuple(_row(s, kind) for s, kind in rows))
    return ToolResult(text="\n".join(["No data of an ads platform yet.", *_said(rows, context)]), table=table,
                      row_count=len(rows), freshness=latest)  # fmt: skip


def _beside(session: Session, context: ToolContext) -> list[tuple[AccountDays, str]]:
    """Analytics accounts and shops, which no total over platforms reads."""
    counted = performance.accounts(session, context.scope, ("analytics",))
    return [*((a, "analytics") for a in counted), *((s, "shop") for s in order_sums.shops(session, context.scope))]


def _said(found: Sequence[tuple[AccountDays, str]], context: ToolContext) -> list[str]:
    yesterday = context.today - timedelta(days=1)
    said = []
    for account, kind in found:
        what = f"{platform_label(account.platform)} ({KINDS[kind]})"
        reach = f"data through {min(account.last_day, yesterday)}" if account.last_day else "no data yet"
        said.append(f"{what}, {account.name}: {reach}.")
    return said


def _row(account: AccountDays, kind: str) -> tuple[Any, ...]:
    return (platform_label(account.platform), account.name, account.first_day, account.last_day, account.currency,
            account.timezone, KINDS[kind])  # fmt: skip


def _answer(reader: Reader, _filters: Filters) -> ToolResult:
    latest = reader.freshness()
    yesterday = reader.context.today - timedelta(days=1)
    said = []
    for platform, day in sorted(latest.items()):
        late = "" if day == yesterday else f": the days after it, up to {yesterday}, are missing"
        said.append(f"{platform_label(platform)}: data through {day}{late}.")
    absent = [p for p in reader.selection.platforms if p not in latest]
    said += [f"{platform_label(p)}: no data yet." for p in absent]
    beside = _beside(reader.session, reader.context)
    rows = tuple(_row(account, kind) for account, kind in [*((a, "ads") for a in reader.selection.accounts), *beside])
    table = Table("Data in the store", COLUMNS, rows)
    return reader.result("\n".join([*said, *_said(beside, reader.context)]), Cited(), _whole(reader), (), table)


def _whole(reader: Reader) -> list[Span]:
    """From the first to the last day of all data: gaps inside are said as caveats."""
    yesterday = reader.context.today - timedelta(days=1)
    days = [(a.first_day, min(a.last_day, yesterday)) for a in reader.selection.accounts if a.first_day and a.last_day]
    spans = [(first, last) for first, last in days if first <= last]
    if not spans:
        return []
    window = Window(min(f for f, _ in spans), max(t for _, t in spans), reader.context.timezone)
    return [Span(window, None, ())]


TOOL = Tool("freshness", "How far the data reach per platform and account. Reads no figures.", FreshnessArguments, run)
