"""Shares and numbers as a person writes them in an option."""

from __future__ import annotations

import math
from typing import Any

import click

from domain.errors import BadInput


def percent(text: str, option: str) -> float:
    """``30%`` as 0.3.

    Raises:
        BadInput: anything else, or a share outside 0 to 100 %.
    """
    number = finite(text.removesuffix("%")) if text.endswith("%") else None
    if number is None or not 0 < number <= 100:
        raise BadInput(f"{option} {text}: give a share above 0 % and up to 100 %, such as 30%")
    return number / 100


def finite(text: str) -> float | None:
    """The number, or None where it is none or not finite."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


class Number(click.FloatRange):
    """A finite number within bounds. No comparison with NaN holds, so it would pass any bound."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value} is no finite number", param, ctx)
        return found
