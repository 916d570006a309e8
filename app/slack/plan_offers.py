"""Plans of an answer, each with a button that has it proposed. Its value is the answer's id and a number."""

from __future__ import annotations

from collections.abc import Sequence

from app.slack import blocks as bk
from app.slack.blocks import Block
from domain.evidence import Offer

PROPOSE = "plan_propose"
LABEL = "Make it a recommendation"
MOST, MOVES = 5, 4


def drawn(answer_id: str, offers: Sequence[Offer]) -> list[Block]:
    """A line a plan with its button."""
    return [_row(offer, f"{answer_id}#{number}") for number, offer in enumerate(offers[:MOST])]


def _row(offer: Offer, value: str) -> Block:
    shown = [bk.data(move) for move in offer.moves[:MOVES]]
    more = [f"{len(offer.moves) - MOVES} more"] if len(offer.moves) > MOVES else []
    said = bk.section(f"*{bk.data(offer.label)}*\n{', '.join([*shown, *more])}")
    return {**said, "accessory": bk.button(LABEL, PROPOSE, value)}
