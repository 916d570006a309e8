"""One plan and what is expected of it over the same days and in the same units as of every other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.recommendation import Range
from tools.budget import Movable, Split
from tools.effect import HORIZON_DAYS, chance_worse, expected_range
from tools.labels import join_words
from tools.scenarios.basis import Basis, refusals


@dataclass(frozen=True, slots=True)
class NextUnit:
    """Outcome of the next unit of spend where it returns most: low, mean and high of a 90 % interval."""

    name: str
    low: float
    mid: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Against today, over ``HORIZON_DAYS``, by the same draws for every plan of an account.

    ``net`` is revenue less the spend that is added, None for conversions. ``average`` is the return of all spend
    (revenue over spend, or spend over conversions), None where it is undefined. ``outside`` names the budgets whose
    spend would lie outside what was tried.
    """

    gain: Range
    net: Range | None
    chance_worse: float
    next_unit: NextUnit | None
    average: Decimal | None
    outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One plan of one account: every lever's amount a day by entity, or in ``refused`` why there is none.

    ``forbidden`` says why it may not be proposed as it stands. ``understood`` is how a person's words were read: its
    place-holders (``place_holder``) stand for ``figures``, each a label, an amount and how it was reckoned.
    ``flattery`` is the outcome a day by which the fits flatter amounts that a search picked, 0 for a person's own.
    """

    key: str
    label: str
    amounts: Mapping[str, Decimal] | None
    estimate: Estimate | None = None
    refused: str | None = None
    not_estimated: str | None = None
    forbidden: tuple[str, ...] = ()
    understood: str = ""
    figures: tuple[tuple[str, Decimal, str], ...] = ()
    flattery: float = 0.0

    @property
    def total(self) -> Decimal | None:
        return None if self.amounts is None else sum(self.amounts.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Understood:
    """How a person's words were read, with the amounts in them."""

    text: str = ""
    figures: tuple[tuple[str, Decimal, str], ...] = ()


NOTHING_SAID = Understood()


def place_holder(number: int) -> str:
    """What stands for a figure in ``Scenario.understood``: no name from the data can hold it."""
    return chr(0xE000 + number)


def scenario(
    basis: Basis,
    key: str,
    label: str,
    amounts: Mapping[str, Decimal],
    *,
    said: Understood = NOTHING_SAID,
    flattery: float = 0.0,
) -> Scenario:
    """A plan of these amounts with its estimate, and why it may not be proposed where that is so."""
    whole = {**basis.amounts, **amounts}
    unknown = [
        lever.name
        for lever in basis.levers.levers
        if whole[lever.entity] != lever.now and lever.entity not in basis.today.amounts
    ]
    if unknown:
        reasons = "; ".join(f"{name}: {basis.today.held[name]}" for name in unknown)
        return Scenario(
            key, label, whole, not_estimated=f"what {join_words(unknown)} would bring is not known ({reasons})",
            forbidden=refusals(basis, whole), understood=said.text, figures=said.figures,
        )  # fmt: skip
    return Scenario(
        key, label, whole, estimate(basis, whole, flattery), forbidden=refusals(basis, whole), understood=said.text,
        figures=said.figures, flattery=flattery,
    )  # fmt: skip


def estimate(basis: Basis, amounts: Mapping[str, Decimal], flattery: float = 0.0) -> Estimate:
    """What amounts of fitted levers are expected to do against today, less their ``flattery``."""
    split = basis.split(amounts, flattery)
    own = split.amounts
    gain = expected_range(split.gain(own) * HORIZON_DAYS, basis.levers, basis.account)
    still = all(m.lever.now == own[m.lever.entity] for m in split.movable)
    return Estimate(
        gain=gain,
        net=_net(gain, split.total - split.total_now),
        chance_worse=0.0 if still else chance_worse(split, own, basis.levers),
        next_unit=_next_unit(split.movable, own),
        average=average(basis, split),
        outside=tuple(m.lever.name for m in split.changed if not m.tried(own[m.lever.entity])),
    )


def average(basis: Basis, split: Split) -> Decimal | None:
    """ROAS (or cost per conversion) of all spend: that of the last mature weeks, moved along the curves.

    The same measure that a target of the split is held to.
    """
    if split.spend(split.amounts) <= 0:
        return None
    ratio = float(split.ratio(split.amounts).mean())
    if ratio <= 0:
        return None
    return Decimal(repr(ratio if basis.levers.outcome == "revenue" else 1 / ratio))


def _net(gain: Range, added_a_day: Decimal) -> Range | None:
    if gain.unit != "money":
        return None
    spent = added_a_day * HORIZON_DAYS
    return replace(gain, low=gain.low - spent, mid=gain.mid - spent, high=gain.high - spent)


def _next_unit(movable: tuple[Movable, ...], amounts: Mapping[str, Decimal]) -> NextUnit | None:
    """Where the next unit returns most, of the budgets that may still be raised (of all where none may)."""
    room = [m for m in movable if amounts[m.lever.entity] + m.lever.unit <= m.high]
    found = [(m.lever.name, *m.marginal(amounts[m.lever.entity])) for m in room or movable]
    best = max(found, key=lambda f: (f[2], f[0]), default=None)
    return None if best is None else NextUnit(*best)
