"""``budgeteer analyze off-policy``: what another policy would have earned on the rounds that were logged."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.analyze.frames import Columns, read_columns
from app.cli.shares import Number
from domain.errors import BadInput, CannotAnswer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from analytics.bandits import Estimate

SUM_SLACK = 1e-6
_NAMES = {
    "ips": "IPS (inverse propensity)",
    "snips": "SNIPS (self-normalised)",
    "dr": "DR (doubly robust)",
}


@click.command(
    "off-policy",
    epilog="Example: budgeteer analyze off-policy --data log.csv --arm ad --reward click --propensity p "
    "--policy policy.csv --within position",
)
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The log: a row a round.")
@click.option("--arm", required=True, metavar="COLUMN", help="What was shown; the same name in the policy's file.")
@click.option("--reward", required=True, metavar="COLUMN", help="What it brought.")
@click.option("--propensity", required=True, metavar="COLUMN", help="With which probability it was chosen.")
@click.option("--policy", required=True, type=click.Path(path_type=Path), help="arm, probability: what to judge.")
@click.option("--within", metavar="COLUMN", help="The policy has probabilities for each value of this column.")
@click.option("--clip", type=Number(min=1), help="Cut weights above this: less noise, some bias.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the folds of the reward model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    data: Path,
    arm: str,
    reward: str,
    propensity: str,
    policy: Path,
    within: str | None,
    clip: float | None,
    seed: int,
    as_json: bool,
) -> None:
    """Judge a policy from another's log (IPS, self-normalised, doubly robust), with intervals.

    JSON: ``estimates: [{method, value, standard_error, low, high, rounds, effective, largest_weight, mean_weight,
    clipped}]``, ``logged``: what the log itself earned a round, ``refused``: why nothing can be said, or null.
    """
    import numpy as np

    from analytics.bandits import Log, evaluate, expected_rewards
    from analytics.errors import BadSeries, CannotEstimate

    log = read_columns(data, [arm, reward, propensity, *([] if within is None else [within])])
    names, chances, strata_names = _policy(policy, arm, within)
    arms, strata = _places(log, arm, names), _strata(log, within, strata_names)
    rewards = np.array(log.stated(reward))
    try:
        rounds = Log(arms, rewards, np.array(log.stated(propensity)), chances[strata, arms])
        model = expected_rewards(rounds, strata, list(chances), rng=np.random.default_rng(seed))
        found = evaluate(rounds, model, clip=clip)
    except BadSeries as error:
        raise BadInput(f"{log.file}: {error}") from None
    except CannotEstimate as error:
        if not as_json:
            raise CannotAnswer(str(error)) from None
        click.echo(json.dumps({"estimates": [], "logged": float(rewards.mean()), "refused": str(error)}))
        return
    if as_json:
        body = {"estimates": [asdict(e) for e in found], "logged": float(rewards.mean()), "refused": None}
        click.echo(json.dumps(body, allow_nan=False))
        return
    click.echo("\n".join(_lines(found, float(rewards.mean()))))


def _policy(file: Path, arm: str, within: str | None) -> tuple[dict[str, int], NDArray[np.float64], dict[str, int]]:
    """Arms and strata by place, and the probabilities (strata, arms), each stratum summing to 1."""
    import numpy as np

    columns = read_columns(file, [arm, "probability", *([] if within is None else [within])])
    keys = [c.strip() for c in columns.cells[arm]]
    groups = [""] * len(keys) if within is None else [c.strip() for c in columns.cells[within]]
    names = {name: n for n, name in enumerate(dict.fromkeys(keys))}
    strata = {name: n for n, name in enumerate(dict.fromkeys(groups))}
    chances = np.zeros((len(strata), len(names)))
    seen: set[tuple[str, str]] = set()
    for n, (group, key, chance) in enumerate(zip(groups, keys, columns.stated("probability"), strict=True)):
        place = f"{columns.file}, row {columns.places[n]}"
        if (group, key) in seen:
            raise BadInput(f"{place}: {key!r} comes twice{f' in {group!r}' if within else ''}")
        if not 0 <= chance <= 1:
            raise BadInput(f"{place}: probability is {chance:g}; it lies between 0 and 1")
        seen.add((group, key))
        chances[strata[group], names[key]] = chance
    for group, at in strata.items():
        total = float(chances[at].sum())
        if abs(total - 1) > SUM_SLACK:
            of = f" of {group!r}" if within else ""
            raise BadInput(f"{columns.file}: the probabilities{of} sum to {total:.6g}, not to 1")
    return names, chances, strata


def _places(log: Columns, arm: str, names: dict[str, int]) -> NDArray[np.int64]:
    """The arm of each round; one that the policy does not name gets a place of its own, with probability 0."""
    import numpy as np

    unknown = [c.strip() for c in log.cells[arm] if c.strip() not in names]
    if unknown:
        raise BadInput(f"{log.file}: the policy does not name the arm {unknown[0]!r}; give it a probability, 0 perhaps")
    return np.array([names[c.strip()] for c in log.cells[arm]], dtype=np.int64)


def _strata(log: Columns, within: str | None, names: dict[str, int]) -> NDArray[np.int64]:
    import numpy as np

    cells = [""] * len(log.places) if within is None else [c.strip() for c in log.cells[within]]
    for n, cell in enumerate(cells):
        if cell not in names:
            raise BadInput(f"{log.file}, row {log.places[n]}: the policy says nothing of {within} {cell!r}")
    return np.array([names[c] for c in cells], dtype=np.int64)


def _lines(found: tuple[Estimate, ...], logged: float) -> list[str]:
    first = found[0]
    cut = f", {first.clipped} weights were cut" if first.clipped else ""
    lines = [
        f"The log earned {logged:.4g} a round over {first.rounds:,} rounds. The policy would have earned:",
        "",
        *(f"  {_NAMES[e.method]:<26} {e.value:.4g}  (95 %: {e.low:.4g} to {e.high:.4g})" for e in found),
        "",
        f"For this policy the log is worth {first.effective:,.0f} rounds; the heaviest counts "
        f"{first.largest_weight:.3g} times{cut}.",
    ]
    better = [e for e in found if e.low > logged]
    worse = [e for e in found if e.high < logged]
    if not better and not worse:
        lines.append("No method can tell it from what was logged.")
    return lines
