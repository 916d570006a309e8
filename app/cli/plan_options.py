"""The options of ``budgeteer recommend budget`` that say what a plan is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from app.cli.shares import Number, finite, percent
from domain.errors import BadInput

if TYPE_CHECKING:
    from tools.plan_arguments import PlanArguments, SaidBound

POSITIVE = Number(min=0, min_open=True)
_MODES = {
    "cut": "least_loss", "target_cpa": "target_cpa", "target_roas": "target_roas",
    "flexible": "flexible", "same_for_less": "same_for_less",
}  # fmt: skip
_OPTIONS = (
    click.option("--cut", metavar="15%", help="Cut today's total by this share with the least loss."),
    click.option("--target-cpa", type=POSITIVE, help="The most spend that still meets this CPA over the account."),
    click.option("--target-roas", type=POSITIVE, help="The most spend that still meets this ROAS over the account."),
    click.option("--on-margin", is_flag=True, help="The target holds for the last unit spent, not on average."),
    click.option(
        "--flexible", is_flag=True,
        help="Spend while the next unit pays for itself, at the plan's margins where known; --total is a cap.",
    ),
    click.option("--same-for-less", is_flag=True, help="The least spend that is expected to bring what today's does."),
    click.option("--pace", is_flag=True, help="Spend what the month's plan leaves, evenly over the days left."),
    click.option(
        "--objective", type=click.Choice(["conversions", "revenue", "profit"]),
        help="What to maximise; profit counts revenue at the plan's margins.",
    ),
    click.option(
        "--bound", "bounds", multiple=True, metavar="NAME=LOW..HIGH",
        help="Limits a day of a budget, or of a label's campaigns together (brand=acme=100..500); repeatable.",
    ),
    click.option("--freeze", multiple=True, metavar="NAME", help="This budget stays as it is; repeatable."),
    click.option("--max-change", metavar="20%", help="No budget moves further than this from today's."),
    click.option("--min-step", metavar="10%", help="A budget moves by at least this or not at all."),
)  # fmt: skip


def plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which gets them as keyword arguments."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def plan_of(asked: dict[str, Any]) -> PlanArguments:
    """The options together.

    Raises:
        BadInput: two modes at once, or a share or bound that cannot be read.
    """
    from tools.plan_arguments import PlanArguments

    modes = [option for option in _MODES if asked[option]]
    if len(modes) > 1:
        raise BadInput(f"{' and '.join(f'--{_option(m)}' for m in modes)}: give one of them")
    shares = {
        key: None if asked[key] is None else percent(asked[key], f"--{_option(key)}")
        for key in ("cut", "max_change", "min_step")
    }
    if shares["cut"] == 1:
        raise BadInput("--cut 100%: that is to pause everything, which no split decides")
    return PlanArguments.model_validate(
        {
            "mode": _MODES[modes[0]] if modes else "fixed",
            "target": asked["target_cpa"] or asked["target_roas"],
            "on_margin": asked["on_margin"],
            "objective": asked["objective"],
            "bounds": tuple(_bound(text) for text in asked["bounds"]),
            "freeze": asked["freeze"],
            "pace": asked["pace"],
            **shares,
        }
    )


def _option(key: str) -> str:
    return key.replace("_", "-")


def _bound(text: str) -> SaidBound:
    """``NAME=LOW..HIGH``; either end may be left out."""
    from tools.plan_arguments import SaidBound

    name, _, span = text.rpartition("=")
    said = [end.strip() for end in span.split("..")]
    ends = [finite(end) for end in said]
    wrong = any(value is None or value < 0 for end, value in zip(said, ends, strict=True) if end)
    if len(said) != 2 or not any(said) or not name.strip() or wrong:
        raise BadInput(f"--bound {text}: give NAME=LOW..HIGH, NAME=LOW.. or NAME=..HIGH, such as Brand=100..500")
    return SaidBound(of=name.strip(), least=ends[0], most=ends[1])
