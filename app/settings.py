"""Every setting, once. Read from the environment and from ``.env``; `.env.example` explains each."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.policy_calendar import freezes, working_hours
from domain.errors import BadInput
from domain.window import checked_zone


class Settings(BaseSettings):
    """What a deployment may set. Nothing is required for the command line on embedded defaults."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    # The store and how days are counted
    database_url: SecretStr = SecretStr("sqlite:///var/budgeteer.db")
    timezone: str = "UTC"
    week_start: Literal["monday", "sunday"] = "monday"
    clock_url: str | None = None  # business time from an emulated market; never set in production

    # The model planner; without a key the rules planner answers
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    openai_model: str = "gpt-5-mini"
    openai_timeout_seconds: float = Field(20.0, gt=0, le=600, allow_inf_nan=False)
    model_max_calls: int = Field(4, ge=1, le=20)
    model_max_tokens: int = Field(30_000, ge=500)

    # Slack: over signed HTTP, or in Socket Mode where there is an app token
    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None  # xapp-...: Socket Mode, which needs neither secret nor address
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    http_host: str = "127.0.0.1"
    http_port: int = Field(3000, ge=0, le=65535)

    # Sheets published as CSV
    sources_allow_loopback: bool = False  # for tests on this machine; never set in production

    # What came of applied changes
    promises_across_accounts: bool = (
        False  # compare with other accounts of the change's channel, where its own has none
    )

    # Google Ads
    google_ads_developer_token: SecretStr | None = None
    google_ads_client_id: str | None = None
    google_ads_client_secret: SecretStr | None = None
    google_ads_refresh_token: SecretStr | None = None
    google_ads_login_customer_id: str | None = None
    google_ads_customer_ids: str = ""  # comma separated; empty: every account the login can reach
    google_ads_endpoint: str | None = None  # host:port of an emulator
    google_ads_token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address, not a secret
    google_ads_ca_file: Path | None = None  # the emulator's own certificate

    # Approval: defaults of `domain.policy`
    policy_max_step_pct: float = Field(50.0, gt=0, le=1000, allow_inf_nan=False)
    policy_warn_step_pct: float = Field(20.0, gt=0, le=1000, allow_inf_nan=False)
    policy_max_raise_24h_pct: float = Field(100.0, gt=0, le=1000, allow_inf_nan=False)
    policy_max_cut_pct: float = Field(80.0, gt=0, le=100, allow_inf_nan=False)
    policy_envelope_pct: float = Field(20.0, ge=0, le=1000, allow_inf_nan=False)
    policy_warn_target_step_pct: float = Field(15.0, gt=0, le=100, allow_inf_nan=False)
    policy_max_target_step_pct: float = Field(30.0, gt=0, le=100, allow_inf_nan=False)
    protection_cut_pct: float = Field(20.0, gt=0, le=50, allow_inf_nan=False)
    protection_days: int = Field(14, ge=10, le=60)
    frequency_cap: float | None = Field(None, gt=1, le=100, allow_inf_nan=False)  # a person a day; None: no cap
    policy_freezes: str = ""
    approval_expiry_hours: float = Field(24.0, gt=0, le=720, allow_inf_nan=False)
    approval_working_hours: str = "9-17"  # any: plain hours
    two_people_above_tier: int = Field(2, ge=0, le=2)
    solo_mode: bool = False  # one person may approve what they edited themselves

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            return checked_zone(value)
        except BadInput as error:
            raise ValueError(str(error)) from None

    @model_validator(mode="after")
    def _readable(self) -> Settings:
        """Read what is text here once at load, so that a typing error is not met first by an approval."""
        working_hours(self.approval_working_hours)
        freezes(self.policy_freezes, self.timezone)
        return self

    @property
    def week_start_index(self) -> int:
        """0 for Monday, 6 for Sunday, as ``date.weekday`` counts."""
        return {"monday": 0, "sunday": 6}[self.week_start]
