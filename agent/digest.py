"""A digest in words that any channel can show: built by the tool, its figures filled in by code."""

from __future__ import annotations

import base64
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine

from agent.context import plan_context
from agent.writing import fill
from domain.evidence import Table
from domain.formatting import table_cells
from domain.scope import Scope
from store.engine import read
from tools import digest as tool
from tools.base import ToolContext
from tools.digest import Digest, DigestArguments
from tools.digest.days import Form
from tools.digest.words import day, speaking, w
from tools.digest.words.figures import written
from tools.labels import platform_label


def make(
    engine: Engine,
    scope: Scope,
    *,
    now: datetime,
    timezone: str,
    week_start: int = 0,
    today: date | None = None,
    days: int | None = None,
    form: Form = "daily",
    picture: bool = True,
    language: str | None = None,
) -> Digest:
    """The digest of the accounts in ``scope`` as of ``now``, or of ``today`` in their zone.

    Raises:
        CannotAnswer: there are no data at all.
        BadInput: a digest is not written in this language.
    """
    with read(engine) as session:
        context = plan_context(session, scope, now=now, timezone=timezone, week_start=week_start, today=today)
    reach = ToolContext(engine, scope, context.today, context.timezone, context.week_start, now=now)
    return tool.build(reach, DigestArguments(days=days, form=form), picture=picture, language=language)


def in_words(made: Digest, hidden: Collection[str] = ()) -> dict[str, Any]:
    """JSON with every figure filled in: ``verdict``, ``figures`` [label, words], ``sections`` [heading, lines],
    ``decisions`` (words, button, question or approval), ``board``, ``caveats``, ``small_print``, ``chart``.

    Of sections, board and chart, those in ``hidden`` are left out."""

    with speaking(made.language):
        return _in_words(made, hidden)


def _in_words(made: Digest, hidden: Collection[str]) -> dict[str, Any]:
    def said(text: str) -> str:
        return fill(text, made.facts, written)

    chart = made.chart
    return {
        "headings": {key: w(key) for key in ("decide", "shortened", "more rows")},
        "verdict": said(made.verdict),
        "figures": [[line.label, said(line.said)] for line in made.figures],
        "sections": [
            [made.heading(name), [said(line) for line in lines]]
            for name, lines in made.sections()
            if name not in ("figures", "decisions", *hidden)
        ],
        "decisions": [
            {
                "kind": d.kind,
                "said": said(d.said),
                "button": d.button,
                "question": d.question,
                "approval_id": d.approval_id,
            }
            for d in made.decisions
        ],
        "board": None if made.board is None or "board" in hidden else _board(made.board),
        "caveats": list(made.caveats),
        "small_print": _small_print(made),
        "chart": None
        if chart is None or "chart" in hidden
        else {"title": chart.title, "alt": chart.alt_text, "png": base64.b64encode(chart.png).decode()},
    }


def to_json(made: Digest) -> dict[str, Any]:
    """The ``--json`` form: the words, and the facts unrounded as everywhere."""
    words = in_words(made)
    window = {
        "start": made.window.start.isoformat(), "end": made.window.end.isoformat(), "timezone": made.window.timezone,
    }  # fmt: skip
    return {
        "form": made.form,
        "window": window,
        **{key: words[key] for key in ("verdict", "figures", "sections", "decisions", "caveats")},
        "facts": [f.to_json() for f in made.facts],
        "freshness": {p: d.isoformat() for p, d in sorted(made.freshness.items())},
        "tables": [] if made.board is None else [made.board.to_json()],
        "refused": None,
    }


def _board(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": list(table.columns),
        "rows": table_cells(table),
        "truncated": table.truncated,
    }


def _small_print(made: Digest) -> str:
    through = [f"{platform_label(p)} {day(d)}" for p, d in sorted(made.freshness.items())]
    currencies = sorted({f.currency for f in made.facts if f.currency})
    parts = [w("through", said=", ".join(through)) if through else "", ", ".join(currencies), made.window.timezone]
    return " · ".join(part for part in parts if part)
