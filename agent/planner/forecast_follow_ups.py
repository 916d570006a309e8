"""What follows a forecast, or asks for one of the question before: "and meta?", "for august?", "by platform"."""

from __future__ import annotations

from dataclasses import replace

from agent.planner.carried import Carried
from agent.planner.forecasts import BY
from agent.planner.merging import merged
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import PlanContext

# A forecast has none of these; carried on, they would be dropped without a word.
_NEVER = (
    "left_out", "promotions", "baseline", "versus", "compare", "rank", "per_day", "average", "chart", "why", "unusual",
    "change", "share", "bound",
)  # fmt: skip


def laid_over(old: Carried, said: Reading, context: PlanContext) -> Reading:
    """The whole question. Raises CannotRead for what a forecast does not take."""
    was = old.reading
    if any(getattr(said, part) for part in _NEVER):
        raise CannotRead(
            "The last question was about days to come, and I cannot carry that over to it. A follow-up may name a "
            "platform, a campaign, a figure, days to come, or 'by platform'; ask anything else in one line, for "
            "example 'spend by week last month'."
        )
    if was.ahead is None and (old.compared or any(getattr(was, part) for part in _NEVER)):
        raise CannotRead(
            "The last question compared, ranked or left out days, which a forecast does not. Ask for the forecast in "
            "one line, for example 'forecast spend for next month'."
        )
    if was.ahead and not said.ahead and said.periods:
        raise CannotRead(
            "Those days are over: there is nothing to forecast. Ask in one line, for example 'spend last month'."
        )
    ahead = was.ahead if was.ahead and (said.ahead is None or said.ahead.assumed) else said.ahead
    if ahead is None:
        raise CannotRead("A forecast of which days? For example 'forecast spend for next month'.")
    before = replace(was, periods=[], by=[by for by in was.by if by in BY])
    whole = merged(replace(old, reading=before, compared=False), replace(said, periods=[]), context)
    whole.ahead, whole.periods = ahead, [replace(ahead.days, at=1)]
    return whole
