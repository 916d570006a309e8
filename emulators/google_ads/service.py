"""Search, mutate, list accounts. What can be mutated is in ``mutable``, what goes wrong in the fault script."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import grpc
from google.ads.googleads.v26.errors.types import errors
from google.ads.googleads.v26.services.types import customer_service, google_ads_service
from google.rpc import status_pb2

from emulators.google_ads import budgets, gaql, resources
from emulators.google_ads.failures import NotModelled, PlatformFailure, abort, failure_bytes
from emulators.google_ads.faults import FaultScript
from emulators.google_ads.lag import Lag
from emulators.google_ads.login import Login
from emulators.google_ads.mutable import KINDS, Kind
from emulators.google_ads.proxy import Relay
from emulators.google_ads.strikes import strike
from emulators.market.bidding import PATHS
from emulators.market.world import Market

_FAILURE_TYPE = "type.googleapis.com/google.ads.googleads.v26.errors.GoogleAdsFailure"


@dataclass(slots=True)
class WireWrite:
    """One mutate request that reached the platform with ``validate_only`` off, whatever became of it."""

    at: datetime
    customer_id: str
    operations: tuple[tuple[str, int], ...]  # (resource name, value in millionths)
    request_id: str
    applied: int = 0


class Service:
    """Answers as the platform would, from the market."""

    def __init__(self, market: Market, login: Login, faults: FaultScript, page_rows: int) -> None:
        self.market, self.login, self.faults, self.page_rows = market, login, faults, page_rows
        self.writes: list[WireWrite] = []
        self.queries: list[str] = []
        self.relay: Relay | None = None
        self.lag = Lag()
        self._lock = threading.Lock()

    # --- Search ----------------------------------------------------------------------------------

    def search_stream(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        """Rows in pages; nothing is sent for an empty result but one page without rows."""
        request_id = _new_request_id()
        hit = self.faults.next_call("search")
        self.queries.append(request.query)
        try:
            self.login.check(context, request.customer_id)
            for fault in hit:
                if fault.when == "before":
                    strike(fault, context, request_id, self.market, self.relay)
            query = gaql.parse(request.query)
            found = self._found(request.customer_id, query, stale=any(f.kind == "stale_read" for f in hit))
        except PlatformFailure as failure:
            abort(context, [failure], request_id)
        except NotModelled as gap:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the emulator does not model {gap}")
        _send_request_id(context, request_id)
        pages = [tuple(found[n : n + self.page_rows]) for n in range(0, len(found), self.page_rows)] or [()]
        if any(f.kind == "page_repeated" for f in hit):
            pages.insert(1, pages[0])
        for number, page in enumerate(pages):
            for fault in hit:
                if fault.when == "after" and fault.params.get("pages", 0) == number:
                    strike(fault, context, request_id, self.market, self.relay)
            yield _page(query, page, request_id)

    def _found(self, customer_id: str, query: gaql.Query, *, stale: bool) -> list[resources.Row]:
        if query.resource == "change_event":
            return resources.rows(self.market, customer_id, query, events=self.lag.events_shown())
        targets = any(f.partition(".")[2] in PATHS.values() for f in query.fields)
        if query.resource != "campaign_budget" and not targets:
            return resources.rows(self.market, customer_id, query, stale=stale)
        stale = self.lag.values_are_stale() or stale
        found = resources.rows(self.market, customer_id, query, stale=stale)
        self.lag.after_a_read_of_values()
        return found

    # --- Mutate ----------------------------------------------------------------------------------

    def mutating(self) -> dict[str, Callable[[Any, grpc.ServicerContext], Any]]:
        """What each mutate method of the client does here."""
        return {kind.method: partial(self._mutated, kind) for kind in KINDS}

    def _mutated(self, kind: Kind, request: Any, context: grpc.ServicerContext) -> Any:
        """Check, apply unless ``validate_only``, answer; all or nothing without ``partial_failure``."""
        request_id = _new_request_id()
        hit = self.faults.next_call("validate" if request.validate_only else "mutate")
        write = self._log(kind, request, request_id)
        try:
            self.login.check(context, request.customer_id)
            for fault in hit:
                if fault.kind == "late":
                    reads = fault.params.get("reads", 1)
                    self.lag.hold_back(reads, lambda: self._land(kind, request, request_id, write))
                if fault.when == "before":
                    strike(fault, context, request_id, self.market, self.relay)
            broken = {f.params["index"] for f in hit if f.kind == "partial_failure"}
            response, write.applied = self._mutate(kind, request, request_id, broken)
            for fault in hit:
                if fault.when == "after":
                    strike(fault, context, request_id, self.market, self.relay)
        except PlatformFailure as failure:
            abort(context, [failure], request_id)
        except NotModelled as gap:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"the emulator does not model {gap}")
        _send_request_id(context, request_id)
        return response

    def _land(self, kind: Kind, request: Any, request_id: str, write: WireWrite) -> None:
        try:
            _, write.applied = self._mutate(kind, request, request_id, set())
        except PlatformFailure:
            return  # refused when it arrived; nobody is left to be told

    def _mutate(self, kind: Kind, request: Any, request_id: str, broken: set[int]) -> tuple[Any, int]:
        with self.market.lock:
            budgets.check_request(request)
            checked = [self._check(kind, request, index, broken) for index in range(len(request.operations))]
            failures = [c for c in checked if isinstance(c, PlatformFailure)]
            if failures and not request.partial_failure:
                raise failures[0]
            response = kind.response()
            if failures:
                response.partial_failure_error = _partial(failures, request_id)
            if request.validate_only:
                return response, 0
            events_before = len(self.market.events()) + len(self.market.bid_events())
            full = request.response_content_type.name == "MUTABLE_RESOURCE"
            for operation, wanted in zip(request.operations, checked, strict=True):
                result = kind.result()
                if not isinstance(wanted, PlatformFailure):
                    wanted.apply(self.market)
                    result.resource_name = operation.update.resource_name
                    if full:
                        setattr(result, kind.resource, {"resource_name": result.resource_name, **wanted.shown})
                response.results.append(result)
            self.lag.wrote(events_before)
            return response, len(checked) - len(failures)

    def _check(self, kind: Kind, request: Any, index: int, broken: set[int]) -> budgets.Wanted | PlatformFailure:
        if index in broken:
            here = (("operations", index),)
            return PlatformFailure("database_error", "CONCURRENT_MODIFICATION", "Multiple requests at once.", path=here)
        try:
            return kind.check(self.market, request.customer_id, request.operations[index], index)
        except PlatformFailure as failure:
            return failure

    def _log(self, kind: Kind, request: Any, request_id: str) -> WireWrite:
        wanted = tuple((o.update.resource_name, kind.asked(o.update)) for o in request.operations)
        write = WireWrite(datetime.now(UTC), request.customer_id, wanted, request_id)
        if not request.validate_only:
            with self._lock:
                self.writes.append(write)
        return write

    # --- Accounts --------------------------------------------------------------------------------

    def list_accessible_customers(self, _request: Any, context: grpc.ServicerContext) -> Any:
        """The accounts that the login itself was invited to: here the manager."""
        request_id = _new_request_id()
        hit = self.faults.next_call("list")
        try:
            self.login.check(context, None)
            for fault in hit:
                strike(fault, context, request_id, self.market, self.relay)
        except PlatformFailure as failure:
            abort(context, [failure], request_id)
        _send_request_id(context, request_id)
        return customer_service.ListAccessibleCustomersResponse(resource_names=[f"customers/{self.market.manager_id}"])


def _new_request_id() -> str:
    return secrets.token_urlsafe(16)


def _send_request_id(context: grpc.ServicerContext, request_id: str) -> None:
    context.send_initial_metadata((("request-id", request_id),))
    context.set_trailing_metadata((("request-id", request_id),))


def _partial(failures: list[PlatformFailure], request_id: str) -> status_pb2.Status:
    status = status_pb2.Status(code=3, message="Multiple errors in ‘details’. First error: " + failures[0].message)
    detail = status.details.add()
    detail.type_url, detail.value = _FAILURE_TYPE, failure_bytes(failures, request_id)
    assert errors.GoogleAdsFailure.deserialize(detail.value).errors
    return status


def _page(query: gaql.Query, page: tuple[resources.Row, ...], request_id: str) -> Any:
    response = google_ads_service.SearchGoogleAdsStreamResponse.pb()(request_id=request_id)
    response.field_mask.paths.extend(query.select)
    wanted = {*query.select, f"{query.resource}.resource_name"}
    for row in page:
        target = response.results.add()
        for field in wanted:
            _set(target, field, row[field])
    return response


def _set(message: Any, field: str, value: Any) -> None:
    """Set a dotted field; a dict sets fields below it, a list its items, None leaves it unset."""
    *parents, last = field.split(".")
    for parent in parents:
        message = getattr(message, parent)
    if isinstance(value, dict):
        for below, each in value.items():
            _set(getattr(message, last), below, each)
    elif isinstance(value, list):
        kind = message.DESCRIPTOR.fields_by_name[last].enum_type
        items = value if kind is None else [kind.values_by_name[each].number for each in value]
        getattr(message, last).extend(items)
    elif value is not None:
        described = message.DESCRIPTOR.fields_by_name.get(last) or message.DESCRIPTOR.fields_by_name[f"{last}_"]
        if described.enum_type is not None:
            value = described.enum_type.values_by_name[value].number
        setattr(message, described.name, value)
