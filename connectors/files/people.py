"""How many people a row says it reached: its Reach, else its impressions over its Frequency. Never added up.

A frequency is rounded, so people found from it are good to about half of its last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from connectors.files.figures import Numbers
from connectors.files.layouts import Field
from connectors.files.sheet import Line


class People:
    """Reads the reach of rows, and counts those that contradict themselves."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._odd = 0

    def read(self, line: Line, figures: Mapping[Field, Decimal | None]) -> int | None:
        """The people of one row; None where it does not say, or says more people than impressions.

        Raises:
            UntrustedFile: a cell that is no figure.
        """
        reach, frequency = (
            self._numbers.read(line.cells[field], field, line.row) if field in line.cells else None
            for field in ("reach", "frequency")
        )
        shown = figures.get("impressions")
        if reach is None and frequency and shown is not None:
            reach = (shown / frequency).to_integral_value(ROUND_HALF_UP)
        if reach is not None and shown is not None and (reach > shown or (shown > 0 and reach == 0)):
            self._odd += 1
            return None
        return None if reach is None else int(reach)

    @property
    def notes(self) -> tuple[str, ...]:
        """Said of a file with rows whose reach cannot be."""
        if not self._odd:
            return ()
        rows = "1 row states" if self._odd == 1 else f"{self._odd:,} rows state"
        return (f"{rows} more people reached than impressions, or none for some: that reach is not kept",)
