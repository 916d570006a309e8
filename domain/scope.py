"""Whose rows a call may touch. Every store function that reads client rows demands one."""

from __future__ import annotations

from dataclasses import dataclass

from domain.errors import BadInput


@dataclass(frozen=True, slots=True)
class Scope:
    """The accounts (store ids) that a person, channel or job may see. Never empty, never 'all' by default."""

    account_ids: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.account_ids:
            raise BadInput("a scope needs at least one account")

    def __contains__(self, account_id: int) -> bool:
        return account_id in self.account_ids
