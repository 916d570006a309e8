"""An answer as Slack shows it: the number first, a table where there are many, where it comes from last."""

from __future__ import annotations

import base64

from agent.state import Answer
from app.showing import numeric_columns, worth_showing
from app.slack import blocks as bk
from app.slack import plan_offers
from app.slack.blocks import Block
from domain.evidence import Table
from domain.formatting import table_cells
from tools.labels import platform_label

SHORTENED = "Shortened to fit a Slack message; ask for less at once."


def render(answer: Answer) -> tuple[str, list[Block]]:
    """The plain text with all facts of the answer, and its blocks. Pure."""
    tables = worth_showing(answer.tables)
    small_print = small_print_of(answer)
    last = plan_offers.drawn(answer.id, answer.offers)
    last += [bk.context(*[bk.prose(line) for line in small_print])] if small_print else []
    if answer.clarify is None:
        last.append(bk.feedback(answer.id))
    rows = [line for table in tables for line in _plain_table(table)]
    lines = [answer.text, *_choices(answer), *rows, *answer.caveats, *small_print]
    text = bk.clip(bk.prose("\n".join(line for line in lines if line)), bk.MAX_TEXT)
    return text, bk.fit([*_said(answer), *_tabled(tables), *last], keep_last=len(last), rest=SHORTENED)


def charts(answer: Answer) -> list[dict[str, str]]:
    """The answer's pictures as the outbox carries them."""
    return [
        {"title": c.title, "alt": c.alt_text, "png": base64.b64encode(c.png).decode()} for c in answer.charts if c.png
    ]


def small_print_of(answer: Answer) -> list[str]:
    """Data through which day per platform, currency, time zone, how it was answered."""
    parts = []
    if answer.freshness:
        through = [f"{platform_label(p)} {d.isoformat()}" for p, d in sorted(answer.freshness.items())]
        parts.append(f"Data through {', '.join(through)}")
    currencies = sorted({f.currency for f in answer.facts if f.currency})
    zones = sorted({f.window.timezone for f in answer.facts})
    parts += [" / ".join(currencies)] if currencies else []
    parts += [" / ".join(zones)] if zones else []
    return [" · ".join([*parts, *answer.notes])] if parts or answer.notes else []


def _said(answer: Answer) -> list[Block]:
    said = bk.paragraphs(bk.prose(answer.text))
    if answer.clarify is not None:
        said += bk.paragraphs("\n".join(f"• {bk.data(c)}" for c in answer.clarify.choices))
        said.append(bk.context("Answer in this thread with one of these."))
    if answer.caveats:
        said.append(bk.context(*[bk.prose(c) for c in answer.caveats]))
    return said or [bk.section("I have nothing to show.")]


def _choices(answer: Answer) -> list[str]:
    return [f"- {bk.clean(c)}" for c in answer.clarify.choices] if answer.clarify else []


def _tabled(tables: list[Table]) -> list[Block]:
    """The first table; Slack takes a single one a message, so what else there is, is named."""
    if not tables:
        return []
    first = tables[0]
    drawn = bk.table(list(first.columns), table_cells(first), numeric_columns(first))
    missing = len(first.rows) + 1 - len(drawn["rows"])
    notes = [f"{missing} more rows did not fit; ask for fewer at once." if missing else ""]
    notes += ["More rows are left out." if first.truncated and not missing else ""]
    notes += [f"Ask for this by itself: {bk.data(other.title)}." for other in tables[1:]]
    return [drawn, *([bk.context(*notes)] if any(notes) else [])]


def _plain_table(table: Table) -> list[str]:
    return [" | ".join(bk.clean(c) for c in row) for row in [list(table.columns), *table_cells(table)]]
