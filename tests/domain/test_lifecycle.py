"""The two tables: no path leaves a final state, and what is not listed raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import IllegalMove
from domain.lifecycle import MOVES, OP_MOVES, OPEN, OpState, Status, move, move_op

FINAL = frozenset(Status) - frozenset(MOVES)
OP_FINAL = frozenset(OpState) - frozenset(OP_MOVES)


@given(st.lists(st.sampled_from(Status), max_size=30))
def test_no_sequence_of_wishes_leaves_a_final_status_or_takes_an_unlisted_way(wishes: list[Status]) -> None:
    at = Status.DRAFT
    for wish in wishes:
        try:
            new = move(at, wish)
        except IllegalMove:
            assert wish not in MOVES.get(at, frozenset())
            continue
        assert at not in FINAL
        at = new


@given(st.lists(st.sampled_from(OpState), max_size=30))
def test_an_operation_never_leaves_a_final_state(wishes: list[OpState]) -> None:
    at = OpState.WAITING
    for wish in wishes:
        try:
            new = move_op(at, wish)
        except IllegalMove:
            assert wish not in OP_MOVES.get(at, frozenset())
            continue
        assert at not in OP_FINAL
        at = new


def test_only_a_claim_leads_from_pending_to_a_write() -> None:
    leads_to_executing = {old for old, news in MOVES.items() if Status.EXECUTING in news}
    assert leads_to_executing == {Status.PENDING, Status.UNKNOWN}
    assert {old for old, news in OP_MOVES.items() if OpState.SENT in news} == {OpState.WAITING, OpState.UNKNOWN}


def test_an_applied_operation_was_sent_or_is_settled_from_unknown() -> None:
    before_applied = {old for old, news in OP_MOVES.items() if OpState.APPLIED in news}
    assert before_applied == {OpState.SENT, OpState.UNKNOWN, OpState.QUARANTINED}


def test_every_status_that_is_reached_from_draft_and_ends_is_not_open() -> None:
    reached, todo = {Status.DRAFT}, [Status.DRAFT]
    while todo:
        for new in MOVES.get(todo.pop(), frozenset()) - reached:
            reached.add(new)
            todo.append(new)
    assert reached == frozenset(Status)
    assert not OPEN & FINAL


@pytest.mark.parametrize("final", sorted(FINAL))
def test_a_final_status_says_that_it_is_final(final: Status) -> None:
    with pytest.raises(IllegalMove, match="nothing, it is final"):
        move(final, Status.EXECUTING)
