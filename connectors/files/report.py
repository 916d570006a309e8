"""What reading an export gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from connectors.base import DailyRow
from connectors.files.layouts import Field


class SkippedRow(NamedTuple):
    """A physical line that holds no campaign's day, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class AdRow:
    """One ad, or one ad set, on one day. None is "the source does not say", never 0; an empty name is not named."""

    day: date
    campaign: str
    ad_set: str
    ad: str
    spend_micros: int | None
    impressions: int | None
    clicks: int | None
    conversions: float | None
    revenue: float | None


Totals = Mapping[Field, Decimal | None]
"""Exact sums of the figures, spend and revenue in the major unit; None where the file has no such figure."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """A file that can be trusted: every row of it, or the reason why not.

    ``rows_read`` counts the rows below the header that are not blank: those in ``rows``, those ``skipped``, and
    ``rows_summed``, the ad sets' and ads' that were added into another. ``checksum_row`` is the totals row whose
    figures the rows add up to. ``ads`` are the same figures by ad and ad set, where the file has them.
    """

    rows: tuple[DailyRow, ...]
    rows_read: int
    skipped: tuple[SkippedRow, ...]
    totals: Totals
    first_day: date
    last_day: date
    checksum_row: int | None
    columns: Mapping[Field, str]
    ignored: tuple[str, ...]
    notes: tuple[str, ...]
    sha256: str
    rows_summed: int = 0
    ads: tuple[AdRow, ...] = ()
