"""What ``analyze allocate`` was asked for, as a problem over arrays, and its answer with a certificate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.cli.analyze.curves_file import CurvesFile, Entry
from app.cli.shares import finite, percent
from domain.errors import BadInput, CannotAnswer

if TYPE_CHECKING:
    from analytics.optimizer import Allocation, Floats, Groups, MixedCurves

ROUNDING = 1e-12
EDGE = 1e-9
"""Relative: how near a bound counts as at it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options; shares are fractions. ``pays`` spends only while the next unit returns more than itself."""

    budget: float | None
    pays: bool = False
    target: float | None = None
    max_change: float | None = None
    freeze: tuple[str, ...] = ()
    min_step: float | None = None
    min_step_share: float | None = None
    max_changes: int | None = None

    @property
    def stepped(self) -> bool:
        return self.min_step is not None or self.min_step_share is not None or self.max_changes is not None


@dataclass(frozen=True, slots=True)
class Problem:
    """Curves and limits in the file's order; ``today`` is NaN where the file says none."""

    file: CurvesFile
    curves: MixedCurves
    low: Floats
    high: Floats
    today: Floats
    groups: Groups | None
    asked: Asked


def problem_of(file: CurvesFile, asked: Asked) -> Problem:
    """Bounds from the file and the options together.

    Raises:
        BadInput: an option that needs what the file does not give, or a name it does not have.
        CannotAnswer: bounds that leave a campaign nothing; names both.
    """
    import numpy as np

    _require_names(file, asked.freeze)
    ends = [_ends(entry, asked) for entry in file.entries]
    low, high = (np.array([end[side] for end in ends]) for side in (0, 1))
    today = np.array([np.nan if e.current is None else e.current for e in file.entries])
    curves = file.curves()
    with np.errstate(over="ignore"):
        unbounded = np.flatnonzero(~np.isfinite(curves.value(high)))
    if unbounded.size:
        worst = file.entries[int(unbounded[0])]
        raise BadInput(f'the curve of "{worst.name}" has no finite value at a spend of {high[unbounded[0]]:g}')
    return Problem(file, curves, low, high, today, _groups(file), asked)


def solve(problem: Problem) -> Allocation:
    """The best allocation, never worse than today's where that keeps all limits.

    Raises:
        CannotAnswer: what was asked for is not offered for S-curves.
        Infeasible: the limits contradict each other; carries the nearest budget that can be met, where there is one.
    """
    asked = problem.asked
    steep = [e.name for e, at in zip(problem.file.entries, problem.curves.inflection, strict=True) if at > 0]
    if steep and (asked.target is not None or asked.stepped):
        what = "a target" if asked.target is not None else "a minimum step or number of changes"
        raise CannotAnswer(
            f'{what} needs concave curves, and "{steep[0]}" is an S-curve: it pays more the more is spent'
        )
    if asked.target is not None:
        from analytics.optimizer.modes import most_at_target

        return most_at_target(
            problem.curves, problem.low, problem.high, asked.target, cap=asked.budget, groups=problem.groups
        )
    if asked.pays:
        return _while_it_pays(problem)
    total = asked.budget or 0.0
    found = _in_steps(problem, total) if asked.stepped else _best(problem, total)
    return _not_worse(problem, found, total)


def _best(problem: Problem, total: float) -> Allocation:
    from analytics.optimizer.scurves import allocate_s

    return allocate_s(problem.curves, problem.low, problem.high, total, problem.groups)


def _while_it_pays(problem: Problem) -> Allocation:
    """Keeping the money is one more campaign, which returns exactly what it gets."""
    import numpy as np

    from analytics.optimizer import Groups, LinearCurves, MixedCurves
    from analytics.optimizer.scurves import allocate_s

    curves, count = problem.curves, len(problem.low)
    cap = float(problem.high.sum()) if problem.asked.budget is None else problem.asked.budget
    more = MixedCurves((*curves.families, LinearCurves(np.ones(1))), (*curves.places, np.array([count])))
    groups = problem.groups
    if groups is not None:
        groups = Groups(np.append(groups.member, -1), groups.low, groups.high, groups.names)
    found = allocate_s(more, np.append(problem.low, 0.0), np.append(problem.high, cap), cap, groups)
    value = float(curves.value(found.spend[:-1]).sum())
    return replace(found, spend=found.spend[:-1], slope=found.slope[:-1], prices=found.prices[:-1], value=value)


def _in_steps(problem: Problem, total: float) -> Allocation:
    import numpy as np

    from analytics.optimizer.groups import Bands
    from analytics.steps import allocate_in_steps

    asked, groups = problem.asked, problem.groups
    bands = None
    if groups is not None:
        member = np.array([groups.member == g for g in range(len(groups.low))])
        bands = Bands(member, groups.low, groups.high, groups.names)
    step = problem.today * (asked.min_step_share or 0.0) + (asked.min_step or 0.0)
    changes = len(problem.low) if asked.max_changes is None else asked.max_changes
    return allocate_in_steps(
        problem.curves, problem.today, problem.low, problem.high, total,
        min_step=step, max_changes=changes, bands=bands,
    )  # fmt: skip


def _not_worse(problem: Problem, found: Allocation, total: float) -> Allocation:
    """Today's plan where it keeps every limit and rounding alone made the answer worth less."""
    import numpy as np

    today = problem.today
    if np.isnan(today).any() or abs(float(today.sum()) - total) > ROUNDING * max(total, 1.0):
        return found
    inside = np.all((today >= problem.low) & (today <= problem.high))
    if problem.groups is not None:
        sums = problem.groups.sums(today)[:-1]
        inside &= bool(np.all((sums >= problem.groups.low) & (sums <= problem.groups.high)))
    value = float(problem.curves.value(today).sum())
    if not inside or value <= found.value:
        return found
    residual = (float(today.sum()) - total) / max(total, 1e-300)
    return replace(found, spend=today, value=value, slope=problem.curves.slope(today), budget_residual=residual)


def next_unit(problem: Problem, found: Allocation) -> float:
    """What the next unit of budget brings: the steepest slope among those that could take more; 0 where none could.

    Where a target or --flexible settled what is spent, the price that they settled on.
    """
    import numpy as np

    asked = problem.asked
    if asked.target is not None or asked.pays or asked.stepped:
        return found.price
    entries = problem.file.entries
    held = np.array([e.high is not None or asked.max_change is not None or e.name in asked.freeze for e in entries])
    room = ~held | (found.spend < problem.high * (1 - EDGE))
    if (groups := problem.groups) is not None:
        room &= np.append(groups.sums(found.spend)[:-1] < groups.high * (1 - EDGE), True)[groups.member]
    return float(problem.curves.slope(found.spend)[room].max(initial=0.0))


def _groups(file: CurvesFile) -> Groups | None:
    import numpy as np

    from analytics.optimizer import Groups

    if not file.groups:
        return None
    number = {g.name: n for n, g in enumerate(file.groups)}
    return Groups(
        np.array([-1 if e.group is None else number[e.group] for e in file.entries]),
        np.array([g.low or 0.0 for g in file.groups]),
        np.array([np.inf if g.high is None else g.high for g in file.groups]),
        tuple(g.name for g in file.groups),
    )


def _ends(entry: Entry, asked: Asked) -> tuple[float, float]:
    """The least and the most a campaign may get."""
    low = entry.low or 0.0
    if entry.name in asked.freeze:
        now = _now(entry, "--freeze")
        return _narrowed(entry, low, (now, now), "frozen")
    if asked.max_change is not None:
        now = _now(entry, "--max-change")
        reach = now * (1 - asked.max_change), now * (1 + asked.max_change)
        return _narrowed(entry, low, reach, f"changed by at most {asked.max_change:.0%}")
    if asked.stepped:
        _now(entry, "a minimum step or number of changes")
    return low, _most(entry, asked, low)


def _now(entry: Entry, what: str) -> float:
    if entry.current is None:
        raise BadInput(f'{what} needs to know what "{entry.name}" spends now: give its current')
    return entry.current


def _most(entry: Entry, asked: Asked, low: float) -> float:
    """The most it may get; where the file says none, nothing but the budget ends it."""
    most = asked.budget if entry.high is None else entry.high
    if most is None:
        raise BadInput(f'"{entry.name}" has no max: give it one, or --budget as a cap')
    return max(most, low)


def _narrowed(entry: Entry, least: float, reach: tuple[float, float], how: str) -> tuple[float, float]:
    """Bounds within ``reach``; where the file's own leave nothing of it, both are named."""
    low, high = max(least, reach[0]), reach[1] if entry.high is None else min(entry.high, reach[1])
    if low <= high:
        return low, high
    said = f"at least {least:,.2f}" if least > reach[1] else f"at most {entry.high:,.2f}"
    span = f"{reach[0]:,.2f}" if reach[0] == reach[1] else f"{reach[0]:,.2f} to {reach[1]:,.2f}"
    raise CannotAnswer(f'"{entry.name}" must get {said}, but {how} it gets {span}')


def _require_names(file: CurvesFile, names: Sequence[str]) -> None:
    known = {e.name for e in file.entries}
    if unknown := [name for name in names if name not in known]:
        raise BadInput(f"--freeze {', '.join(unknown)}: no curve is called so")


def step(text: str) -> tuple[float | None, float | None]:
    """``10%`` of today's spend as ``(None, 0.1)``, an amount as ``(amount, None)``."""
    if text.endswith("%"):
        return None, percent(text, "--min-step")
    number = finite(text)
    if number is None or number <= 0:
        raise BadInput(f"--min-step {text}: give a positive amount, or a share such as 10%")
    return number, None
