"""Why a method cannot answer. Tools translate these into a plain refusal, in ``tools.base.refusal``.

CannotEstimate
├── NotEnoughData    too few rows or too little variation; says how many are needed
├── BadSeries        rows that make no series: two in one slot, an infinite value, times without a grid
├── NoOverlap        what is asked about was never done in the data
├── Confounded       the outcome moved for another reason that cannot be told apart
└── Infeasible       the constraints contradict each other; names them and the nearest feasible request
"""

from __future__ import annotations


class CannotEstimate(Exception):
    """Base. The message is a full sentence with the figures that led to it."""


class NotEnoughData(CannotEstimate):
    """Too few rows or too little variation."""


class BadSeries(CannotEstimate):
    """Rows that make no series; the message names them."""


class NoOverlap(CannotEstimate):
    """What is asked about never happened in the data, so nothing can be said of it."""


class Confounded(CannotEstimate):
    """The effect cannot be told apart from another cause."""


class Infeasible(CannotEstimate):
    """No allocation satisfies the constraints; ``nearest`` is the nearest total that can be met, where one exists."""

    def __init__(self, message: str, nearest: float | None = None) -> None:
        self.nearest = nearest
        super().__init__(message)
