"""What the platform checks and does when a campaign's or a portfolio strategy's target is mutated.

Read from the shipped protos: fields, masks, error enums, a target ROAS of 0.01 to 1,000, a target CPA of at least the
billable unit. Assumed: that a target CPA is a multiple of it, its maximum, and the order of the checks. Setting the
target of another kind of strategy changes how a campaign bids on the real platform; that is not modelled, and said.
"""

from __future__ import annotations

import re
from typing import Any

from emulators.google_ads.budgets import Wanted, kind_of_operation
from emulators.google_ads.failures import NotModelled, PlatformFailure
from emulators.market.bidding import PATHS, TargetSpec
from emulators.market.campaigns import MICROS
from emulators.market.world import Market

MOST_CPA_MICROS = 10**13
LEAST_ROAS, MOST_ROAS = 0.01, 1000.0


def asked(update: Any) -> int:
    """The value an update carries, in millionths, wherever it keeps it."""
    pb = update._pb
    for path in PATHS.values():
        parent, leaf = path.split(".")
        if pb.HasField(parent) and (value := getattr(getattr(pb, parent), leaf)):
            return int(value) if leaf.endswith("_micros") else round(float(value) * MICROS)
    return 0


def check_operation(market: Market, customer_id: str, operation: Any, index: int) -> Wanted:
    """What the operation would set. Raises PlatformFailure with the operation's index."""
    kind_of_operation(operation, index)
    here = (("operations", index), ("update", None))
    mask = list(operation.update_mask.paths)
    if not mask:
        raise PlatformFailure("field_mask_error", "FIELD_MASK_MISSING", "The field mask must be provided.", path=here)
    target = _target(market, customer_id, operation.update.resource_name, here)
    if len(mask) != 1 or mask[0] not in PATHS.values():
        raise PlatformFailure("mutate_error", "MUTATE_NOT_ALLOWED", f"This emulator does not set {mask}.", path=here)
    if mask != [target.path]:
        if target.owner.startswith("biddingStrategies/"):
            message = "The type of a bidding strategy cannot be changed."
            raise PlatformFailure("bidding_strategy_error", "CANNOT_CHANGE_BIDDING_STRATEGY_TYPE", message, path=here)
        raise NotModelled(f"changing the strategy of {operation.update.resource_name} to that of {mask[0]}")
    micros = asked(operation.update)
    _check_value(market, target, micros, (*here, *((part, None) for part in target.path.split("."))))
    parent, leaf = target.path.split(".")
    shown = {parent: {leaf: micros / MICROS if target.of_roas else micros}}
    return Wanted(lambda m: m.set_target(target.owner, micros, by="api@acme.example"), shown)


def _target(market: Market, customer_id: str, resource: str, here: tuple[tuple[str, int | None], ...]) -> TargetSpec:
    named = re.fullmatch(r"customers/(\d+)/((?:campaigns|biddingStrategies)/\d+)", resource)
    if named is None:
        raise PlatformFailure("request_error", "RESOURCE_NAME_MALFORMED", f"'{resource}' is malformed.", path=here)
    if named[1] == customer_id and (target := market.target_spec(named[2])) is not None:
        return target
    if named[1] == customer_id and any(f"campaigns/{c.id}" == named[2] for c in market.campaigns):
        raise NotModelled(f"a first target for {resource}")
    raise PlatformFailure("mutate_error", "RESOURCE_NOT_FOUND", "Resource was not found.", path=here)


def _check_value(market: Market, target: TargetSpec, micros: int, path: tuple[tuple[str, int | None], ...]) -> None:
    if target.of_roas:
        ratio = micros / MICROS
        if not LEAST_ROAS <= ratio <= MOST_ROAS:
            name = "TOO_LOW" if ratio < LEAST_ROAS else "TOO_HIGH"
            raise PlatformFailure("range_error", name, "Out of range.", path=path, trigger=str(ratio))
        return
    for wrong, name in (
        (micros < market.billable_unit_micros, "BID_TOO_SMALL"),
        (micros > MOST_CPA_MICROS, "BID_TOO_BIG"),
        (micros % market.billable_unit_micros, "BID_TOO_MANY_FRACTIONAL_DIGITS"),
    ):
        if wrong:
            raise PlatformFailure("bidding_error", name, "The bid is not allowed.", path=path, trigger=str(micros))
