"""Days on the command line: one form, one message."""

from __future__ import annotations

import re
from datetime import date

from domain.errors import BadInput

FORM = "YYYY-MM-DD"


def as_of(text: str | None) -> date | None:
    """The day of ``--as-of``, None where it was not given. Raises BadInput for anything but YYYY-MM-DD."""
    if text is None:
        return None
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as 2024-02-30
    raise BadInput(f"--as-of {text!r} is not a date; write {FORM}, such as 2024-07-01")
