"""A plan of many changes in parts that one card each can show whole: small steps apart from large ones."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from domain.policy import Limits, warn_step
from domain.recommendation import Change


def batches(changes: Sequence[Change], limits: Limits, size: int) -> tuple[tuple[Change, ...], ...]:
    """Parts of at most ``size`` changes, small steps first, each change in exactly one.

    Within a part cuts pay for raises as far as they can, so that a part approved alone adds little net spend.
    """
    small = [c for c in changes if _small(c, limits)]
    large = [c for c in changes if not _small(c, limits)]
    return tuple(part for group in (small, large) for part in _balanced(group, size))


def _small(change: Change, limits: Limits) -> bool:
    """Whether its step alone would keep a plan in the first tier."""
    return change.share is not None and abs(change.share) <= warn_step(change, limits)


def _balanced(changes: Sequence[Change], size: int) -> list[tuple[Change, ...]]:
    waiting = deque(sorted(changes, key=lambda c: (_step(c), c.entity)))
    parts: list[tuple[Change, ...]] = []
    while waiting:
        part: list[Change] = []
        while waiting and len(part) < size:
            added = sum(_step(c) for c in part)
            part.append(waiting.popleft() if added >= 0 else waiting.pop())
        parts.append(tuple(part))
    return parts


def _step(change: Change) -> int:
    return change.after.micros - change.before.micros
