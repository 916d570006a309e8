"""``budgeteer analyze mmm``: what each channel brought, and what its next unit of spend brings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.analyze.mmm_reading import Asked, names, read_lifts, read_series, require_one_use
from domain.errors import BadInput, CannotAnswer, NotConfigured

if TYPE_CHECKING:
    from analytics.mediamix import Lift, MediaMix, Series

EMPTY: dict[str, Any] = {"channels": [], "fit": None, "checks": [], "notes": []}
ADSTOCKS = ("geometric", "delayed", "weibull_pdf", "weibull_cdf", "none")
SATURATIONS = ("logistic", "hill", "log", "power")


@click.command(
    "mmm", epilog="Example: budgeteer analyze mmm --data weeks.csv --date week --target revenue --channels tv,search"
)
@click.option("--data", "file", required=True, type=click.Path(path_type=Path), help="CSV, CSV.gz or Parquet file.")
@click.option("--date", required=True, metavar="COLUMN", help="Column of dates, one a day, week or month.")
@click.option("--target", required=True, metavar="COLUMN", help="The column of revenue or conversions.")
@click.option("--channels", required=True, metavar="A,B", help="Columns of spend.")
@click.option("--controls", metavar="A,B", help="Columns of what else moves the target: numbers, or a few words.")
@click.option(
    "--kind", type=click.Choice(["revenue", "conversions"]), default="revenue", show_default=True, help="The target's."
)
@click.option("--adstock", type=click.Choice(ADSTOCKS), default="geometric", show_default=True, help="Carryover.")
@click.option(
    "--saturation", type=click.Choice(SATURATIONS), default="logistic", show_default=True, help="Diminishing returns."
)
@click.option("--holidays", metavar="COUNTRY", help="Hold a country's public holidays fixed, such as DE.")
@click.option("--lifts", type=click.Path(path_type=Path), help="CSV of experiment results to calibrate with.")
@click.option("--group", "groups", multiple=True, metavar="NAME=A,B", help="Channels that lend each other their shape.")
@click.option("--draws", type=click.IntRange(50, 5000), default=300, show_default=True, help="Bootstrap draws.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the draws.")
@click.option(
    "--engine", type=click.Choice(["least-squares", "bayes"]), default="least-squares", show_default=True,
    help="bayes needs the optional extra mmm.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    file: Path, date: str, target: str, channels: str, controls: str | None, kind: str, adstock: str, saturation: str,
    holidays: str | None, lifts: Path | None, groups: tuple[str, ...], draws: int, seed: int, engine: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Split an outcome by channel, with ROAS and marginal ROAS.

    JSON: ``channels``: channel, adstock, saturation, roas, roas_interval, marginal_roas (at the mean spend of the last
    13 periods), contribution and more, unknown ones null with a ``reason``; ``fit``; ``checks``; ``notes``;
    ``refused``: why there is no fit at all, or null.
    """
    asked = Asked(date, target, names(channels, "--channels"), names(controls, "--controls") if controls else ())
    require_one_use(asked)
    grouped = _groups(groups, asked.channels)
    known = [] if lifts is None else read_lifts(lifts)
    try:
        series, notes = read_series(file, asked, holidays)
        mix = _fitted(series, known, grouped, adstock, saturation, draws, seed, engine)
    except CannotAnswer as no:
        if not as_json:
            raise
        click.echo(json.dumps({**EMPTY, "refused": str(no)}))
        return
    from app.cli.analyze import mmm_words

    if as_json:
        click.echo(json.dumps(mmm_words.as_json(mix, kind, notes), allow_nan=False))
        return
    click.echo("\n".join(mmm_words.lines(mix, kind, notes)))


def _groups(given: tuple[str, ...], channels: tuple[str, ...]) -> dict[str, str]:
    """The group of each channel that has one."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, members = text.partition("=")
        if not name.strip() or not equals:
            raise BadInput(f"--group {text[:80]!r}: write NAME=A,B")
        for member in names(members, "--group"):
            if member not in channels or member in found:
                why = "is in two groups" if member in found else f"is none of the channels {', '.join(channels)}"
                raise BadInput(f"--group {text[:80]!r}: {member[:60]} {why}")
            found[member] = name.strip()
    return found


def _fitted(
    series: Series, lifts: list[Lift], groups: dict[str, str], adstock: str, saturation: str, draws: int, seed: int,
    engine: str,
) -> MediaMix:  # fmt: skip
    import numpy as np

    from analytics.errors import BadSeries, CannotEstimate
    from analytics.mediamix import media_mix

    rng = np.random.default_rng(seed)
    try:
        if engine == "bayes":
            from analytics.mediamix.bayes import bayes_mix

            if lifts or groups:
                raise BadInput("--lifts and --group go with --engine least-squares")
            return bayes_mix(series, seed, adstock=adstock, saturation=saturation, draws=draws)  # type: ignore[arg-type]
        return media_mix(
            series, rng, adstock=adstock, saturation=saturation, lifts=lifts, groups=groups, draws=draws  # type: ignore[arg-type]
        )  # fmt: skip
    except BadSeries as error:
        raise BadInput(str(error)) from None
    except CannotEstimate as error:
        raise CannotAnswer(f"no media mix can be told: {error}") from None
    except ImportError as error:
        raise NotConfigured(
            f"--engine bayes needs the optional extra: pip install 'budgeteer[mmm]' ({error})"
        ) from None
