"""Days that people call by a name: Black Friday, Easter, Christmas, and the public holidays of a country."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from domain.calendar import public_holidays

Days = tuple[date, date]
_FIXED = {"halloween": (10, 31), "valentines day": (2, 14), "christmas eve": (12, 24), "new years eve": (12, 31),
          "new years day": (1, 1), "singles day": (11, 11)}  # fmt: skip


def fixed(name: str, year: int) -> Days | None:
    """An occasion that is the same everywhere: of a fixed day, or after the American Thanksgiving."""
    if name in _FIXED:
        day = date(year, *_FIXED[name])
        return day, day
    if name not in _AFTER_THANKSGIVING:
        return None
    thanksgiving = date(year, 11, 1) + timedelta(days=(3 - date(year, 11, 1).weekday()) % 7 + 21)
    first, last = _AFTER_THANKSGIVING[name]
    return thanksgiving + timedelta(days=first), thanksgiving + timedelta(days=last)


_AFTER_THANKSGIVING = {"black friday": (1, 1), "cyber monday": (4, 4), "black friday weekend": (1, 4)}


def of_country(name: str, country: str, year: int) -> Days | None:
    """An occasion that depends on the country; None where its calendar does not have it that year."""
    found = public_holidays(country, date(year, 1, 1), date(year, 12, 31))
    if name in _SPECIAL:
        return _SPECIAL[name](found, country, year)
    days = [day for day, said in found if folded(said) == name]
    return (days[0], days[-1]) if days else None


def names_of(country: str, years: tuple[int, ...]) -> frozenset[str]:
    """The folded names of a country's public holidays."""
    return frozenset(
        folded(said) for y in years for _, said in public_holidays(country, date(y, 1, 1), date(y, 12, 31))
    )


def folded(name: str) -> str:
    """``New Year's Day`` as a question is normalised."""
    return " ".join("".join(c for c in name.casefold().replace("-", " ") if c.isalnum() or c == " ").split())


def _easter(found: list[tuple[date, str]], country: str, year: int) -> Days | None:
    """Good Friday to Easter Monday, by whichever of its days the country keeps."""
    offsets = {"good friday": 2, "easter sunday": 0, "easter monday": -1, "easter": 0}
    for day, said in found:
        if (offset := offsets.get(folded(said))) is not None:
            sunday = day + timedelta(days=offset)
            return sunday - timedelta(days=2), sunday + timedelta(days=1)
    if country != "US":
        return None
    sunday = next(d for d, said in _unofficial(country, year) if said == "Easter Sunday")
    return sunday - timedelta(days=2), sunday + timedelta(days=1)


def _christmas(found: list[tuple[date, str]], _country: str, year: int) -> Days | None:
    """The public holidays from the 25th on, without a gap."""
    kept = {day for day, _ in found}
    first = date(year, 12, 25)
    if first not in kept:
        return None
    last = first
    while last + timedelta(days=1) in kept:
        last += timedelta(days=1)
    return first, last


def _unofficial(country: str, year: int) -> list[tuple[date, str]]:
    import holidays

    return sorted(holidays.country_holidays(country, years=[year], categories=("unofficial",)).items())


_SPECIAL: dict[str, Callable[[list[tuple[date, str]], str, int], Days | None]] = {
    "easter": _easter, "christmas": _christmas,
}  # fmt: skip
