"""What an ads platform did, named for what the caller should do.

PlatformError
├── Auth            ask a person to connect again
├── Permission      this login may not; ask for access
├── Invalid         the request is wrong: ``field`` says where
├── Policy          the platform's own rules refuse it
├── Stale           the platform's value moved; make a fresh plan
├── Throttled       wait ``retry_after`` seconds
├── QuotaDay        no more today
├── Transient       a read may be tried again (reads only)
├── UnknownOutcome  a write may or may not have landed: read back, never resend blindly
├── Unsupported     this platform cannot do it
└── SchemaDrift     the answer is not in the form we know
"""

from __future__ import annotations

from domain.errors import BudgeteerError


class PlatformError(BudgeteerError):
    """Base. ``request_id`` is the platform's own, ``platform_code`` its error code, both may be None."""

    def __init__(self, message: str, *, request_id: str | None = None, platform_code: str | None = None) -> None:
        super().__init__(message)
        self.request_id, self.platform_code = request_id, platform_code


class Auth(PlatformError):
    """The login is no longer accepted."""

    exit_code = 3


class Permission(PlatformError):
    """The login may not do this."""


class Invalid(PlatformError):
    """The request is wrong in ``field``."""

    def __init__(
        self, message: str, *, field: str | None = None, request_id: str | None = None, platform_code: str | None = None
    ) -> None:
        super().__init__(message, request_id=request_id, platform_code=platform_code)
        self.field = field


class Policy(PlatformError):
    """The platform's rules refuse the change."""


class Stale(PlatformError):
    """The current value is not the one the plan was made on."""


class Throttled(PlatformError):
    """Too many requests; try a read again after ``retry_after`` seconds (None: not said)."""

    def __init__(self, message: str, *, retry_after: float | None = None, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.retry_after = retry_after


class QuotaDay(PlatformError):
    """The day's quota is used up."""


class Transient(PlatformError):
    """A passing fault of a read."""


class UnknownOutcome(PlatformError):
    """A write whose outcome is not known."""


class Unsupported(PlatformError):
    """This platform cannot do what was asked."""


class SchemaDrift(PlatformError):
    """The platform's answer is not in the form this connector knows."""
