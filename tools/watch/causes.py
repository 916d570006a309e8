"""The cause of a matter as JSON primitives, from ``tools.causes``."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from domain.scope import Scope


def unknown(why: str) -> dict[str, Any]:
    """No cause, and why there is none."""
    return {"kind": "unknown", "said": f"No cause was found: {why}.", "facts": [], "evidence": []}


def find(session: Session, scope: Scope, today: date, **asked: Any) -> dict[str, Any]:
    """What ``tools.causes.find_cause`` says."""
    from tools.causes import find_cause

    return find_cause(session, scope, today, **asked).as_dict()
