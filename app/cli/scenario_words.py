"""What is typed for a plan on the command line: "10000 from Meta to Search", "Brand=120", "+10%", "5k a month"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from domain.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from tools.base import ToolContext
    from tools.scenarios.asked import Asked, Move, Per, Wish

_AMOUNT = r"(?P<number>[+-]?\d[\d,]*(?:\.\d+)?)\s?(?P<scale>[km])?"
_PER = r"(?:\s*(?:a|per|/)\s*(?P<per>month|week|day))?"
_SCALE = {None: Decimal(1), "k": Decimal(1_000), "m": Decimal(1_000_000)}


def asked_of(
    session: Session,
    context: ToolContext,
    *,
    moves: Sequence[str],
    sets: Sequence[str],
    totals: Sequence[str],
    more: str | None,
) -> Asked:
    """One comparison of what was typed.

    Raises:
        BadInput: more than one kind of wish, or something that cannot be read; says how it is written.
    """
    from tools.scenarios.asked import Asked

    shares = [_percent(text) for text in totals]
    if sum((bool(moves), bool(sets), bool(totals), more is not None)) > 1 or len(moves) > 1:
        raise BadInput("one wish at a time: give one --move, or --set, or --total, or --more")
    if totals and len(totals) > 1 and all(share is not None for share in shares):
        return Asked(totals=tuple(share for share in shares if share is not None))
    wish = _wish(session, context, moves, sets, totals, more)
    return Asked(wish=wish)


def _wish(
    session: Session,
    context: ToolContext,
    moves: Sequence[str],
    sets: Sequence[str],
    totals: Sequence[str],
    more: str | None,
) -> Wish | None:
    from tools.scenarios.asked import More, Share, Total

    if moves:
        return _move(session, context, moves[0])
    if sets:
        return _set(session, context, sets)
    if totals:
        if len(totals) > 1:
            raise BadInput("several --total are compared as shares of today's: write each as +10% or -15%")
        share = _percent(totals[0])
        return Total(_amount(totals[0], "--total")) if share is None else Share(share)
    if more is not None:
        match = re.fullmatch(_AMOUNT + _PER, more.strip(), re.IGNORECASE)
        if match is None:
            raise BadInput(f"--more {more!r} is no amount; write 5000, or '5000 a month', or '200 a day'")
        return More(_scaled(match), _per(match))
    return None


def _move(session: Session, context: ToolContext, text: str) -> Move:
    """ "10000 a month from Meta to Search". A name may hold " to " itself: the split at which both are known counts."""
    from tools.scenarios.asked import Move
    from tools.scenarios.ends import end_of

    match = re.fullmatch(rf"{_AMOUNT}{_PER}\s+from\s+(?P<names>.+)", text.strip(), re.IGNORECASE)
    amount = None if match is None else _scaled(match)
    if match is None or amount is None or amount <= 0 or not re.search(r"\sto\s", match["names"]):
        raise BadInput(f"--move {text!r} cannot be read; write '10000 from NAME to NAME', or '10000 a month from ...'")
    failed: BadInput | None = None
    for cut in re.finditer(r"\s+to\s+", match["names"], re.IGNORECASE):
        names = match["names"][: cut.start()], match["names"][cut.end() :]
        try:
            source, target = (end_of(session, context, name) for name in names)
        except BadInput as error:
            failed = failed or error
        else:
            return Move(amount, _per(match), source, target)
    raise failed or BadInput(f"--move {text!r} names no two parts")


def _set(session: Session, context: ToolContext, sets: Sequence[str]) -> Wish:
    from tools.scenarios.asked import Amounts, Share
    from tools.scenarios.ends import end_of

    pairs = [text.rpartition("=") for text in sets]
    if bad := [text for text, (name, _, value) in zip(sets, pairs, strict=True) if not name.strip() or not value]:
        raise BadInput(f"--set {bad[0]!r} cannot be read; write 'NAME=120' (a day) or 'NAME=-15%'")
    shares = [_percent(value) for _, _, value in pairs]
    if shares[0] is not None:
        if len(sets) > 1:
            raise BadInput("a change in per cent is of one part at a time; give one --set 'NAME=-15%'")
        return Share(shares[0], end_of(session, context, pairs[0][0]))
    return Amounts({name.strip(): _amount(value, "--set") for name, _, value in pairs})


def _percent(text: str) -> Decimal | None:
    """ "+10%" as .1; None where it is no change in per cent. Raises BadInput for a per cent without its sign."""
    match = re.fullmatch(r"([+-]?)(\d+(?:\.\d+)?)\s?%", text.strip())
    if match is None:
        return None
    if not match[1] or not Decimal(match[2]):
        raise BadInput(f"{text!r}: write how it changes, such as +10% or -15%")
    return Decimal(match[1] + match[2]) / 100


def _amount(text: str, option: str) -> Decimal:
    match = re.fullmatch(_AMOUNT, text.strip(), re.IGNORECASE)
    if match is None:
        raise BadInput(f"{option} {text!r} is no amount; write 120 or 1500.50")
    return _scaled(match)


def _scaled(match: re.Match[str]) -> Decimal:
    try:
        return Decimal(match["number"].replace(",", "")) * _SCALE[(match["scale"] or "").lower() or None]
    except InvalidOperation:
        raise BadInput(f"{match['number']!r} is no amount") from None


def _per(match: re.Match[str]) -> Per | None:
    return match["per"].lower() if match["per"] else None  # type: ignore[return-value]
