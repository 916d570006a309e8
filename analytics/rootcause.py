"""Which values of which dimension explain a change of a total or a ratio: Adtributor.

Pure: sums per value before and after in, a frozen result out. "Before" stands for the forecast of the paper.

For a value i of a dimension with sums b_i before and a_i after, B and A the totals, p_i = b_i / B, q_i = a_i / A:

    explanatory power   (a_i - b_i) / (A - B)                                      equation 1 of the paper
    surprise            (p ln(2p / (p + q)) + q ln(2q / (p + q))) / 2              Jensen-Shannon, equation 5

and for a ratio N / D, by its partial derivatives in finite differences, then normalised to add up to 1:

    explanatory power   ((n_ai - n_bi) D_b - (d_ai - d_bi) N_b) / (D_b (D_b + d_ai - d_bi))
    surprise            that of the numerator plus that of the denominator

Source: Bhagwan et al. (2014), "Adtributor: Revenue debugging in advertising systems", NSDI, sections 4.2 and 5,
algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.errors import Confounded, Infeasible, NotEnoughData

T_EP = 0.67
"""How much of the change the values named must explain together."""
T_EEP = 0.1
"""How much of the change a value must explain by itself to be named."""
MOST_CANDIDATES = 3
LEAST_LIFT = 0.25
"""Of a candidate that is more than a list of the largest values of a total that moved as a whole."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to split the total. ``before`` and ``after`` are sums per element, of shape (elements,).

    Of a ratio they are its numerator, and ``per_before`` and ``per_after`` its denominator.
    """

    name: str
    elements: tuple[str, ...]
    before: Floats
    after: Floats
    per_before: Floats | None = None
    per_after: Floats | None = None


@dataclass(frozen=True, slots=True)
class Element:
    """One value: its figure in both periods, what it would be had nothing but the total changed, and its part.

    Of a ratio ``before``, ``after`` are its own ratio (None without a denominator) and ``expected`` is ``before``.
    """

    name: str
    before: float | None
    after: float | None
    expected: float | None
    explanatory_power: float
    surprise: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dimension and the few of its elements that explain the change, most surprising first."""

    dimension: str
    elements: tuple[Element, ...]
    explanatory_power: float
    surprise: float
    others: tuple[Element, ...] = ()
    share: float = 0.0
    """Of the measure, or of the ratio's numerator, that its elements had before."""

    @property
    def spread(self) -> bool:
        """Whether its elements explain little more than their share: then everything moved, and not they.

        What they explain beyond their share, of all that they could, is under ``LEAST_LIFT``.
        """
        return self.explanatory_power - self.share <= LEAST_LIFT * (1 - self.share)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(e.name for e in self.elements)


@dataclass(frozen=True, slots=True)
class RootCause:
    """The dimensions that explain the change from ``before`` to ``after``, most surprising first; may be none.

    ``not_explained`` are the dimensions without an answer, each with the reason.
    """

    before: float
    after: float
    candidates: tuple[Candidate, ...]
    not_explained: tuple[tuple[str, str], ...]


def adtributor(
    dimensions: Sequence[Dimension], *, t_ep: float = T_EP, t_eep: float = T_EEP, most: int = MOST_CANDIDATES
) -> RootCause:
    """The succinct and surprising explanations of the change, at most ``most``, of both directions.

    An element only in one period is new or vanished, and counts 0 in the other.

    Raises:
        NotEnoughData: no dimensions or elements; a ratio without a denominator; nothing changed.
        Infeasible: a negative sum, or a total of 0, has no shares to compare; or thresholds outside 0 to 1.
        Confounded: the dimensions do not add up to one and the same total.
    """
    if not (0 < t_ep <= 1 and 0 <= t_eep <= 1):
        raise Infeasible(f"thresholds are fractions of the change between 0 and 1, not {t_ep} and {t_eep}")
    _check(dimensions)
    before, after = _totals(dimensions[0])
    if np.isclose(before, after, rtol=1e-12, atol=0):
        raise NotEnoughData(f"the total is {before:g} before and after: there is no change to explain")
    found: list[Candidate] = []
    silent: list[tuple[str, str]] = []
    for dimension in dimensions:
        powers = _powers(dimension, before, after)
        if powers is None:
            silent.append((dimension.name, "its values' effects on the ratio do not add up to a change of this kind"))
            continue
        candidate = _candidate(dimension, powers, t_ep, t_eep)
        if candidate is None:
            silent.append((dimension.name, f"no few of its values explain {t_ep:.0%} of the change"))
        else:
            found.append(candidate)
    found.sort(key=lambda c: (-c.surprise, len(c.elements), c.dimension))
    return RootCause(before, after, tuple(found[:most]), tuple(silent))


def surprises(before: Floats, after: Floats) -> Floats:
    """The Jensen-Shannon terms of each element, in nats, of shape (elements,); 0 where its share stays the same."""
    p, q = before / before.sum(), after / after.sum()
    middle = p + q

    def term(share: Floats) -> Floats:
        ratio: Floats = np.divide(2 * share, middle, out=np.ones_like(share), where=share > 0)
        return np.asarray(share * np.log(ratio))

    return np.maximum(0.0, 0.5 * (term(p) + term(q)))


def _candidate(dimension: Dimension, powers: Floats, t_ep: float, t_eep: float) -> Candidate | None:
    """Algorithm 1: by falling surprise, take what explains enough alone, until enough is explained together."""
    surprise = surprises(dimension.before, dimension.after)
    if dimension.per_before is not None and dimension.per_after is not None:
        surprise = surprise + surprises(dimension.per_before, dimension.per_after)
    order = np.lexsort((np.array(dimension.elements), -np.abs(powers), -surprise))
    taken: list[int] = []
    for at in order:
        if powers[at] <= t_eep:
            continue
        taken.append(int(at))
        if powers[taken].sum() > t_ep:
            made = _elements(dimension, powers, surprise)
            rest = tuple(made[i] for i in order if i not in taken)
            return Candidate(
                dimension.name, tuple(made[i] for i in taken), float(powers[taken].sum()),
                float(surprise[taken].sum()), rest, float(dimension.before[taken].sum() / dimension.before.sum()),
            )  # fmt: skip
    return None


def _powers(dimension: Dimension, before: float, after: float) -> Floats | None:
    """The explanatory power of each element; None where a ratio's do not add up to a change in its direction."""
    moved = dimension.after - dimension.before
    if dimension.per_before is None or dimension.per_after is None:
        return np.asarray(moved / (after - before))
    top, bottom = dimension.before.sum(), dimension.per_before.sum()
    per_moved = dimension.per_after - dimension.per_before
    reached = bottom + per_moved
    if (reached <= 0).any():
        return None  # without the element the ratio would have no denominator: its derivative is not defined
    partial = (moved * bottom - per_moved * top) / (bottom * reached)
    total = partial.sum()
    if total == 0 or (total > 0) != (after > before):
        return None
    return np.asarray(partial / total)


def _elements(dimension: Dimension, powers: Floats, surprise: Floats) -> list[Element]:
    before, after = dimension.before, dimension.after
    if dimension.per_before is None or dimension.per_after is None:
        sides = (before, after, before * (after.sum() / before.sum()))
    else:
        own = _ratio(before, dimension.per_before)
        sides = (own, _ratio(after, dimension.per_after), own)
    was, now, expected = ([float(v) if np.isfinite(v) else None for v in side] for side in sides)
    return [
        Element(name, was[i], now[i], expected[i], float(powers[i]), float(surprise[i]))
        for i, name in enumerate(dimension.elements)
    ]


def _ratio(top: Floats, bottom: Floats) -> Floats:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom != 0)


def _totals(dimension: Dimension) -> tuple[float, float]:
    before, after = float(dimension.before.sum()), float(dimension.after.sum())
    if dimension.per_before is None or dimension.per_after is None:
        return before, after
    return before / float(dimension.per_before.sum()), after / float(dimension.per_after.sum())


def _check(dimensions: Sequence[Dimension]) -> None:
    if not dimensions or any(not d.elements for d in dimensions):
        raise NotEnoughData("there are no dimensions, or one without values")
    for dimension in dimensions:
        for side, words in _sides(dimension):
            _check_side(dimension, side, words)
    for (of_first, words), *others in zip(*(_sides(d) for d in dimensions), strict=True):
        for dimension, (values, _) in zip(dimensions[1:], others, strict=True):
            if not np.isclose(of_first.sum(), values.sum(), rtol=1e-9):
                raise Confounded(
                    f"{words} adds up to {of_first.sum():g} by {dimensions[0].name} and to {values.sum():g} by "
                    f"{dimension.name}: they do not split the same total"
                )


def _check_side(dimension: Dimension, side: Floats, words: str) -> None:
    if not np.isfinite(side).all():
        at = int(np.argmin(np.isfinite(side)))
        raise NotEnoughData(f"{words} of {dimension.elements[at]} ({dimension.name}) is not known")
    if (side < 0).any():
        at = int(np.argmin(side))
        raise Infeasible(
            f"{words} of {dimension.elements[at]} ({dimension.name}) is {side[at]:g}: shares of a total with "
            "negative parts cannot be compared"
        )
    if side.sum() == 0:
        raise Infeasible(f"{words} is 0 in total: there are no shares to compare")


def _sides(dimension: Dimension) -> list[tuple[Floats, str]]:
    if dimension.per_before is None or dimension.per_after is None:
        return [(dimension.before, "the measure before"), (dimension.after, "the measure after")]
    return [
        (dimension.before, "the numerator before"), (dimension.after, "the numerator after"),
        (dimension.per_before, "the denominator before"), (dimension.per_after, "the denominator after"),
    ]  # fmt: skip
