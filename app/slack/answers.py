"""An answer as Slack shows it: the number first, a table where there are many, where it comes from last."""

from __future__ import annotations

import base64
from datetime import date
from decimal import Decimal
from typing import Any

from agent.state import Answer
from app.slack import blocks as bk
from app.slack.blocks import Block
from domain.evidence import Fact, Table
from tools.labels import platform_label

MANY = 3  # figures above which a table reads better than a sentence


def render(answer: Answer) -> tuple[str, list[Block]]:
    """The plain text with all facts of the answer, and its blocks. Pure."""
    shown = _table(answer)
    small_print = small_print_of(answer)
    last = [bk.context(*[bk.prose(line) for line in small_print])] if small_print else []
    if answer.clarify is None:
        last.append(bk.feedback(answer.id))
    blocks = bk.fit([*_said(answer), *([bk.table(*shown)] if shown else [])], keep_last=0)
    lines = [answer.text, *_choices(answer), *_plain_table(shown), *answer.caveats, *small_print]
    return bk.clip(bk.prose("\n".join(line for line in lines if line)), bk.MAX_TEXT), bk.fit(
        [*blocks, *last], keep_last=len(last)
    )


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


_Shown = tuple[list[str], list[list[str]], list[bool]]


def _table(answer: Answer) -> _Shown | None:
    if answer.tables:
        return _cells(answer.tables[0])
    if len(answer.facts) > MANY:
        return _facts(answer.facts)
    return None


def _cells(table: Table) -> _Shown:
    right = [any(isinstance(row[i], int | float | Decimal) for row in table.rows) for i in range(len(table.columns))]
    return list(table.columns), [[_cell(c) for c in row] for row in table.rows], right


def _facts(facts: tuple[Fact, ...]) -> _Shown:
    from domain.formatting import format_value

    rows = [[f.entity, f.label, format_value(f), str(f.window)] for f in facts]
    return ["Of", "Figure", "Value", "Days"], rows, [False, False, True, False]


def _cell(value: Any) -> str:
    match value:
        case None:
            return "unknown"
        case bool() | str():
            return str(value)
        case date():
            return value.isoformat()
        case int():
            return f"{value:,}"
        case _:
            return f"{value:,.2f}"


def _plain_table(shown: _Shown | None) -> list[str]:
    if shown is None:
        return []
    columns, rows, _ = shown
    return [" | ".join(bk.clean(c) for c in row) for row in [columns, *rows]]
