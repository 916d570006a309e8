"""What is wanted of a comparison of plans, said in names and amounts. Whoever asks, these are the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from tools.base import Arguments

Per = Literal["month", "week", "day"]
USUAL = (Decimal("0.1"), Decimal("-0.1"))


class End(Arguments):
    """A part of the budgets: exactly one of these."""

    platform: str | None = Field(default=None, description="slug")
    account: str | None = None
    campaign: str | None = None
    label: str | None = Field(default=None, description="key=value")
    pool: str | None = None

    @model_validator(mode="after")
    def _one(self) -> End:
        if len(self.said()) != 1:
            raise ValueError("name exactly one of platform, account, campaign, label and pool")
        return self

    def said(self) -> dict[str, str]:
        return {key: value for key in End.model_fields if (value := getattr(self, key)) is not None}


@dataclass(frozen=True, slots=True)
class Move:
    """Money from one part to another. ``per`` None: nobody said whether a day or a month."""

    amount: Decimal
    per: Per | None
    source: End
    target: End


@dataclass(frozen=True, slots=True)
class Share:
    """Less or more by a share (``-0.15`` is 15 % less): of all budgets, or of a part."""

    share: Decimal
    of: End | None = None


@dataclass(frozen=True, slots=True)
class Amounts:
    """Amounts a day by the name of a budget or a campaign."""

    by_name: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Total:
    """Another total a day over all budgets of the account."""

    amount: Decimal


@dataclass(frozen=True, slots=True)
class More:
    """Money on top of today's (or taken off it), to be put where it returns most."""

    amount: Decimal
    per: Per | None


@dataclass(frozen=True, slots=True)
class Aim:
    """The most that still meets a target on average, or today's result for the least. ``target`` None: the latter."""

    mode: Literal["target_cpa", "target_roas", "same_for_less"]
    target: Decimal | None = None


Wish = Move | Share | Amounts | Total | More | Aim


@dataclass(frozen=True, slots=True)
class Asked:
    """One comparison: of which account, a person's own wish, and the other totals beside it as shares of today's."""

    accounts: tuple[str, ...] = ()
    wish: Wish | None = None
    totals: tuple[Decimal, ...] = field(default=USUAL)
