"""A file of response curves and groups, checked entry by entry: what cannot be read is refused with its value."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from domain.errors import BadInput

if TYPE_CHECKING:
    from analytics.optimizer import MixedCurves

LETTERS = {"power": "ab", "log": "ab", "hill": "aks", "linear": "a"}
"""Family -> its parameters' letters: power a*x^b, log a*ln(1+x/b), hill a*x^s/(k^s+x^s), linear a*x."""
ENTRY = ("name", "family", "params", "current", "min", "max", "group")
GROUP = ("name", "min", "max")
MOST = 1e15


@dataclass(frozen=True, slots=True)
class Entry:
    """One campaign's curve; None where nothing was given, and for the group where no bounds are given for any."""

    name: str
    family: str
    params: dict[str, float]
    current: float | None
    low: float | None
    high: float | None
    group: str | None


@dataclass(frozen=True, slots=True)
class Band:
    """One group's bounds."""

    name: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class CurvesFile:
    """The curves in the file's order, and its groups."""

    entries: tuple[Entry, ...]
    groups: tuple[Band, ...]

    def curves(self) -> MixedCurves:
        """The curves as arrays, gathered by family."""
        import numpy as np

        from analytics.optimizer import HillCurves, LinearCurves, LogCurves, MixedCurves, PowerCurves

        made = {"power": PowerCurves, "log": LogCurves, "hill": HillCurves, "linear": LinearCurves}
        families, places = [], []
        for family, letters in LETTERS.items():
            at = [i for i, e in enumerate(self.entries) if _family(e) == family]
            columns = [np.array([self.entries[i].params[letter] for i in at]) for letter in letters]
            families.append(made[family](*columns))
            places.append(np.array(at, dtype=np.int64))
        return MixedCurves(tuple(families), tuple(places))


def _family(entry: Entry) -> str:
    """A power of 1 is a straight line, which has a form of its own."""
    return "linear" if entry.family == "power" and entry.params["b"] == 1 else entry.family


def read_curves(file: Path) -> CurvesFile:
    """Read a JSON list of curves, or an object with ``curves`` and ``groups``.

    Raises:
        BadInput: no such file, no JSON, or an entry that is not as it must be; names the entry and the value.
    """
    content = _content(file)
    whole = {"curves": content} if isinstance(content, list) else content
    if not isinstance(whole, dict) or "curves" not in whole:
        raise BadInput(f"{file.name}: give a list of curves, or an object with curves and groups")
    _require_known(whole, ("curves", "groups"), f"{file.name}")
    entries = tuple(_entry(e, n) for n, e in enumerate(_list(whole["curves"], "curves"), 1))
    groups = tuple(_group(g, n) for n, g in enumerate(_list(whole.get("groups") or [], "groups"), 1))
    if not entries:
        raise BadInput(f"{file.name} has no curves")
    _require_distinct([e.name for e in entries], "curves")
    _require_distinct([g.name for g in groups], "groups")
    if "groups" not in whole:  # labels alone: a group bounds nothing where no bounds are given
        entries = tuple(replace(e, group=None) for e in entries)
    _require_members(entries, groups)
    return CurvesFile(entries, groups)


def _content(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"there is no file {file}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} cannot be read: {error}") from None
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadInput(f"{file.name} is not JSON: {error}") from None


def _no_constant(text: str) -> NoReturn:
    raise BadInput(f"{text} is no number that a curve or a bound can have")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _require_distinct([key for key, _ in pairs], "keys of one object")
    return dict(pairs)


def _list(found: Any, what: str) -> list[Any]:
    if not isinstance(found, list):
        raise BadInput(f"{what}: {_said(found)} is no list")
    return found


def _entry(found: Any, number: int) -> Entry:
    where = f"curve {number}"
    if not isinstance(found, dict):
        raise BadInput(f"{where}: {_said(found)} is no object with name, family and params")
    name = _name(found.get("name"), where)
    where = f'curve {number} ("{_said(name, quoted=False)}")'
    _require_known(found, ENTRY, where)
    family = found.get("family")
    if not isinstance(family, str) or family not in LETTERS:
        raise BadInput(f"{where}: the family {_said(family)} is not known; there are {', '.join(LETTERS)}")
    current, low, high = (_amount(found.get(key), f"{where}: {key}") for key in ("current", "min", "max"))
    _require_order(low, high, where)
    group = found.get("group")
    if group is not None:
        group = _name(group, f"{where}: its group")
    return Entry(name, family, _params(found.get("params"), family, where), current, low, high, group)


def _params(found: Any, family: str, where: str) -> dict[str, float]:
    letters = LETTERS[family]
    if not isinstance(found, dict):
        raise BadInput(f"{where}: params must be an object with {', '.join(letters)}; it is {_said(found)}")
    missing, extra = [c for c in letters if c not in found], [c for c in found if c not in letters]
    if missing or extra:
        said = [f"{', '.join(missing)} missing"] if missing else []
        said += [f"{', '.join(_said(c) for c in extra)} unknown"] if extra else []
        raise BadInput(f"{where}: a {family} curve has the parameters {', '.join(letters)}: {'; '.join(said)}")
    params = {letter: _number(found[letter], f"{where}: {letter}") for letter in letters}
    for letter, value in params.items():
        if value < 0 or (value == 0 and letter != "a"):
            raise BadInput(f"{where}: {letter} is {value:g}; give {'0 or more' if letter == 'a' else 'more than 0'}")
    return params


def _group(found: Any, number: int) -> Band:
    where = f"group {number}"
    if not isinstance(found, dict):
        raise BadInput(f"{where}: {_said(found)} is no object with name, min and max")
    name = _name(found.get("name"), where)
    where = f'group "{_said(name, quoted=False)}"'
    _require_known(found, GROUP, where)
    low, high = (_amount(found.get(key), f"{where}: {key}") for key in ("min", "max"))
    _require_order(low, high, where)
    return Band(name, low, high)


def _name(found: Any, where: str) -> str:
    if not isinstance(found, str) or not found.strip():
        raise BadInput(f"{where}: the name {_said(found)} is no text")
    return found


def _amount(found: Any, where: str) -> float | None:
    if found is None:
        return None
    value = _number(found, where)
    if value < 0:
        raise BadInput(f"{where} is {value:g}; give 0 or more")
    return value


def _number(found: Any, where: str) -> float:
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise BadInput(f"{where} is {_said(found)}, which is no number")
    if not math.isfinite(value := float(found) if abs(found) <= MOST else math.inf):
        raise BadInput(f"{where} is {_said(found)}; give a number up to {MOST:g}")
    return value


def _require_order(low: float | None, high: float | None, where: str) -> None:
    if low is not None and high is not None and low > high:
        raise BadInput(f"{where}: min {low:g} is more than max {high:g}")


def _require_known(found: dict[str, Any], known: Sequence[str], where: str) -> None:
    if unknown := [key for key in found if key not in known]:
        raise BadInput(f"{where}: {', '.join(_said(k) for k in unknown)} is not known; there are {', '.join(known)}")


def _require_distinct(names: Sequence[str], what: str) -> None:
    if twice := sorted(name for name, times in Counter(names).items() if times > 1):
        raise BadInput(f"two {what} are called {', '.join(_said(name) for name in twice)}")


def _require_members(entries: Sequence[Entry], groups: Sequence[Band]) -> None:
    known, used = {g.name for g in groups}, {e.group for e in entries if e.group is not None}
    if unknown := sorted(used - known):
        raise BadInput(f"the group {', '.join(_said(g) for g in unknown)} of a curve is not among groups")
    if empty := sorted(known - used):
        raise BadInput(f"the group {', '.join(_said(g) for g in empty)} has no members")


def _said(found: Any, *, quoted: bool = True) -> str:
    """A value of the file as it may stand in a line: printable, and not long."""
    text = json.dumps(found, ensure_ascii=False) if quoted else str(found)
    text = "".join(c if c.isprintable() else " " for c in text)
    return text if len(text) <= 60 else f"{text[:59]}…"
