"""The best split of a daily budget: what is asked for, what may move, and the plan found."""

from tools.budget.amounts import allocate_levers, scaled
from tools.budget.modes import best_split, narrowed
from tools.budget.movable import Floats, Movable, Picked, Split, base_of, fit_levers
from tools.budget.request import Bound, GroupBound, Request
from tools.plan_arguments import Mode, Objective
from tools.responses import DRAWS

__all__ = [
    "DRAWS",
    "Bound",
    "Floats",
    "GroupBound",
    "Mode",
    "Movable",
    "Objective",
    "Picked",
    "Request",
    "Split",
    "allocate_levers",
    "base_of",
    "best_split",
    "fit_levers",
    "narrowed",
    "scaled",
]
