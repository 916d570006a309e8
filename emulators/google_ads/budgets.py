"""What the platform checks and does when budgets are mutated.

Read from the shipped protos: fields, masks and error enums. Assumed: a minimum of about one euro a
day in each currency, a maximum of a billion, and the order in which checks are made.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulators.google_ads.failures import PlatformFailure
from emulators.market.world import Market

MAX_OPERATIONS = 10_000
MINIMUM_MICROS = {"EUR": 1_000_000, "USD": 1_000_000, "GBP": 1_000_000, "JPY": 100_000_000, "SEK": 10_000_000}
MAXIMUM_MICROS = 10**15
_UPDATABLE = {"amount_micros", "total_amount_micros", "name", "explicitly_shared", "delivery_method"}


def check_request(request: Any) -> None:
    """Raise what concerns the request as a whole."""
    if not request.operations:
        raise _request("REQUIRED_FIELD_MISSING", "The required field was not present.", "operations")
    if len(request.operations) > MAX_OPERATIONS:
        raise _request("TOO_MANY_MUTATE_OPERATIONS", "Too many mutate operations.", "operations")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a checked operation does to the market, and how the platform shows it afterwards."""

    apply: Callable[[Market], None]
    shown: dict[str, Any]


def check_operation(market: Market, customer_id: str, operation: Any, index: int) -> Wanted:
    """What the operation would set. Raises PlatformFailure with the operation's index."""
    kind_of_operation(operation, index)
    budget_id, micros = _check_update(market, customer_id, operation, index), operation.update.amount_micros
    return Wanted(lambda m: m.set_budget(budget_id, micros, by="api@acme.example"), {"amount_micros": micros})


def kind_of_operation(operation: Any, index: int) -> None:
    """Refuse whatever is not an update."""
    kind = operation._pb.WhichOneof("operation")
    here = (("operations", index),)
    if kind is None:
        raise PlatformFailure("request_error", "OPERATION_REQUIRED", "An operation is required.", path=here)
    if kind != "update":
        raise PlatformFailure("mutate_error", "MUTATE_NOT_ALLOWED", f"This emulator does not {kind}.", path=here)


def _check_update(market: Market, customer_id: str, operation: Any, index: int) -> str:
    budget, mask = operation.update, list(operation.update_mask.paths)
    here = (("operations", index), ("update", None))
    if not mask:
        raise PlatformFailure("field_mask_error", "FIELD_MASK_MISSING", "The field mask must be provided.", path=here)
    for path in mask:
        if path not in _UPDATABLE:
            raise PlatformFailure("field_mask_error", "FIELD_NOT_FOUND", f"The field mask has '{path}'.", path=here)
    named = re.fullmatch(r"customers/(\d+)/campaignBudgets/(\d+)", budget.resource_name)
    if named is None:
        raise PlatformFailure(
            "request_error", "RESOURCE_NAME_MALFORMED", f"'{budget.resource_name}' is malformed.", path=here
        )
    spec = market.budget_spec(named[2])
    if named[1] != customer_id or spec is None:
        raise PlatformFailure("mutate_error", "RESOURCE_NOT_FOUND", "Resource was not found.", path=here)
    if spec.id in market.removed:
        raise _amount("CAMPAIGN_BUDGET_REMOVED", "The requested campaign budget no longer exists.", index)
    if mask != ["amount_micros"]:
        raise PlatformFailure("mutate_error", "MUTATE_NOT_ALLOWED", f"This emulator does not set {mask}.", path=here)
    _check_amount(market, budget.amount_micros, index)
    return spec.id


def _check_amount(market: Market, micros: int, index: int) -> None:
    if micros < 0:
        raise _amount("NEGATIVE_MONEY_AMOUNT", "A money amount was negative.", index, micros)
    if micros > MAXIMUM_MICROS:
        raise _amount("MONEY_AMOUNT_TOO_LARGE", "A money amount was greater than the maximum allowed.", index, micros)
    if micros % market.billable_unit_micros:
        name = "NON_MULTIPLE_OF_MINIMUM_CURRENCY_UNIT"
        raise _amount(name, "A money amount was not a multiple of a minimum unit.", index, micros)
    minimum = max(MINIMUM_MICROS.get(market.currency, 0), market.billable_unit_micros)
    if micros < minimum:
        details = {
            "currency_code": market.currency,
            "budget_per_day_minimum_micros": minimum,
            "minimum_budget_amount_micros": minimum,
            "failed_budget_amount_micros": micros,
        }
        message = "Budget amount must be above this campaign's per-day minimum."
        raise _amount(
            "BUDGET_BELOW_PER_DAY_MINIMUM", message, index, micros, budget_per_day_minimum_error_details=details
        )


def _amount(name: str, message: str, index: int, micros: int | None = None, **details: Any) -> PlatformFailure:
    return PlatformFailure(
        "campaign_budget_error", name, message,
        path=(("operations", index), ("update", None), ("amount_micros", None)),
        trigger=None if micros is None else str(micros), details=details,
    )  # fmt: skip


def _request(name: str, message: str, field: str) -> PlatformFailure:
    return PlatformFailure("request_error", name, message, path=((field, None),))
