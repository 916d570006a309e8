"""Holidays and local days: what a calendar says, computed by the holidays library and never stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from domain.errors import BadInput

_FIRST_YEAR, _LAST_YEAR = 1990, 2100  # what the library is asked for


def local_days(start: date, end: date, timezone: str) -> tuple[datetime, datetime]:
    """From the first moment of ``start`` up to the first moment after ``end``, in the zone; also over a change of
    clocks."""
    zone = ZoneInfo(timezone)
    after = end + timedelta(days=1)
    return (
        datetime(start.year, start.month, start.day, tzinfo=zone),
        datetime(after.year, after.month, after.day, tzinfo=zone),
    )


def checked_country(country: str) -> str:
    """An ISO 3166 code whose holidays are known. Raises BadInput with the nearest there are."""
    code = country.strip().upper()
    code = "GB" if code == "UK" else code
    if code not in _supported():
        near = ", ".join(sorted(c for c in _supported() if c[:1] == code[:1]))
        raise BadInput(f"no holidays are known for {country[:20]!r}; use a code of two letters, such as DE ({near})")
    return code


@cache
def _supported() -> frozenset[str]:
    import holidays

    return frozenset(code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2)


def public_holidays(country: str, start: date, end: date) -> list[tuple[date, str]]:
    """(day, English name) of a country's public holidays from ``start`` to ``end``, in order."""
    years = range(max(start.year, _FIRST_YEAR), min(end.year, _LAST_YEAR) + 1)
    return [(day, name) for year in years for day, name in _of_year(country, year) if start <= day <= end]


@cache
def _of_year(country: str, year: int) -> tuple[tuple[date, str], ...]:
    import holidays

    languages = holidays.list_localized_countries().get(country, [])
    language = next((code for code in ("en_US", "en_GB", "en") if code in languages), None)
    found = holidays.country_holidays(country, years=[year], language=language, observed=False)
    return tuple(sorted(found.items()))
