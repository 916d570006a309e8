"""Google Ads behind the port: reads may be tried again, a write is one attempt."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

from connectors.base import (
    BidState,
    BudgetState,
    Capabilities,
    ForeignChange,
    Observation,
    PlatformAccount,
    ReadBack,
    ReportPage,
    ReportQuery,
    Validation,
    WriteOutcome,
)
from connectors.errors import Invalid, PlatformError, SchemaDrift, Throttled, Transient
from connectors.google_ads import accounts, bids, budgets, history, report, write
from connectors.google_ads.accounts import Search
from connectors.google_ads.client import Client, NotSent
from connectors.google_ads.config import PLATFORM, GoogleAdsConfig
from connectors.google_ads.errors import as_error, describe
from connectors.ratelimit import RateLimiter
from domain.account_change import AccountChange
from domain.errors import BudgeteerError
from domain.ratio import Amount
from domain.recommendation import Change

READ_ATTEMPTS = 3
LONGEST_WAIT_S = 30.0  # a server that asks for more is told to the caller instead
SETTLE_S, SETTLE_EMULATED_S = 5.0, 0.2
HISTORY_S = 180.0  # the platform says that change events appear within three minutes
_ODD = (BudgeteerError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError)  # from an unknown form
_BUDGET_NAME = re.compile(r"customers/(\d{10})/campaignBudgets/\d+", re.ASCII)
T = TypeVar("T")


class GoogleAdsConnector:
    """``connectors.base.Connector`` for Google Ads. Thread-safe; raises only ``PlatformError``."""

    platform = PLATFORM

    def __init__(
        self,
        config: GoogleAdsConfig,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        limiter: RateLimiter | None = None,
    ) -> None:
        self.config = config
        emulated = config.on_loopback
        self.capabilities = Capabilities(
            dry_run=True,
            partial_failure=True,
            asynchronous_reports=False,
            settle_seconds=SETTLE_EMULATED_S if emulated else SETTLE_S,
            history_seconds=0.0 if emulated else HISTORY_S,
        )
        self._client = Client(config)
        self._now, self._sleep = now, sleep
        self._limiter = limiter or RateLimiter(sleep=sleep)
        self._lock = threading.Lock()
        self._known: dict[str, tuple[PlatformAccount, int]] = {}

    # --- Reading -------------------------------------------------------------------------------

    def accounts(self) -> tuple[PlatformAccount, ...]:
        with _in_known_form():
            if self.config.customer_ids:
                return accounts.named(self._search, self.config.customer_ids)
            login = self.config.login_customer_id
            roots = [login] if login else self._retried(self._client.accessible_customers)
            return accounts.reachable(self._search, roots)

    def report(self, query: ReportQuery) -> Iterator[ReportPage]:
        """Tried again until the first page is there; from then on a break raises Transient."""

        page: ReportPage | None

        def begin() -> tuple[ReportPage, Iterator[ReportPage]]:
            pages = report.pages(self._responses(query.account, report.query_text(query), self.config.read_timeout_s))
            return next(pages), pages

        with _in_known_form():
            page, rest = self._retried(begin)
        while page is not None:
            yield page
            with _in_known_form():
                page = next(rest, None)

    def budgets(self, account: str) -> tuple[BudgetState, ...]:
        with _in_known_form():
            about, unit = self._about(account)
            return budgets.read(self._search, about, unit, self._now())

    def state(self, account: str, entity: str) -> BudgetState:
        _check_entity(account, entity)
        with _in_known_form():
            about, unit = self._about(account)
            found = budgets.read(self._search, about, unit, self._now(), entity)
        if not found:
            raise Invalid(f"Google Ads has no budget {entity!r} in account {account}", field="entity")
        return found[0]

    def bids(self, account: str) -> tuple[BidState, ...]:
        with _in_known_form():
            about, unit = self._about(account)
            return bids.read(self._search, about, unit, self._now())

    def bid_state(self, account: str, entity: str) -> BidState:
        _check_entity(account, entity, bids.ENTITY)
        with _in_known_form():
            about, unit = self._about(account)
            return bids.one(self._search, about, unit, self._now(), entity)

    def recent_changes(self, account: str, entity: str, since: datetime) -> tuple[ForeignChange, ...]:
        of_bids = bids.ENTITY.fullmatch(entity) is not None
        _check_entity(account, entity, bids.ENTITY if of_bids else _BUDGET_NAME)
        with _in_known_form():
            if of_bids:
                return bids.changes(self._search, self._about(account)[0], entity, since, self._now())
            return budgets.changes(self._search, self._about(account)[0], entity, since, self._now())

    def account_changes(self, account: str, since: datetime) -> tuple[AccountChange, ...]:
        with _in_known_form():
            return history.read(self._search, self._about(account)[0], since, self._now())

    def read_back(self, change: Change) -> Observation:
        _check_change(change)
        value: Amount
        with _in_known_form():
            about = self._about(change.account)[0]
            if change.of_target:
                _, value = bids.path_and_value(self._search, about, change.entity, change.field)
            else:
                value = budgets.amount(self._search, about, change.entity)
        verdict = {change.after: ReadBack.DESIRED, change.before: ReadBack.BEFORE}.get(value, ReadBack.OTHER)
        return Observation(verdict, value, self._now())

    # --- Writing -------------------------------------------------------------------------------

    def validate(self, change: Change) -> Validation:
        _check_change(change)
        with _in_known_form():
            about, _unit = self._about(change.account)
        if change.field != "target_roas" and about.currency != change.after.currency:
            raise Invalid(
                f"account {about.name} is kept in {about.currency}, not {change.after.currency}", field="after"
            )
        path = self._path(change, self._search)
        self._retried(lambda: self._dry_run(change, path))
        return Validation.PLATFORM

    def apply(self, change: Change, deadline_s: float) -> WriteOutcome:
        """A target's write is addressed to the kind of strategy that owns it, so that is read first, once: sent to
        another kind, the same value would change how the campaign bids."""
        until = time.monotonic() + deadline_s
        try:
            _check_change(change)
            path = self._path(change, lambda account, query: self._search_once(account, query, deadline_s / 2))
        except PlatformError as wrong:
            return write.not_sent(str(wrong))
        if not self._limiter.take(PLATFORM, change.account, "write", until - time.monotonic()):
            return write.not_sent("too many calls just now")
        return write.apply(self._client, change, path, until - time.monotonic())

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    # --- Below: one call, and calls that may be tried again --------------------------------------

    def _about(self, account: str) -> tuple[PlatformAccount, int]:
        """An account and its billable unit; neither changes in an account's life."""
        with self._lock:
            known = self._known.get(account)
        if known is None:
            (about,) = accounts.named(self._search, [account])
            known = (about, accounts.billable_unit(self._search, about))
            with self._lock:
                self._known[account] = known
        return known

    def _search(self, customer_id: str, query: str) -> list[Any]:
        timeout_s = self.config.lookup_timeout_s
        return self._retried(
            lambda: [row for page in self._responses(customer_id, query, timeout_s) for row in page.results]
        )

    def _responses(self, customer_id: str, query: str, timeout_s: float) -> Iterator[Any]:
        if not self._limiter.take(PLATFORM, customer_id, "read", LONGEST_WAIT_S):
            raise Throttled("too many reads of this account just now")
        return self._client.search(customer_id, query, timeout_s)

    def _search_once(self, customer_id: str, query: str, timeout_s: float) -> list[Any]:
        """A read that is not tried again, for the time just before a write."""
        if not self._limiter.take(PLATFORM, customer_id, "read", timeout_s):
            raise Throttled("too many reads of this account just now")
        return [row for page in self._client.search(customer_id, query, timeout_s) for row in page.results]

    def _path(self, change: Change, search: Search) -> str:
        """Where on the platform the value is kept. Raises Invalid where it is kept nowhere (any more)."""
        if not change.of_target:
            return write.BUDGET_PATH
        with _in_known_form():
            path, _ = bids.path_and_value(search, self._about(change.account)[0], change.entity, change.field)
        if path is None:
            raise Invalid(f"{change.entity_name} does not bid for a {change.called} any more", field="field")
        return path

    def _dry_run(self, change: Change, path: str) -> None:
        timeout = self.config.lookup_timeout_s
        problem: PlatformError
        try:
            self._client.mutate(write.kind_of(change), write.request(change, path, validate_only=True), timeout)
            return
        except NotSent as refused:
            problem = refused.error
        except Exception as error:
            problem = as_error(describe(error, self._client.secrets()))
        raise problem

    def _retried(self, call: Callable[[], T]) -> T:
        from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

        jitter = wait_random_exponential(multiplier=0.2, max=5)

        def wait(state: Any) -> float:
            error = state.outcome.exception()
            asked = error.retry_after if isinstance(error, Throttled) else None
            return float(asked if asked is not None else jitter(state))

        attempts = Retrying(
            stop=stop_after_attempt(READ_ATTEMPTS),
            wait=wait,
            retry=retry_if_exception(_worth_another_try),
            sleep=self._sleep,
            reraise=True,
        )
        return attempts(call)


@contextmanager
def _in_known_form() -> Iterator[None]:
    """Whatever reading an answer raises beyond PlatformError means that its form is not the one we know."""
    try:
        yield
    except PlatformError:
        raise
    except _ODD as error:
        raise SchemaDrift(f"Google Ads answered in a form not known here ({type(error).__name__})") from error


def _worth_another_try(error: BaseException) -> bool:
    if isinstance(error, Throttled):
        return (error.retry_after or 0) <= LONGEST_WAIT_S
    return isinstance(error, Transient)


def _check_entity(account: str, entity: str, form: re.Pattern[str] = _BUDGET_NAME) -> None:
    named = form.fullmatch(entity)
    if named is None or named[1] != account:
        what = "campaign budget" if form is _BUDGET_NAME else "campaign or bidding strategy"
        raise Invalid(f"{entity!r} is not a {what} of account {account!r}", field="entity")


def _check_change(change: Change) -> None:
    if change.platform != PLATFORM:
        raise Invalid(f"{change.field} on {change.platform} is not a change of Google Ads", field="field")
    _check_entity(change.account, change.entity, bids.ENTITY if change.of_target else _BUDGET_NAME)
