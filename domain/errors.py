"""Every error a person or a caller can act on, named for what to do about it.

BudgeteerError
├── BadInput              change what was given (exit 2)
│   ├── UntrustedFile     a file that cannot be loaded: which row, why, which option settles it
│   ├── UnknownCurrency   not the ISO 4217 code of money in use
│   └── InvalidAmount     not a finite, representable amount of money
├── NotConfigured         set something up first (exit 3)
├── Refused               a reasoned no: policy, permission or evidence forbids it
│   └── CannotAnswer      the data cannot support an answer
└── IllegalMove           the lifecycle has no such transition: a bug or a lost race

Platform errors (what an ads API did) are in ``connectors.errors``; estimation
errors (what a method cannot do with the data) are in ``analytics.errors``.
"""

from __future__ import annotations


class BudgeteerError(Exception):
    """Base of everything raised on purpose. The message is fit to show to a person."""

    exit_code = 1


class BadInput(BudgeteerError):
    """What was given is wrong. The message carries the offending value and what is allowed."""

    exit_code = 2


class UntrustedFile(BadInput):
    """A file that must not be loaded.

    ``row`` is the physical line (1-based) or None when the whole file is at fault;
    ``option`` is the command-line option that would settle it, if one would.
    """

    def __init__(self, reason: str, *, row: int | None = None, option: str | None = None) -> None:
        self.reason, self.row, self.option = reason, row, option
        where = f"row {row}: " if row is not None else ""
        hint = f" (settle it with {option})" if option else ""
        super().__init__(f"{where}{reason}{hint}; nothing was loaded")


class UnknownCurrency(BadInput):
    """A code that is not an ISO 4217 code of a country's money."""

    def __init__(self, code: object) -> None:
        super().__init__(f"unknown currency {code!r}; use the ISO 4217 code of money in use, such as USD, EUR or JPY")


class InvalidAmount(BadInput):
    """An amount that is not finite, not exact in its currency, or out of range."""


class NotConfigured(BudgeteerError):
    """Something has to be set up first; the message names the setting."""

    exit_code = 3


class Refused(BudgeteerError):
    """A reasoned no. Asked on the command line it is an answer (exit 0), not a failure."""

    exit_code = 0


class CannotAnswer(Refused):
    """The data cannot support an answer; the message says why and what would make it possible.

    ``choices`` where a person can say what lacks, each an addition to the question.
    """

    def __init__(self, message: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.choices = choices


class IllegalMove(BudgeteerError):
    """A transition that ``domain.lifecycle`` does not list."""
