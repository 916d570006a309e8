"""What a search for a cause answers: the kind, a sentence, the facts behind it, and everything that was looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from domain.evidence import Fact
from domain.formatting import format_value
from tools.figures import Cited

Kind = Literal[
    "tracking_break",  # ads work, the counting does not
    "tracking_change",  # the calendar says that tracking was changed
    "late_conversions",  # the days are young: what is missing usually still arrives
    "disapproval_or_paused",  # nothing is shown
    "budget_change",  # made through here
    "foreign_change",  # made by somebody or something else
    "promotion",
    "holiday",
    "cpc",
    "click_rate",
    "conversion_rate",
    "order_value",  # what a conversion is worth
    "demand",  # how often ads are shown
    "platform_wide",  # the same for the whole account, and for no other
    "mix",  # shares of campaigns moved, not the campaigns themselves
    "unknown",
]
_REFERENCE = re.compile(r"\{\{(f[0-9]+)\}\}")


@dataclass(frozen=True, slots=True)
class Looked:
    """One thing that was looked at, and what was found there."""

    at: str
    found: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why. ``text`` is one sentence with references to ``facts``; ``evidence`` is all that was looked at, in order."""

    kind: Kind
    text: str
    facts: tuple[Fact, ...]
    evidence: tuple[Looked, ...]

    @property
    def said(self) -> str:
        """The sentence with its figures."""
        values = {f.id: format_value(f) for f in self.facts}
        return _REFERENCE.sub(lambda match: values[match[1]], self.text)

    def cited(self, cited: Cited) -> str:
        """The sentence for an answer that has facts of its own: these are numbered after them."""
        new = {f.id: cited.cite(f) for f in self.facts}
        return _REFERENCE.sub(lambda match: new[match[1]], self.text)

    def as_dict(self) -> dict[str, Any]:
        """JSON primitives."""
        return {
            "kind": self.kind,
            "said": self.said,
            "facts": [f.to_json() for f in self.facts],
            "evidence": [{"looked_at": e.at, "found": e.found} for e in self.evidence],
        }
