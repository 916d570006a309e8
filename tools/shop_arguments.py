"""What the tools on a shop's orders are asked with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.arguments import Names, Period
from tools.base import Arguments

ShopFigure = Literal["orders", "gross", "refunds", "net_revenue", "mer", "contribution", "aov"]

ShopBy = Literal["country", "category", "day", "week", "month"]


class ShopArguments(Arguments):
    """What the shop sold, and what that is against ad spend."""

    figures: Annotated[tuple[ShopFigure, ...], Field(min_length=1, max_length=7)]
    period: Period
    baseline: Period | None = Field(default=None, description="a second period, set beside the first")
    by: ShopBy | None = Field(
        default=None, description="per day, week or month, or per country or category of the orders"
    )
    margin: float | None = Field(
        default=None, gt=0, le=1, description="share of net revenue left after the goods' cost, 0.35 for 35 %; for "
        "contribution; only where the person named one",
    )  # fmt: skip


class CustomersArguments(Arguments):
    """New and returning customers, and what a new one cost."""

    period: Period


class ReconcileArguments(Arguments):
    """What the platforms claim against what the shop sold."""

    period: Period
    platforms: Names = Field(default=(), description="platform slugs; empty for all")
    by: Literal["day", "source"] | None = Field(default=None, description="a table by day, or by the orders' source")
