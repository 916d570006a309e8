"""A change in an account as the platform's own history tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as filled
from datetime import datetime
from typing import Any

from domain.money import Money

AMOUNT, STATUS = "daily_budget", "status"
TARGET_CPA, TARGET_ROAS = "target_cpa", "target_roas"
MICROS, CURRENCY = "amount_micros", "currency"


@dataclass(frozen=True, slots=True)
class AccountChange:
    """Who changed what, and when, as the platform says.

    ``source_id`` is the platform's id of the change, or what stands for one: the same change always has the same.
    ``campaigns`` are the external ids of the campaigns it reaches; empty is not known. ``field`` is ``daily_budget``,
    ``status``, ``target_cpa`` or ``target_roas`` where it is one of these, else the platform's own word; ``old`` and
    ``new`` are JSON primitives, of money as ``amounts`` makes them.
    """

    source_id: str
    at: datetime
    entity: str
    entity_name: str | None
    campaigns: tuple[str, ...]
    field: str
    old: Mapping[str, Any] = filled(default_factory=dict)
    new: Mapping[str, Any] = filled(default_factory=dict)
    by: str | None = None
    client: str | None = None

    @property
    def before(self) -> Money | None:
        """The amount before it; None where it moved no amount, or the platform does not say."""
        return _money(self.old)

    @property
    def after(self) -> Money | None:
        return _money(self.new)


def amounts(money: Money | None) -> dict[str, Any]:
    """An amount as ``old`` and ``new`` hold it; empty is "the platform does not say"."""
    return {} if money is None else {MICROS: money.micros, CURRENCY: money.currency}


def _money(side: Mapping[str, Any]) -> Money | None:
    micros, currency = side.get(MICROS), side.get(CURRENCY)
    return None if micros is None or currency is None else Money.from_micros(int(micros), str(currency))
