"""Bounded least squares over many targets at once, the linear parts solved exactly at every step.

For given shapes (adstock, saturation) the outcome is linear in the channels' coefficients and in the controls: controls
are projected out, coefficients are solved with none below 0, and only the shapes are searched, by damped Gauss-Newton
steps on the projected residual (variable projection: Golub and Pereyra 1973, with Kaufman's derivative). Every
bootstrap draw is a target; all take their steps together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from analytics.mediamix import adstock, saturation
from analytics.mediamix.adstock import AdstockFamily, Parameter
from analytics.mediamix.lift import LiftRows
from analytics.mediamix.saturation import SaturationFamily

Floats = NDArray[np.float64]
_STEP = 1e-4
_SAME = 1e-7


@dataclass(frozen=True, slots=True)
class Problem:
    """One mix. ``lags`` is ``(channels, periods, carryover)`` in units of each channel's largest spend.

    Shapes are ``(targets, channels, parameters)`` on the scale of the search (a log where the parameter says so).
    ``noise`` is the residual's standard deviation: what a pull of one spread, and a lift result, are weighed against.
    """

    adstock: AdstockFamily
    saturation: SaturationFamily
    lags: Floats
    basis: Floats
    lifts: tuple[LiftRows, ...] = ()
    noise: float = 1.0

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return adstock.parameters(self.adstock, self.lags.shape[2]) + saturation.parameters(self.saturation)

    @property
    def adstock_count(self) -> int:
        return len(adstock.parameters(self.adstock, self.lags.shape[2]))

    def bounds(self) -> tuple[Floats, Floats]:
        """The box of the search, one entry a parameter."""
        low = [np.log(p.low) if p.log else p.low for p in self.parameters]
        high = [np.log(p.high) if p.log else p.high for p in self.parameters]
        return np.array(low), np.array(high)

    def usual(self) -> tuple[Floats, Floats]:
        """Mean and spread of the weak pull, one entry a parameter, on the scale of the search."""
        mean = [np.log(p.usual) if p.log else p.usual for p in self.parameters]
        return np.array(mean), np.array([p.spread for p in self.parameters])

    def shapes(self, theta: Floats) -> Floats:
        """From the scale of the search to the parameters themselves."""
        logs = np.array([p.log for p in self.parameters])
        return np.where(logs, np.exp(np.where(logs, theta, 0.0)), theta)

    def weights(self, theta: Floats) -> Floats:
        """Adstock weights, ``(targets, channels, carryover)``."""
        shape = self.shapes(theta)[..., : self.adstock_count]
        return adstock.weights(self.adstock, shape, self.lags.shape[2])

    def features(self, theta: Floats) -> Floats:
        """Saturated adstock, then a row for each lift result: ``(targets, channels, periods + lifts)``."""
        weights = self.weights(theta)
        shape = self.shapes(theta)[..., self.adstock_count :]
        stocks = np.einsum("dcl,ctl->dct", weights, self.lags, optimize=True)
        rows = [saturation.value(self.saturation, shape, np.maximum(stocks, 0.0))]
        for lift in self.lifts:
            row = np.zeros((*theta.shape[:2], 1))
            for channel, (with_it, without) in lift.lags.items():
                own = shape[:, channel]
                for sign, lags in ((1, with_it), (-1, without)):
                    u = np.maximum(weights[:, channel] @ lags.T, 0.0)
                    row[:, channel, 0] += sign * saturation.value(self.saturation, own, u).sum(axis=-1)
            rows.append(row * self.noise / lift.spread)
        return np.concatenate(rows, axis=-1)

    def projected(self, rows: Floats) -> Floats:
        """``rows`` ``(..., periods + lifts)`` with what the controls explain taken out."""
        n = self.basis.shape[0]
        out = rows.copy()
        out[..., :n] -= (rows[..., :n] @ self.basis) @ self.basis.T
        return out


@dataclass(frozen=True, slots=True)
class Solution:
    """Shapes on the scale of the search ``(targets, channels, parameters)``, coefficients ``(targets, channels)``."""

    theta: Floats
    beta: Floats
    loss: Floats

    def best(self) -> int:
        return int(np.argmin(self.loss))


def solve(problem: Problem, target: Floats, start: Floats, pull: Floats, rounds: int) -> Solution:
    """Fit every target ``(targets, periods + lifts)`` from ``start``, pulled weakly to ``pull``.

    A target may be one row for all starts. ``start`` and ``pull`` are ``(targets, channels, parameters)``.
    """
    low, high = problem.bounds()
    spread = problem.usual()[1] / problem.noise
    wanted = problem.projected(target)
    theta = np.clip(start, low, high)
    beta, left = _linear(problem, theta, wanted)
    loss = _loss(left, theta, pull, spread)
    damping = np.full(len(theta), 1e-2)
    for _ in range(rounds):
        step = _step(problem, theta, beta, left, pull, spread, damping)
        tried = np.clip(theta + step, low, high)
        new_beta, new_left = _linear(problem, tried, wanted)
        new_loss = _loss(new_left, tried, pull, spread)
        better = new_loss < loss
        done = np.max(np.where(better, (loss - new_loss) / np.maximum(loss, 1e-300), 0.0))
        theta = np.where(better[:, None, None], tried, theta)
        beta = np.where(better[:, None], new_beta, beta)
        left = np.where(better[:, None], new_left, left)
        loss = np.where(better, new_loss, loss)
        damping = np.clip(np.where(better, damping / 4, damping * 8), 1e-6, 1e6)
        if better.any() and done < _SAME:
            break
    return Solution(theta, beta, loss)


def _linear(problem: Problem, theta: Floats, wanted: Floats) -> tuple[Floats, Floats]:
    """The coefficients that fit best with none below 0, and what they leave."""
    rows = problem.projected(problem.features(theta))
    gram = np.einsum("dct,det->dce", rows, rows, optimize=True)
    right = np.einsum("dct,dt->dc", rows, np.broadcast_to(wanted, (len(theta), rows.shape[-1])), optimize=True)
    beta = nonnegative(gram, right)
    return beta, wanted - np.einsum("dc,dct->dt", beta, rows)


def nonnegative(gram: Floats, right: Floats) -> Floats:
    """Non-negative least squares from normal equations, ``(targets, n, n)`` and ``(targets, n)``."""
    n = gram.shape[-1]
    size = np.sqrt(np.maximum(np.einsum("dcc->dc", gram), 1e-300))
    scaled = gram / size[:, :, None] / size[:, None, :] + 1e-9 * np.eye(n)
    wanted = right / size
    beta = np.linalg.solve(scaled, wanted[..., None])[..., 0]
    for at in np.flatnonzero((beta < 0).any(axis=1)):
        root = np.linalg.cholesky(scaled[at])
        beta[at] = nnls(root.T, np.linalg.solve(root, wanted[at]))[0]
    return np.asarray(beta / size, dtype=np.float64)


def _loss(left: Floats, theta: Floats, pull: Floats, spread: Floats) -> Floats:
    pulled = ((theta - pull) / spread) ** 2
    return np.asarray(np.einsum("dt,dt->d", left, left) + pulled.sum(axis=(1, 2)), dtype=np.float64)


def _step(
    problem: Problem, theta: Floats, beta: Floats, left: Floats, pull: Floats, spread: Floats, damping: Floats
) -> Floats:
    """One damped Gauss-Newton step of the shapes, with the coefficients free to follow."""
    targets, channels, count = theta.shape
    rows = problem.projected(problem.features(theta)) * (beta > 0)[:, :, None]
    moved = np.empty((targets, channels, count, rows.shape[-1]))
    for p in range(count):
        by = np.zeros(count)
        by[p] = _STEP
        moved[:, :, p] = (problem.features(theta + by) - problem.features(theta - by)) / (2 * _STEP)
    moved = problem.projected(moved) * beta[:, :, None, None]
    shape_rows = moved.reshape(targets, channels * count, -1)
    every = np.concatenate([rows, shape_rows], axis=1)
    gram = np.einsum("dit,djt->dij", every, every, optimize=True)
    right = np.einsum("dit,dt->di", every, left, optimize=True)
    prior = np.tile(1 / spread**2, channels)
    k = channels
    diagonal = np.arange(k, k + channels * count)
    gram[:, diagonal, diagonal] += prior
    right[:, k:] += ((pull - theta) / spread**2).reshape(targets, -1)
    own = gram[:, diagonal, diagonal]
    gram[:, diagonal, diagonal] += damping[:, None] * own
    linear = np.arange(k)
    size = gram[:, linear, linear]
    gram[:, linear, linear] = np.where(size > 0, size * (1 + 1e-9), 1.0)
    step = np.linalg.solve(gram, right[..., None])[..., 0]
    return np.asarray(step[:, k:].reshape(targets, channels, count), dtype=np.float64)
