"""The digest: by its name, or as "anything i should know?", "what did i miss"."""

from __future__ import annotations

from datetime import timedelta

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall

LONGEST_DAYS = 7


def digested(reading: Reading, context: PlanContext) -> Plan | None:
    """The digest of the last complete days; of others there is none, since it says what needs a person today."""
    if not reading.digest:
        return None
    named = reading.named
    if named.platforms or named.campaigns or named.exclude_campaigns or named.exclude_platforms:
        raise CannotRead("The digest is over everything of an account. Ask 'digest', or name an account.")
    if reading.digest_form not in ("", "daily"):
        if reading.periods:
            raise CannotRead(f"The {reading.digest_form} digest is of the last whole one. Ask it without a period.")
        return make_plan(
            reading, [ToolCall("digest", {"accounts": list(named.accounts), "days": None, "form": reading.digest_form})]
        )
    days = None
    if reading.periods:
        period, yesterday = reading.periods[0], context.today - timedelta(days=1)
        days = (period.end - period.start).days + 1
        if len(reading.periods) > 1 or period.end != yesterday or days > LONGEST_DAYS:
            raise CannotRead(
                "The digest is of the last complete days, up to yesterday. Ask 'digest', or for other days for example "
                "'how did we do last week'."
            )
    return make_plan(reading, [ToolCall("digest", {"accounts": list(named.accounts), "days": days})])
