"""The message about a dropped file: its question with buttons, what it holds before it is loaded, what came of it.

Drawn from the store. Its buttons carry the file's id, the question's number and the choice's number, and nothing else.
Names of files, accounts and columns are data.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.imported import unlabelled
from app.importing import Imported
from app.slack import blocks as bk
from app.slack.blocks import Block
from app.slack.file_reading import Report
from connectors.files.layouts import MONEY
from connectors.files.orders import OrdersReport
from domain.money import Money
from store.file_drops import Drop
from store.undo import Undone
from tools.labels import platform_label

CHOOSE, IMPORT, CANCEL, UNDO = "file_choose", "file_import", "file_cancel", "file_undo"
SHOWN_CAMPAIGNS, SHOWN_SKIPPED = 5, 3


def render(drop: Drop) -> tuple[str, list[Block]]:
    """The message as it should stand now: (plain text with the same facts, blocks)."""
    lines = [f"*{bk.data(drop.name, 100)}*{_settled(drop)}", *_body(drop)]
    buttons = _buttons(drop)
    text = "\n".join(lines)
    return bk.clip(text, bk.MAX_TEXT), bk.fit([*bk.paragraphs(text), *buttons], keep_last=len(buttons))


def summary(report: Report, account: str, platform: str, currency: str, timezone: str) -> list[str]:
    """What a file holds, as data: plain lines, to be escaped where they are shown."""
    what = f"{len(report.rows):,} {'orders' if isinstance(report, OrdersReport) else 'rows'}"
    days = f"{report.first_day} to {report.last_day}"
    lines = [
        f"{what}, {days}, {_total(report, currency)}{_checked(report)}",
        f"Into {account} ({platform_label(platform)}, {currency}, {timezone})",
    ]
    if not isinstance(report, OrdersReport) and "campaign" in report.columns:
        names = sorted({row.campaign for row in report.rows})
        more = f" and {len(names) - SHOWN_CAMPAIGNS} more" if len(names) > SHOWN_CAMPAIGNS else ""
        lines.append(f"Campaigns: {', '.join(n[:60] for n in names[:SHOWN_CAMPAIGNS])}{more}")
    lines += [f"Skipped row {s.row}: {s.reason}" for s in report.skipped[:SHOWN_SKIPPED]]
    if len(report.skipped) > SHOWN_SKIPPED:
        lines.append(f"and {len(report.skipped) - SHOWN_SKIPPED} more rows skipped")
    return [*lines, *report.notes]


def _total(report: Report, currency: str) -> str:
    """The one total that a person checks against what they know."""
    for field, value in report.totals.items():
        if field in MONEY or isinstance(report, OrdersReport):
            return f"{field} {_money(value, currency)}"
    return "no amounts"


def _money(value: Decimal | None, currency: str) -> str:
    return "unknown" if value is None else str(Money(value.quantize(Decimal("0.000001")), currency))


def _checked(report: Report) -> str:
    return "" if report.checksum_row is None else f", matches the file's own total (row {report.checksum_row})"


def result(done: Imported) -> str:
    """What the store made of the rows."""
    c = done.counts
    counts = f"{c.loaded:,} new, {c.updated:,} updated, {c.unchanged:,} unchanged (run {c.run_id})"
    return "\n".join([counts, *(line[:1].upper() + line[1:] for line in unlabelled(done))])


def taken_back(done: Undone, user: str) -> str:
    """What undoing an import did, or when somebody did it before, told to ``user``."""
    rows = f"{done.removed:,} rows went, {done.restored:,} are as they were"
    if done.already:
        by = "you" if done.by == user else done.by
        return f"Load {done.run_id} was taken back already by {by}, {done.at:%Y-%m-%d %H:%M} UTC: {rows}."
    return f"Load {done.run_id} is taken back: {rows}."


def _settled(drop: Drop) -> str:
    words = {"loading": " is being loaded",
             "imported": " is imported", "refused": " was not loaded", "cancelled": ": cancelled, nothing was loaded",
             "expired": ": nobody confirmed it in a day, so nothing was loaded. Drop it again",
             "undone": ": its import was undone"}  # fmt: skip
    return words.get(drop.reading.get("state") or drop.status, "")


def _body(drop: Drop) -> list[str]:
    note = [bk.data(line, 1_000) for line in str(drop.reading.get("note") or "").splitlines()]
    if drop.status == "loading":
        return [bk.data(line, 500) for line in drop.reading.get("summary", [])[:2]]
    if drop.status != "asked":
        return note
    asked = drop.reading.get("asked")
    lines = [bk.data(asked["text"], 500)] if asked else [bk.data(line, 500) for line in drop.reading.get("summary", [])]
    return [*note, *_known(drop.reading), *lines] if asked else [*note, *lines, "Load it?"]


def _known(reading: Mapping[str, Any]) -> list[str]:
    """What is settled so far, so that a wrong guess is seen before it matters."""
    parts = [platform_label(reading["platform"])] if reading.get("platform") else []
    parts += [str(reading[f]) for f in ("account", "currency") if reading.get(f)]
    return [bk.data(" · ".join(parts), 300)] if parts else []


def _buttons(drop: Drop) -> list[Block]:
    if drop.status == "imported" and drop.reading.get("undo"):
        ask = bk.confirm("Undo this import?", "What it loaded is taken back; what was there before comes back.", "Undo")
        return [bk.actions(bk.button("Undo import", UNDO, drop.id, "danger", ask))]
    if drop.status != "asked":
        return []
    asked, serial = drop.reading.get("asked"), drop.reading["serial"]
    cancel = bk.button("Cancel", CANCEL, f"{drop.id}:{serial}")
    if asked is None:
        return [bk.actions(bk.button("Import", IMPORT, f"{drop.id}:{serial}", "primary"), cancel)]
    choices = [
        bk.button(bk.clean(label, 60) or "?", f"{CHOOSE}_{n}", f"{drop.id}:{serial}:{n}")
        for n, (_, label) in enumerate(asked["choices"])
    ]
    return [bk.actions(*choices, cancel)]
