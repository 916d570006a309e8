"""Why a figure changed between two periods: each entity's contribution, and mix against rate.

Pure functions over exact decimals: sums of a numerator and a denominator per entity in, frozen
results out. Contributions sum exactly to the total change.

For a ratio R = N / D with shares w_i = d_i / D and rates r_i = n_i / d_i, an entity's part of the
change from period 0 to 1 is, with bars for the mean of both periods (midpoint weights):

    rate_i = mean(w_i) * (r_i1 - r_i0)                the entity itself got better or worse
    mix_i  = (mean(r_i) - mean(R)) * (w_i1 - w_i0)    more or less of it in the denominator
    net_i  = n_i1 / D1 - n_i0 / D0 - mean(R) * (w_i1 - w_i0)

net_i = rate_i + mix_i, and it alone remains defined where d_i is 0 (the finite-difference form).

Source: the midpoint (Marshall-Edgeworth) decomposition of a ratio, as in Das Gupta (1993),
"Standardization and decomposition of rates"; finite differences as in Adtributor (NSDI 2014).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from analytics.errors import NotEnoughData

THIN_SHARE_FRAC = Decimal("0.01")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Contribution:
    """One entity's part of a total's change, in the unit of the total."""

    entity: str
    before: Decimal
    now: Decimal

    @property
    def change(self) -> Decimal:
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Part:
    """Numerator and denominator of one entity in one period."""

    numerator: Decimal
    denominator: Decimal


@dataclass(frozen=True, slots=True)
class RatioEffect:
    """One entity's part of a ratio's change, in the unit of the ratio.

    ``rate`` and ``mix`` are None where the entity has no denominator in a period: only ``net`` is
    defined then. ``thin`` marks a share of the denominator so small that rate and mix nearly cancel;
    show ``net`` for it.
    """

    entity: str
    rate: Decimal | None
    mix: Decimal | None
    net: Decimal
    share_before: Decimal
    share_now: Decimal
    thin: bool


@dataclass(frozen=True, slots=True)
class RatioChange:
    """A ratio in both periods and what each entity did to it."""

    before: Decimal
    now: Decimal
    effects: tuple[RatioEffect, ...]

    @property
    def change(self) -> Decimal:
        return self.now - self.before


def contributions(before: Mapping[str, Decimal], now: Mapping[str, Decimal]) -> tuple[Contribution, ...]:
    """Each entity's change, largest in size first. An entity absent from a period counted nothing there."""
    found = [Contribution(name, before.get(name, ZERO), now.get(name, ZERO)) for name in sorted({*before, *now})]
    return tuple(sorted(found, key=lambda c: (-abs(c.change), c.entity)))


def mix_and_rate(before: Mapping[str, Part], now: Mapping[str, Part]) -> RatioChange:
    """Split the change of sum(numerator) / sum(denominator) into rate and mix per entity, largest net first.

    Raises:
        NotEnoughData: the ratio is undefined in one of the periods.
    """
    total_before, total_now = _total(before), _total(now)
    for total, name in ((total_before, "first"), (total_now, "second")):
        if total.denominator == 0:
            raise NotEnoughData(f"the ratio is undefined in the {name} period: its denominator sums to 0")
    ratio_before = total_before.numerator / total_before.denominator
    ratio_now = total_now.numerator / total_now.denominator
    middle = (ratio_before + ratio_now) / 2
    nothing = Part(ZERO, ZERO)
    effects = [
        _effect(name, before.get(name, nothing), now.get(name, nothing), total_before, total_now, middle)
        for name in sorted({*before, *now})
    ]
    return RatioChange(ratio_before, ratio_now, tuple(sorted(effects, key=lambda e: (-abs(e.net), e.entity))))


def _effect(entity: str, before: Part, now: Part, total_before: Part, total_now: Part, middle: Decimal) -> RatioEffect:
    share_before = before.denominator / total_before.denominator
    share_now = now.denominator / total_now.denominator
    shift = share_now - share_before
    net = now.numerator / total_now.denominator - before.numerator / total_before.denominator - middle * shift
    rate = mix = None
    if before.denominator and now.denominator:
        rate_before, rate_now = before.numerator / before.denominator, now.numerator / now.denominator
        rate = (share_before + share_now) / 2 * (rate_now - rate_before)
        mix = ((rate_before + rate_now) / 2 - middle) * shift
    thin = min(share_before, share_now) < THIN_SHARE_FRAC
    return RatioEffect(entity, rate, mix, net, share_before, share_now, thin)


def _total(parts: Mapping[str, Part]) -> Part:
    return Part(sum((p.numerator for p in parts.values()), ZERO), sum((p.denominator for p in parts.values()), ZERO))
