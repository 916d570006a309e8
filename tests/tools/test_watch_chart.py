"""The picture of an alert shows the band and the unusual days, and says in words what it shows."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image

from tools.watch_chart import FLAG, Judged, watch_chart

FIRST = date(2026, 7, 1)


def days(flagged: tuple[int, ...] = (), missing: tuple[int, ...] = ()) -> list[Judged]:
    return [
        Judged(
            FIRST + timedelta(days=n),
            None if n in missing else 300.0 if n in flagged else 100.0,
            *(100.0, 80.0, 125.0),
            flagged=n in flagged,
        )
        for n in range(42)
    ]


def reds(png: bytes) -> int:
    picture = Image.open(BytesIO(png)).convert("RGB")
    colour = tuple(int(FLAG[i : i + 2], 16) for i in (1, 3, 5))
    return sum(count for count, pixel in picture.getcolors(1 << 20) or [] if pixel == colour)


def test_an_unusual_day_is_marked_and_an_ordinary_series_has_no_mark() -> None:
    usual = watch_chart("Spend", days(), y_label="Spend (EUR)", unit="money", currency="EUR")
    unusual = watch_chart("Spend", days(flagged=(40,)), y_label="Spend (EUR)", unit="money", currency="EUR")
    assert Image.open(BytesIO(unusual.png)).size == (1200, 600)
    assert reds(usual.png) == 0
    assert reds(unusual.png) > 50
    assert len(unusual.png) < 200_000


def test_the_words_beside_it_say_the_days_what_was_expected_and_what_is_missing() -> None:
    chart = watch_chart("Spend of Brand", days((10, 38, 39, 40), (5,)), y_label="EUR", unit="money", currency="EUR")
    assert chart.alt_text == (
        "Line chart: Spend of Brand, 2026-07-01 to 2026-08-11. 4 unusual days, of which the last three: "
        "Unusual on 2026-08-08: €300, €100 expected. Unusual on 2026-08-09: €300, €100 expected. "
        "Unusual on 2026-08-10: €300, €100 expected. The last day, 2026-08-11, has €100. Days without data are gaps."
    )


def test_a_series_without_a_value_has_no_picture() -> None:
    with pytest.raises(ValueError, match="no day of 'Spend' has a value"):
        watch_chart("Spend", days(missing=tuple(range(42))), y_label="EUR", unit="money", currency="EUR")
