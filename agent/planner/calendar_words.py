"""How people ask what is in the calendar."""

from __future__ import annotations

ASKED = (
    r"(?:what |which |anything |show |list )?(?:is |are |stands )?(?:there )?(?:in |on )?(?:the |our |my )*calendar"
    r"(?: entries)?|"
    r"(?:what|which|any) (?:public |bank )?holidays(?: (?:are|were) (?:there|in))?|"
    r"(?:what|which|any) (?:promos?|promotions?|freezes?|tracking changes?)"
    r"(?: (?:are|were|did we have|do we have|have we had))?"
)
