"""Quiet rules in words."""

from __future__ import annotations

from collections.abc import Sequence

from store.quiet_rules import Quiet


def left_quiet(left: Sequence[Quiet]) -> str:
    """What a person is told who took a rule back: whether anything of the matter stays quiet."""
    if not left:
        return "what it kept quiet is told again"
    rules = "another rule keeps" if len(left) == 1 else f"{len(left)} other rules keep"
    return f"but {rules} part of the same matter quiet until revoked too"


def size_of(rule: Quiet) -> str:
    """`` by up to 45 %``; nothing falls by more than all of it."""
    if rule.largest is None:
        return ""
    return " however far" if rule.direction == "down" and rule.largest >= 1 else f" by up to {rule.largest * 100:.0f} %"


def in_short(rule: Quiet) -> str:
    """``rule 4: cpc up in Brand by up to 125 % until 2024-07-15``."""
    size = size_of(rule)
    until = "" if rule.until is None else f" until {rule.until:%Y-%m-%d}"
    return f"rule {rule.id}: {rule.metric} {rule.direction} in {rule.where}{size}{until}"
