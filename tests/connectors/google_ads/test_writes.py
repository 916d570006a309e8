"""A write is one attempt on the wire, whatever happens, and its outcome claims no more than is known."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Landed, ReadBack, Validation
from connectors.errors import Auth, Invalid, Permission, PlatformError, Throttled, Transient
from connectors.google_ads import GoogleAdsConnector
from connectors.ratelimit import RateLimiter
from domain.money import Money

ACCOUNT = "1234567890"
Build = Callable[..., GoogleAdsConnector]


def another(google: Any) -> Any:
    """A change to an amount that the budget does not have now."""
    now = google.handle.market.budget_micros("5002") // 1_000_000
    return google.change(str(now + 1))


def test_a_change_is_applied_by_one_write_and_reads_back_as_desired(google: Any) -> None:
    change = another(google)
    assert google.connector.read_back(change).verdict is ReadBack.BEFORE
    outcome = google.connector.apply(change, 5.0)
    assert outcome.landed is Landed.APPLIED
    (write,) = google.handle.writes
    assert write.operations == ((change.entity, change.after.micros),)
    assert outcome.request_id == write.request_id
    seen = google.connector.read_back(change)
    assert (seen.verdict, seen.value) == (ReadBack.DESIRED, change.after)


def test_a_dry_run_reaches_the_platform_and_writes_nothing(google: Any) -> None:
    change = another(google)
    assert google.connector.validate(change) is Validation.PLATFORM
    assert google.handle.faults.calls("validate") > 0
    assert google.handle.writes == []
    assert google.connector.read_back(change).verdict is ReadBack.BEFORE


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "kind", ["internal", "unavailable", "deadline", "cancelled", "too_large", "html", "reset", "transient_failure"]
)
def test_a_lost_answer_is_unknown_after_exactly_one_write_and_the_read_back_tells(
    google: Any, kind: str, when: str
) -> None:
    change = another(google)
    google.handle.faults.add("mutate", kind, when=when)
    outcome = google.connector.apply(change, 5.0)
    assert outcome.landed is Landed.UNKNOWN
    assert len(google.handle.writes) == 1
    expected = ReadBack.DESIRED if when == "after" else ReadBack.BEFORE
    assert google.connector.read_back(change).verdict is expected
    assert len(google.handle.writes) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_write_without_an_answer_ends_at_its_deadline_as_unknown(google: Any, when: str) -> None:
    change = another(google)
    google.handle.faults.add("mutate", "hang", when=when)
    answers: list[Any] = []
    call = threading.Thread(target=lambda: answers.append(google.connector.apply(change, 0.3)), daemon=True)
    call.start()
    call.join(20)
    assert not call.is_alive(), "the write outlived its deadline"
    (outcome,) = answers
    assert outcome.landed is Landed.UNKNOWN
    assert outcome.evidence["status"] == "DEADLINE_EXCEEDED"
    assert len(google.handle.writes) == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("invalid", "request_error.REQUIRED_FIELD_MISSING"),
        ("permission", "authorization_error.USER_PERMISSION_DENIED"),
        ("unauthenticated", "authentication_error.OAUTH_TOKEN_REVOKED"),
        ("throttled", "quota_error.RESOURCE_TEMPORARILY_EXHAUSTED"),
        ("throttled_without_delay", "quota_error.RESOURCE_TEMPORARILY_EXHAUSTED"),
        ("quota_day", "quota_error.RESOURCE_EXHAUSTED"),
        ("concurrent", "database_error.CONCURRENT_MODIFICATION"),
    ],
)
def test_what_the_platform_itself_refuses_is_rejected_after_one_write(google: Any, kind: str, code: str) -> None:
    change = another(google)
    google.handle.faults.add("mutate", kind)
    outcome = google.connector.apply(change, 5.0)
    assert outcome.landed is Landed.REJECTED
    assert outcome.evidence["code"] == code
    assert outcome.request_id == google.handle.writes[0].request_id
    assert len(google.handle.writes) == 1
    assert google.connector.read_back(change).verdict is ReadBack.BEFORE


@pytest.mark.parametrize(
    ("budget", "amount", "code"),
    [
        ("5002", "700.001", "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"),
        ("5002", "0.50", "BUDGET_BELOW_PER_DAY_MINIMUM"),
        ("5002", "2000000000", "MONEY_AMOUNT_TOO_LARGE"),
        ("9999", "700", "RESOURCE_NOT_FOUND"),
    ],
)
def test_an_amount_the_platform_does_not_take_is_named_by_the_dry_run_and_by_the_write(
    google: Any, budget: str, amount: str, code: str
) -> None:
    change = google.change(amount, budget)
    with pytest.raises(Invalid, match=code) as refused:
        google.connector.validate(change)
    assert refused.value.field.startswith("operations[0].update")
    outcome = google.connector.apply(change, 5.0)
    assert outcome.landed is Landed.REJECTED
    assert code in outcome.detail


def test_a_removed_budget_is_refused(google: Any) -> None:
    google.handle.market.removed.add("5003")
    try:
        outcome = google.connector.apply(google.change("200", "5003"), 5.0)
    finally:
        google.handle.market.removed.clear()
    assert outcome.landed is Landed.REJECTED
    assert "CAMPAIGN_BUDGET_REMOVED" in outcome.detail


def test_a_change_in_another_currency_is_refused_before_it_is_sent(google: Any) -> None:
    change = google.change("700")
    foreign = type(change)(
        change.platform, change.account, change.entity, change.entity_name, change.field,
        Money(Decimal(640), "USD"), Money(Decimal(700), "USD"), change.observed_at,
    )  # fmt: skip
    with pytest.raises(Invalid, match="EUR"):
        google.connector.validate(foreign)


def test_a_failed_sign_in_is_rejected_because_nothing_was_sent(connect: Build, google: Any) -> None:
    connector = connect(refresh_token="canary-refresh-token")
    outcome = connector.apply(google.change("700"), 5.0)
    assert outcome.landed is Landed.REJECTED
    assert outcome.evidence == {"sent": False}
    assert google.handle.writes == []


def test_a_sign_in_that_cannot_be_reached_is_rejected_because_nothing_was_sent(connect: Build, google: Any) -> None:
    outcome = connect(token_uri="http://127.0.0.1:9/token").apply(google.change("700"), 5.0)
    assert outcome.landed is Landed.REJECTED
    assert outcome.evidence == {"sent": False}
    assert google.handle.writes == []


def test_a_platform_that_cannot_be_reached_is_unknown_since_nobody_can_prove_otherwise(
    connect: Build, google: Any
) -> None:
    outcome = connect(endpoint="localhost:9").apply(google.change("700"), 2.0)
    assert outcome.landed is Landed.UNKNOWN
    assert google.handle.writes == []


def test_a_foreign_edit_at_the_same_moment_shows_in_the_read_back(google: Any) -> None:
    change = another(google)
    google.handle.faults.add("mutate", "foreign_edit", when="after", budget_id="5002", micros=555_000_000)
    assert google.connector.apply(change, 5.0).landed is Landed.APPLIED
    seen = google.connector.read_back(change)
    assert (seen.verdict, seen.value) == (ReadBack.OTHER, Money(Decimal(555), "EUR"))


def test_a_stale_read_shows_the_value_before_until_it_settles(google: Any) -> None:
    change = another(google)
    google.connector.read_back(change)  # the account itself is known after this, so the next read is the budget's
    google.connector.apply(change, 5.0)
    google.handle.faults.add("search", "stale_read")
    assert google.connector.read_back(change).verdict is ReadBack.BEFORE
    assert google.connector.read_back(change).verdict is ReadBack.DESIRED


def test_an_operation_that_fails_rejects_the_whole_request(google: Any) -> None:
    google.handle.faults.add("mutate", "partial_failure", index=0)
    outcome = google.connector.apply(another(google), 5.0)
    assert outcome.landed is Landed.REJECTED
    assert len(google.handle.writes) == 1


def test_with_no_token_left_in_the_bucket_nothing_is_sent(google: Any, handle: Any) -> None:
    limiter = RateLimiter(rate_per_s=0.001, burst=2, write_reserve=1)
    connector = GoogleAdsConnector(google.connector.config, now=handle.market.now, limiter=limiter)
    for _ in range(2):
        assert limiter.take("google_ads", ACCOUNT, "write", 0)
    outcome = connector.apply(google.change("700"), 0.01)
    assert outcome.landed is Landed.REJECTED
    assert handle.writes == []


@pytest.mark.parametrize(
    ("kind", "error"),
    [("permission", Permission), ("unauthenticated", Auth), ("throttled", Throttled), ("unavailable", Transient)],
)
def test_a_dry_run_says_what_to_do_about_a_failure(google: Any, kind: str, error: type[PlatformError]) -> None:
    google.handle.faults.add("validate", kind, times=9, retry_delay=600)
    with pytest.raises(error):
        google.connector.validate(another(google))
    assert google.handle.writes == []


@pytest.mark.parametrize("kind", ["unauthenticated", "permission", "internal", "unavailable", "html", "invalid"])
def test_no_secret_is_in_any_error_outcome_or_traceback(google: Any, kind: str) -> None:
    google.connector.accounts()
    google.handle.faults.add("search", kind, times=9)
    google.handle.faults.add("mutate", kind)
    texts = [repr(google.connector.apply(another(google), 5.0)), repr(google.connector.config)]
    try:
        google.connector.accounts()
    except PlatformError as error:
        texts += [repr(error), "".join(traceback.format_exception(error))]
    assert len(texts) == 4
    assert_clean(texts, google.handle.login.secrets())


@pytest.mark.parametrize("wrong", ["developer_token", "client_secret", "refresh_token"])
def test_a_refused_secret_is_not_repeated(connect: Build, google: Any, wrong: str) -> None:
    canary = "canary-4f9a1c"
    connector = connect(**{wrong: canary})
    texts = [repr(connector.apply(google.change("700"), 5.0))]
    with pytest.raises(Auth) as refused:
        connector.accounts()
    texts += [repr(refused.value), "".join(traceback.format_exception(refused.value))]
    assert_clean(texts, (*google.handle.login.secrets(), canary))


def assert_clean(texts: list[str], secrets: tuple[str, ...]) -> None:
    for text in texts:
        for secret in secrets:
            assert secret not in text
