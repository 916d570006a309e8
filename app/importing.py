"""Loading an export into the store, whole or not at all: the one path of the command line, file drops and sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from app.settings import Settings
from connectors.base import DailyRow
from connectors.files import FileReport, Recognised, read_export, recognise
from connectors.files.layouts import LAYOUTS
from connectors.files.orders import LAYOUTS as SHOPS
from connectors.files.orders import OrdersReport, read_orders
from domain.errors import BadInput
from domain.window import checked_zone
from store import accounts, ads, ingest, labels, orders
from store.engine import read, write

PLATFORMS = tuple(sorted((*LAYOUTS, *SHOPS)))
"""Whose files are read: daily exports, and orders of shops."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a person or a source says of a file; None is left to the file itself, or to what the account has.

    ``dates`` is ymd, dmy or mdy, ``decimal`` point or comma, ``week_start`` monday or sunday;
    ``daily`` is "days" where rows seven days apart throughout are known to be days.
    """

    platform: str | None = None
    account: str | None = None
    currency: str | None = None
    timezone: str | None = None
    dates: str | None = None
    decimal: str | None = None
    week_start: str | None = None
    daily: str | None = None
    month: str | None = None  # a plan's, such as 2024-06, where the file names none


@dataclass(frozen=True, slots=True)
class Imported:
    """A file that was loaded: what it holds and what the store made of it.

    ``unlabelled``: of the account's label keys, the campaigns of this file that carry none of it. Empty where
    nothing of the account is labelled.
    """

    file: str
    platform: str
    account: str
    currency: str
    timezone: str
    report: FileReport | OrdersReport
    counts: ingest.LoadCounts
    unlabelled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Known:
    """The options with nothing left open."""

    platform: str
    account: str
    currency: str


def load(engine: Engine, config: Settings, now: datetime, name: str, content: bytes, options: Options) -> Imported:
    """Load one file's bytes, called ``name``, in one transaction. Loading the same file again changes nothing.

    Raises:
        UntrustedFile: the file cannot be read as it is; the message names the row and the option that would settle it.
        BadInput: an option is unknown, missing, or contradicts the file or the account that is stored.
    """
    if options.timezone is not None:
        checked_zone(options.timezone)
    week_start = _week_start(options.week_start)
    known = _settle(content, name, options)
    if known.platform in SHOPS:
        return _load_orders(engine, config, now, name, content, options, known)
    tomorrow = now.date() + timedelta(days=1)  # somewhere it has begun
    report = read_export(
        content, platform=known.platform, account=known.account, currency=known.currency, dates=options.dates,
        decimal=options.decimal, latest=tomorrow, daily=options.daily is not None,
    )  # fmt: skip
    with write(engine) as session:
        stored = accounts.find(session, known.account, known.platform)
        zone = options.timezone or (stored[0].timezone if stored else config.timezone)
        account = accounts.ensure(
            session, platform=known.platform, name=known.account, currency=known.currency, timezone=zone, origin="file",
            now=now, kind=LAYOUTS[known.platform].kind, week_start=week_start,
        )  # fmt: skip
        rows = _named(report, account.name)
        counts = ingest.load(
            session,
            account,
            rows,
            source=name[:500],
            content_sha256=report.sha256,
            complete=True,
            now=now,
            summary=_summary(report),
        )
        ads.load(session, account.id, counts.run_id, report.ads)
        stored_name = account.name
        lacking = labels.unlabelled(session, account.id, {row.campaign for row in rows})
    return Imported(name, known.platform, stored_name, known.currency, zone, report, counts, lacking)


def _load_orders(
    engine: Engine, config: Settings, now: datetime, name: str, content: bytes, options: Options, known: _Known
) -> Imported:
    """A shop's orders. Its zone is needed to read them: an order's day is the shop's own.

    The zone is looked up before, and the file read between two transactions: reading a large one would hold the
    store's only writer for seconds. Loading is one transaction and consistent all the same: ``accounts.ensure``
    refuses an account whose zone, currency or kind is not, by then, what the file was read with.
    """
    with read(engine) as session:
        stored = accounts.find(session, known.account, known.platform)
        zone = options.timezone or (stored[0].timezone if stored else config.timezone)
    report = read_orders(
        content, platform=known.platform, account=known.account, currency=known.currency, timezone=zone,
        dates=options.dates, decimal=options.decimal, latest=now.date() + timedelta(days=1),
    )  # fmt: skip
    with write(engine) as session:
        account = accounts.ensure(
            session, platform=known.platform, name=known.account, currency=known.currency, timezone=zone, origin="file",
            now=now, kind="shop", week_start=_week_start(options.week_start),
        )  # fmt: skip
        summary = {**_summary(report), "cancelled": report.cancelled}
        counts = orders.load(
            session, account, report.rows, source=name[:500], content_sha256=report.sha256, now=now, summary=summary
        )
        stored_name = account.name
    return Imported(name, known.platform, stored_name, known.currency, zone, report, counts)


def _summary(report: FileReport | OrdersReport) -> dict[str, Any]:
    """What is kept of the file with its load; the days say which later loads may have built on it."""
    return {
        "rows_read": report.rows_read,
        "rows_skipped": len(report.skipped),
        "first_day": report.first_day.isoformat(),
        "last_day": report.last_day.isoformat(),
    }


def _settle(content: bytes, name: str, options: Options) -> _Known:
    """What was said, completed by what the file says of itself; a question that stays open is a refusal."""
    if options.platform is not None and options.platform not in PLATFORMS:
        raise BadInput(f"unknown platform {options.platform!r}; known: {', '.join(PLATFORMS)}")
    said = (options.platform, options.account, options.currency)
    seen = recognise(content, name) if None in said else Recognised(None)
    if seen.kind not in (None, "daily", "orders"):
        raise BadInput(f"{name} is a plan; load it with: budgeteer plan import FILE; nothing was loaded")
    platform = options.platform or seen.platform
    if platform is None:
        choices = " or ".join(f"--platform {p}" for p in seen.platforms or sorted(LAYOUTS))
        raise BadInput(f"the file does not say which platform it is from; add {choices}; nothing was loaded")
    currency = (seen.currency or "") if options.currency is None else options.currency.strip().upper()
    if not currency and options.currency is None:
        raise BadInput("the file does not say its currency; add --currency, such as --currency USD; nothing was loaded")
    account = seen.account if options.account is None else options.account
    if account is None:
        raise BadInput("the file does not name its account; add --account NAME; nothing was loaded")
    return _Known(platform, account.strip(), currency)


def _week_start(word: str | None) -> int | None:
    if word is None:
        return None
    numbers = {name: number for number, name in accounts.WEEK_STARTS.items()}
    if word not in numbers:
        raise BadInput(f"week start {word!r}: use monday or sunday")
    return numbers[word]


def _named(report: FileReport, account: str) -> tuple[DailyRow, ...]:
    """The rows; those of a file without campaigns carry the account's name as it is stored, however it was typed."""
    if "campaign" in report.columns:
        return report.rows
    return tuple(replace(row, campaign=account) for row in report.rows)
