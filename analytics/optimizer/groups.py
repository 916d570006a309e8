"""Bands that sums of campaigns must stay in, and why a set of bands cannot be met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Infeasible

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ROUNDING = 1e-12  # relative: what sums of bounds may miss each other by


@dataclass(frozen=True, slots=True)
class Groups:
    """Disjoint groups, each with a band for its members' summed spend.

    ``member`` has one entry a campaign: the number of its group, or -1 for none. ``low`` and ``high`` have one
    entry a group. ``names`` are for messages.
    """

    member: Ints
    low: Floats
    high: Floats
    names: tuple[str, ...] = ()

    def sums(self, spend: Floats) -> Floats:
        """Spend by group; the last entry is that of the campaigns in none."""
        count = len(self.low) + 1
        summed: Floats = np.bincount(self.member % count, weights=spend, minlength=count).astype(np.float64)
        return summed

    def name(self, number: int) -> str:
        return f'group "{self.names[number]}"' if self.names else f"group {number}"


@dataclass(frozen=True, slots=True)
class Bands:
    """Groups that may overlap: ``member`` is ``(groups, campaigns)``, the rest as in ``Groups``."""

    member: NDArray[np.bool_]
    low: Floats
    high: Floats
    names: tuple[str, ...] = ()

    @property
    def disjoint(self) -> bool:
        return bool(np.all(self.member.sum(axis=0) <= 1))

    def as_groups(self) -> Groups:
        """The same as disjoint groups, where they are."""
        member = np.where(self.member.any(axis=0), self.member.argmax(axis=0), -1) if len(self.low) else -1
        return Groups(np.broadcast_to(member, self.member.shape[1]), self.low, self.high, self.names)


def no_bands(count: int) -> Bands:
    """Bands that ask for nothing."""
    return Bands(np.zeros((0, count), dtype=bool), np.zeros(0), np.zeros(0))


def no_groups(count: int) -> Groups:
    """Every campaign on its own."""
    return Groups(np.full(count, -1), np.zeros(0), np.zeros(0))


def bands(groups: Groups, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """What each group can spend, by its own band and its members' bounds; the last entry is that of the ungrouped."""
    least, most = groups.sums(low), groups.sums(high)
    return np.maximum(least, np.append(groups.low, 0.0)), np.minimum(most, np.append(groups.high, np.inf))


def require_feasible(groups: Groups, low: Floats, high: Floats, total: float) -> tuple[Floats, Floats]:
    """The bands of ``bands``, where bounds, groups and total can be met together.

    Raises:
        Infeasible: naming the constraints in conflict and, where there is one, the nearest total that can be met.
    """
    _require_bounds(low, high, total)
    least, most = bands(groups, low, high)
    slack = _ROUNDING * np.maximum(most, 1.0)
    crossed = np.flatnonzero(least > most + slack)
    if crossed.size:
        raise Infeasible("; ".join(_crossing(groups, int(g), low, high) for g in crossed))
    most = np.maximum(least, most)
    bottom, top = float(least.sum()), float(most.sum())
    slack_total = _ROUNDING * max(top, 1.0)
    if total < bottom - slack_total:
        raise Infeasible(
            f"{_which('lower', groups, least > groups.sums(low))} sum to {bottom:,.2f}, "
            f"more than the total {total:,.2f}",
            nearest=bottom,
        )
    if total > top + slack_total:
        raise Infeasible(
            f"{_which('upper', groups, most < groups.sums(high))} sum to {top:,.2f}, less than the total {total:,.2f}",
            nearest=top,
        )
    return least, most


def _require_bounds(low: Floats, high: Floats, total: float) -> None:
    if not (np.all(np.isfinite(low)) and np.all(np.isfinite(high)) and np.isfinite(total)):
        raise Infeasible("bounds and total must be finite numbers")
    if np.any(low < 0) or np.any(low > high):
        which = [int(i) for i in np.flatnonzero((low < 0) | (low > high))]
        raise Infeasible(f"the bounds of entries {which} are negative or cross (lower above upper)")


def _crossing(groups: Groups, number: int, low: Floats, high: Floats) -> str:
    least, most = float(groups.sums(low)[number]), float(groups.sums(high)[number])
    own_low, own_high = float(groups.low[number]), float(groups.high[number])
    name = groups.name(number)
    if own_low > own_high:
        return f"{name} must spend at least {own_low:,.2f} and at most {own_high:,.2f}"
    if least > own_high:
        return f"the lower bounds of {name} sum to {least:,.2f}, more than its {own_high:,.2f} at most"
    return f"the upper bounds of {name} sum to {most:,.2f}, less than its {own_low:,.2f} at least"


def _which(side: str, groups: Groups, binding: NDArray[np.bool_]) -> str:
    named = [groups.name(int(g)) for g in np.flatnonzero(binding[:-1])]
    more = f" and the bounds of {', '.join(named)}" if named else ""
    return f"the {side} bounds{more}"
