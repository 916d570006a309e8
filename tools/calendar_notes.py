"""What the calendar says of two periods that are compared: a sale or a holiday in only one, a tracking change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from domain.scope import Scope
from store import calendar
from store.calendar import Event
from tools.labels import join_words, quoted, window_label
from tools.reader import Reader
from tools.spans import Span

NAMED = 4
_ALIKE = ("promotion", "event", "holiday")


def calendar_caveats(reader: Reader, spans: tuple[Span, Span]) -> list[str]:
    """At most two lines: which period holds what the other does not, and tracking changes inside or between them."""
    if any(s.reason for s in spans) or not reader.selection.account_ids:
        return []
    scope = Scope(tuple(sorted(reader.selection.account_ids)))
    first, last = min(s.window.start for s in spans), max(s.window.end for s in spans)
    found = calendar.events(reader.session, scope, first, last)
    each = [[e for e in found if e.kind in _ALIKE and _days_in(e, s)] for s in spans]
    names = [{(e.kind, e.name) for e in held} for held in each]
    said = [
        f"{window_label(span.window)} holds {_named(alone)}"
        for span, held, other in zip(spans, each, (names[1], names[0]), strict=True)
        if (alone := [e for e in held if (e.kind, e.name) not in other])
    ]
    lines = [f"the periods are not alike: {'; '.join(said)}"] if said else []
    changes = [e for e in found if e.kind == "tracking" and first < e.start <= last]
    if changes:
        when = join_words([f"{_quote(e)} on {e.start}" for e in changes[:NAMED]])
        lines.append(f"tracking changed ({when}): figures before and after are not alike")
    return lines


def _days_in(event: Event, span: Span) -> bool:
    """Whether the event touches a day that is read."""
    day, end = max(event.start, span.window.start), min(event.end, span.window.end)
    while day <= end:
        if not _left_out(day, span):
            return True
        day += timedelta(days=1)
    return False


def _left_out(day: date, span: Span) -> bool:
    return any(w.start <= day <= w.end for w in span.left_out)


def _named(events: Sequence[Event]) -> str:
    words = {"promotion": "the promotion", "event": "the event", "holiday": "the holiday"}
    said = [f"{words[e.kind]} {_quote(e)} ({_when(e)})" for e in events[:NAMED]]
    more = [f"{len(events) - NAMED} days more"] if len(events) > NAMED else []
    return join_words([*said, *more])


def _quote(event: Event) -> str:
    return quoted(event.name) if event.kind == "holiday" else f"'{quoted(event.name)}'"


def _when(event: Event) -> str:
    return f"{event.start}" if event.start == event.end else f"{event.start} to {event.end}"
