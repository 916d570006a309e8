"""Families of outcome curves as arrays, one entry a campaign, and a container that holds several families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from analytics.optimizer.roots import falling_root
from analytics.response import curve_slope, curve_value

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_NEWTON = 60
_SQUARED = 1e-9  # the next step of a method that converges by squares would be below the last digit
Price = float | Floats
"""Value per unit of spend: one for all, or one a campaign."""


class Curves(Protocol):
    """Rising outcome curves of n campaigns; every array has one entry a campaign, in one fixed order."""

    def value(self, spend: Floats) -> Floats: ...

    def slope(self, spend: Floats) -> Floats: ...

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        """The spend within the bounds at which a concave curve's slope falls to ``price``."""
        ...


class Family(Curves, Protocol):
    """Curves whose shape is known: where they bend, and how to take some of them."""

    @property
    def inflection(self) -> Floats:
        """The spend up to which a curve is convex: 0 where it is concave, infinite where it never is."""
        ...

    def take(self, index: Ints) -> Self:
        """The curves at ``index``, which may repeat."""
        ...


@dataclass(frozen=True, slots=True)
class PowerCurves:
    """``scale * spend ** power``; concave for 0 < power < 1, convex above (1 is ``LinearCurves``)."""

    scale: Floats
    power: Floats

    @property
    def inflection(self) -> Floats:
        return np.where(self.power > 1, np.inf, 0.0)

    def take(self, index: Ints) -> PowerCurves:
        return PowerCurves(self.scale[index], self.power[index])

    def value(self, spend: Floats) -> Floats:
        return np.asarray(self.scale * spend**self.power, dtype=np.float64)

    def slope(self, spend: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = self.scale * self.power * spend ** (self.power - 1)
        return np.where(self.scale > 0, slope, 0.0)  # also at 0, where a power below 1 rises without bound

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        with np.errstate(divide="ignore", over="ignore", under="ignore"):
            inside = (self.scale * self.power / price) ** (1 / (1 - self.power))
        return np.clip(inside, low, high)


@dataclass(frozen=True, slots=True)
class LogCurves:
    """``scale * ln(1 + spend / bend)``."""

    scale: Floats
    bend: Floats

    @property
    def inflection(self) -> Floats:
        return np.zeros_like(self.scale)

    def take(self, index: Ints) -> LogCurves:
        return LogCurves(self.scale[index], self.bend[index])

    def value(self, spend: Floats) -> Floats:
        return np.asarray(self.scale * np.log1p(spend / self.bend), dtype=np.float64)

    def slope(self, spend: Floats) -> Floats:
        return np.asarray(self.scale / (self.bend + spend), dtype=np.float64)

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        with np.errstate(divide="ignore", over="ignore"):
            inside = self.scale / price - self.bend
        return np.clip(inside, low, high)


@dataclass(frozen=True, slots=True)
class LinearCurves:
    """``scale * spend``: as good at every spend."""

    scale: Floats

    @property
    def inflection(self) -> Floats:
        return np.zeros_like(self.scale)

    def take(self, index: Ints) -> LinearCurves:
        return LinearCurves(self.scale[index])

    def value(self, spend: Floats) -> Floats:
        return np.asarray(self.scale * spend, dtype=np.float64)

    def slope(self, spend: Floats) -> Floats:
        return self.scale + 0.0 * spend

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        return np.where(self.scale > price, high, low)


@dataclass(frozen=True, slots=True)
class HillCurves:
    """``scale * spend^shape / (half^shape + spend^shape)``; concave for shape up to 1, an S above."""

    scale: Floats
    half: Floats
    shape: Floats

    @property
    def inflection(self) -> Floats:
        """(shape - 1) / (shape + 1) of the way in (spend / half)^shape, from the second derivative."""
        turn = np.maximum(self.shape - 1, 0.0) / (self.shape + 1)
        return np.asarray(self.half * turn ** (1 / self.shape), dtype=np.float64)

    def take(self, index: Ints) -> HillCurves:
        return HillCurves(self.scale[index], self.half[index], self.shape[index])

    def value(self, spend: Floats) -> Floats:
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(self.scale / (1 + (spend / self.half) ** -self.shape), dtype=np.float64)

    def slope(self, spend: Floats) -> Floats:
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            part = spend / self.half
            rise = part ** (self.shape - 1) / (1 + part**self.shape) ** 2
        return np.asarray(self.scale * self.shape / self.half * np.nan_to_num(rise, nan=0.0, posinf=np.inf))

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        """On the concave part; for shape 1 in closed form, else by Newton's method.

        With w = shape * ln(spend / half) the slope is the price where h(w) = (1 - 1/shape) w - 2 ln(1 + e^w) - ln q is
        0, q = price * half / (scale * shape). h is concave, so that Newton's steps from the right never overshoot; they
        begin where the first of h's tangents (at both ends, and at w = 0) crosses, which is never left of the root.
        """
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            ratio = np.asarray(price * self.half / (self.scale * self.shape), dtype=np.float64)
            if np.all(self.shape == 1):
                return np.clip(self.half * (1 / np.sqrt(ratio) - 1), low, high)
            log_ratio = np.log(ratio)
            lean = 1 - 1 / self.shape
            at = np.minimum(-log_ratio / (2 - lean), -(log_ratio + 2 * np.log(2)) / (1 - lean))
            at = np.where(lean < 0, np.minimum(at, log_ratio / lean), at)
            peak = np.where(self.shape > 1, np.log(np.maximum(self.shape - 1, 1e-300) / (self.shape + 1)), -np.inf)
            for _ in range(_NEWTON):
                grown = np.exp(-np.abs(at))
                height = lean * at - 2 * (np.maximum(at, 0.0) + np.log1p(grown)) - log_ratio
                step = height / (lean - 2 * np.where(at > 0, 1.0, grown) / (1 + grown))
                step = np.where(np.isfinite(step) & (at > peak), step, 0.0)
                at = np.maximum(at - step, peak)
                if not np.any(np.abs(step) > _SQUARED * np.maximum(np.abs(at), 1.0)):
                    break
            inside = self.half * np.exp(at / self.shape)
        least = np.maximum(low, np.minimum(self.inflection, high))
        inside = np.where((self.shape > 1) & (self.slope(least) <= price) | np.isnan(inside), least, inside)
        return np.clip(inside, least, high)


@dataclass(frozen=True, slots=True)
class MeanOfDraws:
    """The expectation over bootstrap draws of ``response`` curves; every array is ``(campaigns, draws)``.

    The mean of concave curves is concave, and it is not the curve at the mean parameters.
    """

    scale: Floats
    bend: Floats
    full: NDArray[np.bool_]

    @property
    def inflection(self) -> Floats:
        return np.zeros(len(self.scale))

    def take(self, index: Ints) -> MeanOfDraws:
        return MeanOfDraws(self.scale[index], self.bend[index], self.full[index])

    def value(self, spend: Floats) -> Floats:
        return np.asarray(curve_value(self.scale, self.bend, self.full, spend[:, None]).mean(axis=1))

    def slope(self, spend: Floats) -> Floats:
        return np.asarray(curve_slope(self.scale, self.bend, self.full, spend[:, None]).mean(axis=1))

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        wanted = np.broadcast_to(np.asarray(price, dtype=np.float64), low.shape)
        below = np.where(self.slope(high) >= wanted, high, low)
        above = np.where(self.slope(low) <= wanted, low, high)
        low_end, high_end = np.minimum(below, above), np.maximum(below, above)
        return falling_root(lambda x: self.slope(x) - wanted, low_end, high_end, wanted)[0]


@dataclass(frozen=True, slots=True)
class MixedCurves:
    """Curves of several families: ``places[k]`` are the campaigns that ``families[k]`` describes."""

    families: tuple[Family, ...]
    places: tuple[Ints, ...]

    @property
    def size(self) -> int:
        return sum(len(at) for at in self.places)

    @property
    def inflection(self) -> Floats:
        return self._gathered([f.inflection for f in self.families])

    def take(self, index: Ints) -> MixedCurves:
        families, places = [], []
        for family, at in zip(self.families, self.places, strict=True):
            where = np.full(self.size, -1)
            where[at] = np.arange(len(at))
            own = where[index]
            families.append(family.take(own[own >= 0]))
            places.append(np.flatnonzero(own >= 0))
        return MixedCurves(tuple(families), tuple(places))

    def value(self, spend: Floats) -> Floats:
        return self._gathered([f.value(spend[at]) for f, at in zip(self.families, self.places, strict=True)])

    def slope(self, spend: Floats) -> Floats:
        return self._gathered([f.slope(spend[at]) for f, at in zip(self.families, self.places, strict=True)])

    def spend_at(self, price: Price, low: Floats, high: Floats) -> Floats:
        each = price if isinstance(price, np.ndarray) and price.ndim else None
        parts = zip(self.families, self.places, strict=True)
        return self._gathered(
            [f.spend_at(price if each is None else each[at], low[at], high[at]) for f, at in parts],
        )

    def _gathered(self, parts: Sequence[Floats]) -> Floats:
        whole = np.empty(self.size)
        for part, at in zip(parts, self.places, strict=True):
            whole[at] = part
        return whole
