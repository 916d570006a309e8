"""What each performance tool is asked with. These models are what a planner fills in and what a model reads."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tools.base import Arguments

AdsMetricSlug = Literal[
    "spend", "impressions", "clicks", "conversions", "revenue", "ctr", "cpc", "cpm", "cvr", "cpa", "roas", "aov"
]
MetricSlug = Literal[AdsMetricSlug, "sessions", "session_cvr"]
AdsMetrics = Annotated[tuple[AdsMetricSlug, ...], Field(min_length=1, max_length=12)]
"""Of the figures that ads platforms state: what analytics alone counts is neither judged nor forecast."""
Metrics = Annotated[tuple[MetricSlug, ...], Field(min_length=1, max_length=14)]
LabelKey = Annotated[str, Field(pattern=r"^label:[a-z][a-z0-9_-]{0,39}$")]
Dimension = Literal["platform", "campaign", "account", "day", "week", "month", "weekday"] | LabelKey
Label = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}=\S.{0,99}$")]
Labels = Annotated[tuple[Label, ...], Field(max_length=20)]
Order = Literal["top", "worst", "largest", "smallest"]
Limit = Annotated[int, Field(ge=1, le=50)]
Names = Annotated[tuple[str, ...], Field(max_length=100)]


class Period(Arguments):
    """Whole days, both ends counted."""

    start: date = Field(description="first day, YYYY-MM-DD")
    end: date = Field(description="last day, YYYY-MM-DD, counted")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Period:
        if self.end < self.start:
            raise ValueError(f"the period ends ({self.end}) before it starts ({self.start})")
        return self


class Filters(Arguments):
    """Which rows to read; empty means all in scope."""

    platforms: Names = Field(default=(), description="platform slugs, such as google_ads or meta")
    campaigns: Names = Field(default=(), description="exact campaign names")
    accounts: Names = Field(default=(), description="exact account names")
    exclude_campaigns: Names = Field(default=(), description="exact campaign names to leave out")
    labels: Labels = Field(
        default=(),
        description="only campaigns with these labels, as key=value; several values of one key are alternatives",
    )
    exclude_labels: Labels = Field(default=(), description="leave out campaigns with any of these labels, as key=value")


class Figures(Filters):
    """Which rows and days to read."""

    without: tuple[Period, ...] = Field(
        default=(),
        max_length=20,
        description="days left out of every period of the call, such as a promotion week; empty leaves out none",
    )


class MetricArguments(Figures):
    """One figure per metric for one period."""

    metrics: Metrics
    period: Period
    per_day: bool = Field(default=False, description="the average per day instead of the sum")


class BreakdownArguments(Figures):
    """The metrics per platform, campaign, account or time bucket, in an order."""

    metrics: Metrics = Field(description="the first one decides the order")
    by: Dimension = Field(description="label:KEY groups campaigns by a label")
    period: Period
    order: Order | None = Field(
        default=None, description="top and worst know whether more is better; largest and smallest go by value"
    )
    limit: Limit | None = Field(default=None, description="how many entries; three for an order without one")
    share: bool = Field(
        default=False,
        description="per cents of the total instead of amounts, for sums only; names of the dimension in 'by' then "
        "pick entries and leave the total whole",
    )
    above: float | None = Field(default=None, description="only entries whose first metric is higher; percents as 0.02")
    below: float | None = Field(default=None, description="only entries whose first metric is lower; percents as 0.02")
    min_spend_share: float | None = Field(
        default=None, gt=0, lt=1, description="entries below this share of spend are listed apart, not ranked"
    )

    @model_validator(mode="after")
    def _one_way_to_pick(self) -> BreakdownArguments:
        bounded = self.above is not None or self.below is not None
        if bounded and (self.share or self.order):
            raise ValueError("'above' and 'below' go with neither 'share' nor 'order'")
        if self.min_spend_share is not None and (self.order is None or self.share):
            raise ValueError("'min_spend_share' needs an 'order' and goes without 'share'")
        return self


class TrendArguments(Figures):
    """One metric over time, with a chart."""

    metric: MetricSlug
    by: Literal["day", "week", "month"] = "day"
    period: Period


class CompareArguments(Figures):
    """Two periods: now, before, the change, and on request what drove it."""

    metrics: Metrics
    period: Period
    baseline: Period
    by: Literal["platform", "campaign"] | LabelKey | None = Field(
        default=None, description="one comparison per entity; label:KEY groups campaigns by a label"
    )
    order: Order | None = Field(default=None, description="rank entities by their change; needs 'by'")
    limit: Limit | None = None
    explain: bool = Field(default=False, description="each campaign's contribution, and mix against rate")


class DefineArguments(Arguments):
    """How metrics are computed."""

    metrics: Metrics


class NamesArguments(Filters):
    """The names in the data."""

    of: Literal["campaign", "account", "platform"]


class CalendarArguments(Filters):
    """What is in the calendar."""

    period: Period


class FreshnessArguments(Arguments):
    """How far the data reach."""
