"""What a digest says, section by section, with references to its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from domain.evidence import Chart, Fact, Table, ToolResult
from domain.window import Window
from tools.digest.days import Form
from tools.digest.words import speaking, w

DecisionKind = Literal[
    "approval", "over_budget", "silent", "stopped", "draft", "quarantined", "incident", "below_floor"
]
MOST_DECISIONS = 3
SECTIONS = (
    "unsent",
    "figures",
    "plan",
    "decisions",
    "incidents",
    "outcomes",
    "restated",
    "changed",
    "waiting",
    "blind",
)
"""In the order in which they are said."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of the covered days: what it is, and the rest with references to facts."""

    label: str
    said: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Something to look at today. Its button asks ``question``, or opens the card of ``approval_id``."""

    kind: DecisionKind
    said: str
    button: str
    question: str | None = None
    approval_id: str | None = None
    subject: str | None = None  # an incident's id


@dataclass(frozen=True, slots=True)
class Digest:
    """The covered days of the accounts in scope. Every figure is a reference to one of ``facts``."""

    window: Window
    verdict: str
    facts: tuple[Fact, ...]
    figures: tuple[Line, ...] = ()
    plan: tuple[str, ...] = ()
    planned: bool = False  # whether a plan is among what stands in ``plan``
    decisions: tuple[Decision, ...] = ()
    incidents: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()  # applied changes that were measured since the last digest
    restated: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    blind: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    board: Table | None = None
    chart: Chart | None = None
    freshness: Mapping[str, date] = field(default_factory=dict)
    form: Form = "daily"
    language: str = "en"

    def heading(self, section: str) -> str:
        """What stands above a section."""
        with speaking(self.language):
            if section == "plan" and self.form == "monthly":
                return w("h plan of a month" if self.planned else "h arrived")
            return w(f"h {section}")

    def sections(self) -> list[tuple[str, tuple[str, ...]]]:
        """(name, lines) of every section that has any, in their order."""
        said: dict[str, tuple[str, ...]] = {
            "unsent": (),
            "figures": tuple(f"{line.label}: {line.said}" for line in self.figures),
            "plan": self.plan,
            "decisions": tuple(d.said for d in self.decisions),
            "incidents": self.incidents,
            "outcomes": self.outcomes,
            "restated": self.restated,
            "changed": self.changed,
            "waiting": self.waiting,
            "blind": self.blind,
        }
        return [(name, said[name]) for name in SECTIONS if said[name]]

    def to_result(self) -> ToolResult:
        """The digest as a tool's answer."""
        parts = [self.verdict]
        for name, lines in self.sections():
            parts += [f"{self.heading(name)}:"] if name != "figures" else []
            parts += [f"• {line}" for line in lines]
        return ToolResult(
            facts=self.facts,
            text="\n".join(parts),
            table=self.board,
            chart=self.chart,
            row_count=len(self.board.rows) if self.board else len(self.facts),
            truncated=self.board.truncated if self.board else False,
            freshness=self.freshness,
            caveats=self.caveats,
        )
