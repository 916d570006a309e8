"""Who really bought in the market's shop: the orders behind the platform's claims, and those no ad brought.

Of what a platform claims, most are orders, placed on the click's day or some days after it; the rest it claims without
an order of its own (seen, not clicked; or another campaign's too). Some orders no ad brought. Some are cancelled or
paid back, and each customer's first order is known. Draws are seeded, so that the same market has the same orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import numpy as np

from emulators.market.response import LAG

if TYPE_CHECKING:
    from emulators.market.world import Market

REAL_SHARE = 0.82  # of a platform's claims that are orders
OWN_A_DAY = 14.0  # orders that no ad brought
NEW_SHARE = 0.45
UNTAGGED_SHARE = 0.25  # of orders from an ad whose click left no utm_source
TAX_RATE = 0.19
SHIPPING_CENTS, FREE_FROM_CENTS = 495, 5000
_SEED = 4711

Status = Literal["paid", "refunded", "partially_refunded", "cancelled", "pending"]
_STATUSES: tuple[Status, ...] = ("paid", "refunded", "partially_refunded", "cancelled", "pending")
_ODDS = (0.84, 0.06, 0.05, 0.03, 0.02)


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """One order as it truly was. Money in cents; ``campaign`` is the one that brought it, None where no ad did.

    ``first``: the customer's first order that was neither cancelled nor left unpaid.
    """

    number: int
    at: datetime
    customer: int
    campaign: str | None
    tagged: bool
    gross: int
    refunded: int
    tax: int
    shipping: int
    status: Status
    first: bool

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def sold(self) -> bool:
        """Whether it counts as sold, whatever came back."""
        return self.status not in ("cancelled", "pending")


def shop_orders(market: Market, start: date, end: date) -> list[ShopOrder]:
    """Every order placed on the days ``start`` to ``end`` up to the market's now, in the order they were placed."""
    rng = np.random.default_rng([market.seed, _SEED])  # drawn in the order of time: what was never changes
    now = market.now()
    placed = sorted(o for o in _placed(market) if o[0] <= now)
    bought: set[int] = set()
    known, found = 0, []
    for number, (at, campaign, value) in enumerate(placed, 1001):
        is_new = known == 0 or rng.random() < NEW_SHARE
        customer = known if is_new else int(rng.integers(known))
        known += is_new
        status = _STATUSES[int(rng.choice(len(_STATUSES), p=_ODDS))]
        shipping = 0 if value >= FREE_FROM_CENTS else SHIPPING_CENTS
        gross = value + shipping
        refunded = {"refunded": gross, "partially_refunded": value // 3}.get(status, 0)
        tax = gross - round(gross / (1 + TAX_RATE))
        tagged = campaign != "" and bool(rng.random() >= UNTAGGED_SHARE)
        order = ShopOrder(number, at, customer, campaign or None, tagged, gross, refunded, tax, shipping, status,
                          status not in ("cancelled", "pending") and customer not in bought)  # fmt: skip
        if order.sold:
            bought.add(customer)
        if start <= order.day <= end:
            found.append(order)
    return found


def _placed(market: Market) -> list[tuple[datetime, str, int]]:
    """(moment, campaign or "", value of the goods in cents) of every order since the market began."""
    zone = ZoneInfo(market.timezone)
    lag = LAG / LAG.sum()
    found: list[tuple[datetime, str, int]] = []
    for n in range((market.today - market.first_day).days + 1):
        day = market.first_day + timedelta(days=n)
        rng = np.random.default_rng([market.seed, _SEED, day.toordinal()])
        for row in market.matured(day):
            real = int(rng.binomial(round(row.conversions), REAL_SHARE))
            later = rng.choice(len(lag), size=real, p=lag)
            values = row.campaign.order_value * 100 * np.exp(rng.normal(-0.02, 0.35, size=real))
            found += [(_at(day + timedelta(days=int(k)), zone, rng), row.campaign.name, int(v))
                      for k, v in zip(later, values, strict=True)]  # fmt: skip
        own = int(rng.poisson(OWN_A_DAY))
        found += [(_at(day, zone, rng), "", int(v)) for v in 8000 * np.exp(rng.normal(-0.02, 0.4, size=own))]
    return found


def _at(day: date, zone: ZoneInfo, rng: np.random.Generator) -> datetime:
    minutes = int(rng.integers(6 * 60, 24 * 60))  # nobody buys in the hour that summer time skips
    return datetime.combine(day, time(minutes // 60, minutes % 60, int(rng.integers(60))), zone)
