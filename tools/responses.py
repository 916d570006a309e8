"""The response of every lever: by its own days, with experiments and siblings where these cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.bootstrap import block_counts
from analytics.errors import BadSeries, CannotEstimate, NotEnoughData
from analytics.response import MIN_ACTIVE_DAYS, MIN_DAYS, Response, Sibling, borrow, fit
from tools.labels import join_words, quoted
from tools.levers import Lever, Levers

Floats = NDArray[np.float64]
DRAWS = 400
MODEL = "concave response beside weekday, trend and special days, carryover, block bootstrap; version 2"
"""What a prediction says it was made with: frozen with it."""


@dataclass(frozen=True, slots=True)
class Responses:
    """By entity: the response, or why there is none. ``unused`` says which experiments do not fit the figures."""

    fitted: Mapping[str, Response]
    why: Mapping[str, str]
    unused: tuple[str, ...] = ()


def respond(levers: Levers, wanted: Sequence[Lever], rng: np.random.Generator) -> Responses:
    """Fit the ``wanted`` levers with the same draws of days for all; siblings are fitted only where one needs them."""
    fitter = _Fitter(levers, block_counts(levers.history.days, DRAWS, rng), rng, {}, {}, [])
    for lever in wanted:
        fitter.try_alone(lever)
    thin = [lever for lever in wanted if lever.entity in fitter.why and _is_thin(lever)]
    for lever in thin:
        fitter.try_siblings(lever)
    asked = {lever.entity for lever in wanted}
    owners = [lever.campaigns for lever in levers.levers]
    about = {name for lever in wanted for name in lever.campaigns}
    fitter.unused.extend(levers.beside.left_out(owners, about, levers.outcome, levers.history))
    return Responses(
        {e: r for e, r in fitter.fitted.items() if e in asked},
        {e: str(r) for e, r in fitter.why.items() if e in asked},
        tuple(dict.fromkeys(fitter.unused)),
    )


def told(response: Response, name: str) -> list[str]:
    """What a reader must know of how a response came about."""
    said = []
    if response.borrowed:
        said.append(
            f"{quoted(name)} is too young or too small to be judged alone: {response.borrowed * 100:.0f} % of its "
            "curve comes from its siblings"
        )
    if response.calibrated:
        names = join_words([quoted(n) for n in response.calibrated])
        rests = "rests on" if response.days_reason else "is calibrated by"
        said.append(f"the curve of {quoted(name)} {rests} {names}")
    return said


@dataclass(frozen=True, slots=True)
class _Fitter:
    levers: Levers
    counts: Floats
    rng: np.random.Generator
    fitted: dict[str, Response]
    why: dict[str, CannotEstimate]
    unused: list[str]

    def try_alone(self, lever: Lever) -> None:
        """Fit a lever by its own days and experiments, or keep the reason why not. An experiment that the fit cannot
        use is named, and the days stand without it.
        """
        if lever.entity in self.fitted or lever.entity in self.why:
            return
        start = self.levers.history.start
        at = np.array([(d.day - start).days for d in lever.history], dtype=np.int64)
        spend, outcome = _days(lever)
        known = self.levers.beside
        experiments = known.of(lever.campaigns, self.levers.outcome, self.levers.history)
        columns = known.columns([d.day for d in lever.history])
        try:
            try:
                self.fitted[lever.entity] = fit(
                    spend, outcome, at + start.toordinal(), self.counts[:, at], beside=columns,
                    experiments=experiments, rng=self.rng,
                )  # fmt: skip
            except BadSeries as no:
                self.unused.append(str(no))
                self.fitted[lever.entity] = fit(
                    spend, outcome, at + start.toordinal(), self.counts[:, at], beside=columns
                )
        except CannotEstimate as reason:
            self.why[lever.entity] = reason

    def try_siblings(self, lever: Lever) -> None:
        """A thin lever by its siblings; the reason of its own days stands where they cannot help."""
        group = self.levers.beside.group(lever.campaigns)
        if group is None:
            return
        siblings = []
        for other in self.levers.levers:
            if other.entity == lever.entity or self.levers.beside.group(other.campaigns) != group:
                continue
            self.try_alone(other)
            response = self.fitted.get(other.entity)
            if response is not None and not response.borrowed and not response.days_reason:
                siblings.append(Sibling(response, float(_days(other)[1].mean())))
        spend, outcome = _days(lever)
        day = np.array([d.day.toordinal() for d in lever.history], dtype=np.int64)
        try:
            self.fitted[lever.entity] = borrow(spend, outcome, day, siblings, self.rng)
        except NotEnoughData:
            return
        del self.why[lever.entity]


def _days(lever: Lever) -> tuple[Floats, Floats]:
    return np.array([d.spend for d in lever.history]), np.array([d.outcome for d in lever.history])


def _is_thin(lever: Lever) -> bool:
    spend, outcome = _days(lever)
    return int((spend > 0).sum()) < MIN_DAYS or int((outcome > 0).sum()) < MIN_ACTIVE_DAYS
