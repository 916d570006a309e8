"""What is in the calendar: promotions, freezes, tracking changes, events and holidays of a period."""

from __future__ import annotations

from domain.evidence import Table, ToolResult
from domain.scope import Scope
from domain.window import Window
from store import accounts, calendar
from store.calendar import Event
from tools.arguments import CalendarArguments
from tools.base import Tool, ToolContext
from tools.figures import Cited
from tools.labels import join_words, quoted, window_label
from tools.reader import Reader, answered

SHOWN = 12


def run(context: ToolContext, arguments: CalendarArguments) -> ToolResult:
    """Every entry that touches the period, by day."""
    return answered(context, arguments, _answer)


def _answer(reader: Reader, arguments: CalendarArguments) -> ToolResult:
    period = arguments.period
    scope = Scope(tuple(sorted(reader.selection.account_ids)))
    found = calendar.events(reader.session, scope, period.start, period.end)
    when = window_label(Window(period.start, period.end, reader.context.timezone))
    named = {a: accounts.get(reader.session, a).name for a in scope.account_ids}
    lines = [f"• {_when(e)}: {e.kind} {quoted(e.name)}" for e in found[:SHOWN]]
    rest = [f"and {len(found) - SHOWN} more, in the table."] if len(found) > SHOWN else []
    head = f"In the calendar, {when}:" if found else f"Nothing is in the calendar for {when}."
    rows = tuple(
        (_when(e), e.kind, e.name, "every account" if e.every_account else join_words([named[a] for a in e.accounts]))
        for e in found
    )
    table = Table(f"Calendar, {when}", ("Days", "Kind", "Name", "Accounts"), rows) if len(found) > SHOWN else None
    return reader.result("\n".join([head, *lines, *rest]), Cited(), [], _unsaid(reader, scope), table)


def _unsaid(reader: Reader, scope: Scope) -> list[str]:
    without = [a for a, country in calendar.countries(reader.session, scope).items() if country is None]
    names = sorted({accounts.get(reader.session, a).name for a in without})
    if not names:
        return []
    said = join_words([quoted(n) for n in names])
    return [f"no country is set for {said}, so its holidays are not known: budgeteer calendar country ACCOUNT DE"]


def _when(event: Event) -> str:
    return f"{event.start}" if event.start == event.end else f"{event.start} to {event.end}"


TOOL = Tool(
    "calendar",
    "Promotions, freezes, tracking changes, events and public holidays of a period. Reads no figures.",
    CalendarArguments,
    run,
)
