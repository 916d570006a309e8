"""A question that says nothing wants nothing: what a default says would be taken for the person's word."""

from __future__ import annotations

from dataclasses import fields

from agent.planner.entities import Named
from agent.planner.followups import _MERGED
from agent.planner.reading import Reading


def test_no_wish_is_set_by_default_so_that_a_follow_up_still_leans_on_the_question_before() -> None:
    empty = Reading("", Named())
    assert [f.name for f in fields(empty) if f.name not in _MERGED and getattr(empty, f.name)] == []
