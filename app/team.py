"""What a team is, as ``budgeteer init`` asks it or reads it: accounts, approvers, targets, files, channels."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app import importing, wiring
from domain.errors import BadInput
from domain.money import exponent
from domain.window import checked_zone
from store import channels
from store.approvers import HIGHEST_TIER

PLATFORMS = tuple(sorted({*importing.PLATFORMS, *wiring.PLATFORMS}))
WEEK_STARTS = ("monday", "sunday")


def checked_platform(slug: str) -> str:
    """A platform whose exports are read or whose API is. Raises BadInput with those there are."""
    if slug not in PLATFORMS:
        raise BadInput(f"there is no platform {slug!r}; use {', '.join(PLATFORMS)}")
    return slug


def checked_currency(code: str) -> str:
    """An ISO 4217 code, in capitals. Raises UnknownCurrency."""
    code = code.strip().upper()
    exponent(code)
    return code


def checked_country(code: str) -> str:
    """An ISO 3166 code whose holidays are known. Raises BadInput."""
    from holidays import list_supported_countries

    code = code.strip().upper()
    if code not in list_supported_countries(include_aliases=False):
        raise BadInput(f"{code!r} is no country whose holidays are known; use its ISO 3166 code, such as DE, US or GB")
    return code


def checked_user(user: str) -> str:
    """A Slack member id. Raises BadInput: an approver who cannot press a button would block every change."""
    if not re.fullmatch(r"[UW][A-Z0-9]+", user):
        raise BadInput(f"{user!r} is not a Slack member id; it begins with U or W, such as U012AB3CD (in the profile)")
    return user


def checked_month(text: str) -> str:
    """``2024-06``. Raises BadInput."""
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", text):
        raise BadInput(f"{text!r} is not a month; write YYYY-MM, such as 2024-06")
    return text


def checked_hour(text: str) -> str:
    """``08:00``. Raises BadInput: a digest comes at a full hour."""
    if not re.fullmatch(r"([01]?\d|2[0-3]):00", text):
        raise BadInput(f'{text!r} is not a full hour of the day; write it as "08:00", in quotes')
    return text


def _told(check: Callable[[str], str]) -> AfterValidator:
    """The check as pydantic wants it: its reason becomes one fault among those of the file."""

    def checked(value: str) -> str:
        try:
            return check(value)
        except BadInput as error:
            raise ValueError(str(error)) from None

    return AfterValidator(checked)


Platform = Annotated[str, _told(checked_platform)]
Currency = Annotated[str, _told(checked_currency)]
Zone = Annotated[str, _told(checked_zone)]
Country = Annotated[str, _told(checked_country)]
User = Annotated[str, _told(checked_user)]
Month = Annotated[str, _told(checked_month)]
ChannelId = Annotated[str, _told(channels.checked_channel)]
Hour = Annotated[str, _told(checked_hour)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Tier = Annotated[int, Field(ge=1, le=HIGHEST_TIER)]


class Part(BaseModel):
    """Base of every part: unknown fields are refused, nothing is turned into another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AccountPart(Part):
    """An account as it stands in questions."""

    name: Name
    platform: Platform
    currency: Currency
    timezone: Zone
    week_start: Literal["monday", "sunday"] | None = None
    country: Country | None = None


class ApproverPart(Part):
    """Who may approve, up to a tier; for all accounts where none is named."""

    user: User
    tier: Tier = HIGHEST_TIER
    accounts: list[Name] = []


class RemovedApprover(Part):
    """Whose right is taken away; for all accounts where none is named."""

    user: User
    accounts: list[Name] = []


class TargetPart(Part):
    """A line of the plan: what an account may spend in a month, and what it should return."""

    account: Name
    month: Month
    pool: str = ""
    budget: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    roas: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    cpa: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    margin: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> TargetPart:
        if self.budget is self.roas is self.cpa is self.margin is None:
            raise ValueError("a target needs one of budget, roas, cpa, margin")
        return self


class FilePart(Part):
    """An export to load, found beside the YAML file."""

    file: Annotated[str, Field(min_length=1)]
    account: Name
    dates: Literal["ymd", "dmy", "mdy"] | None = None
    decimal: Literal["point", "comma"] | None = None


class DigestPart(Part):
    """When a channel's digest comes."""

    at: Hour = "08:00"
    timezone: Zone | None = None
    weekdays_only: bool = True


class ChannelPart(Part):
    """A Slack channel, the accounts it sees and its digest."""

    id: ChannelId
    accounts: Annotated[list[Name], Field(min_length=1)]
    digest: DigestPart | None = None


class Team(Part):
    """Everything that ``budgeteer init`` sets up. No secret belongs here: those are settings of the environment."""

    accounts: list[AccountPart] = []
    approvers: list[ApproverPart] = []
    remove_approvers: list[RemovedApprover] = []
    targets: list[TargetPart] = []
    plan: str | None = None
    files: list[FilePart] = []
    channels: list[ChannelPart] = []

    @model_validator(mode="after")
    def _consistent(self) -> Team:
        names = [a.name.casefold() for a in self.accounts]
        if twice := [a.name for n, a in enumerate(self.accounts) if names.index(a.name.casefold()) != n]:
            raise ValueError(f"two accounts are called {twice[0]!r}; give each a name of its own")
        if self.plan is not None and self.targets:
            raise ValueError("give either targets or a plan file: a plan replaces the lines of its months")
        return self
