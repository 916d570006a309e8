"""Questions about what came of applied changes: "did raising Brand pay off?"."""

from __future__ import annotations

from agent.planner.plans import make_plan
from agent.planner.reading import Reading
from agent.planner.text import CannotRead
from agent.state import Plan, PlanContext, ToolCall


def promised(reading: Reading, _context: PlanContext) -> Plan | None:
    """What came of the changes asked for. Raises CannotRead for what they are not kept by."""
    if not reading.promised:
        return None
    named = reading.named
    if named.labels or named.exclude_labels or named.exclude_campaigns or named.exclude_platforms:
        raise CannotRead(
            "I tell what came of changes by campaign, account, platform and day. For example 'did raising CAMPAIGN pay "
            "off' or 'what came of the change of 3 November'."
        )
    if len(reading.periods) > 1 or reading.baseline or reading.left_out or reading.promotions:
        raise CannotRead("Changes are looked up by the one day or period in which they were applied. Name one.")
    period = reading.periods[0].to_json() if reading.periods else None
    filters = {
        "accounts": list(named.accounts), "platforms": list(named.platforms), "campaigns": list(named.campaigns),
        "period": period,
    }  # fmt: skip
    return make_plan(reading, [ToolCall("promises", filters)])
