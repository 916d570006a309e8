"""Daily campaign figures as a stream of pages; a stream that breaks off never looks whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from connectors.base import DailyRow, ReportPage, ReportQuery
from connectors.errors import SchemaDrift, Transient

FIELDS = (
    "campaign.id", "campaign.name", "segments.date", "metrics.cost_micros", "metrics.impressions", "metrics.clicks",
    "metrics.conversions", "metrics.conversions_value",
)  # fmt: skip


def query_text(query: ReportQuery) -> str:
    """The GAQL of a report; removed campaigns are included, since they spent."""
    days = f"segments.date BETWEEN '{query.start.isoformat()}' AND '{query.end.isoformat()}'"
    return f"SELECT {', '.join(FIELDS)} FROM campaign WHERE {days}"


def pages(responses: Iterator[Any]) -> Iterator[ReportPage]:
    """One page a response. Only the last one is ``complete``, and only once the stream has ended well.

    Raises:
        Transient: the platform sent a campaign's day twice, as when a page comes again.
        SchemaDrift: a row without a campaign or with an unreadable day.
    """
    held: ReportPage | None = None
    seen: set[tuple[str, date]] = set()
    for response in responses:
        if held is not None:
            yield held
        rows = tuple(_row(r) for r in response.results)
        for row in rows:
            key = (str(row.campaign_id), row.day)
            if key in seen:
                raise Transient(f"Google Ads sent {row.campaign!r} on {row.day} twice", request_id=response.request_id)
            seen.add(key)
        held = ReportPage(rows, response.request_id or None, complete=False)
    if held is None:
        yield ReportPage((), None, complete=True)
    else:
        yield ReportPage(held.rows, held.request_id, complete=True)


def _row(row: Any) -> DailyRow:
    m = row.metrics
    if not row.campaign.id or not row.campaign.name:
        raise SchemaDrift("Google Ads sent a row without a campaign")
    try:
        day = date.fromisoformat(row.segments.date)
    except ValueError:
        raise SchemaDrift(f"Google Ads sent {row.segments.date!r} for a day") from None
    return DailyRow(
        day=day,
        campaign=row.campaign.name,
        campaign_id=str(row.campaign.id),
        spend_micros=m.cost_micros,
        impressions=m.impressions,
        clicks=m.clicks,
        conversions=m.conversions,
        revenue=m.conversions_value,
    )
