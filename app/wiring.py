"""The composition root: settings in, working parts out. Nothing is built at import."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from app.redact import secrets_of, without
from app.settings import Settings
from domain.errors import BadInput, NotConfigured
from store.engine import open_engine
from store.migrate import upgrade

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from pydantic import SecretStr

    from agent.activation import ActivationDeps
    from agent.deps import AskDeps, ModelSettings
    from connectors.base import Connector
    from domain.policy import Limits

Clock = Callable[[], datetime]
PLATFORMS = ("google_ads",)
"""The slugs of the platforms there is a connector for, whether or not it is configured."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Settings of this process. Raises BadInput with the setting's name where one is out of range."""
    from pydantic import ValidationError

    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            ": ".join([*(str(where).upper() for where in e["loc"][:1]), e["msg"]]) for e in error.errors()
        )
        raise BadInput(f"settings: {wrong}") from None


def open_store(config: Settings) -> Engine:
    """Open the store, migrated to the newest schema.

    Raises:
        NotConfigured: the database is not there, is no database, or has the schema of a newer build.
    """
    from sqlalchemy.exc import DBAPIError

    engine = open_engine(config.database_url.get_secret_value())
    try:
        upgrade(engine)
    except DBAPIError as error:
        url = engine.url
        where = f"{url.host}:{url.port or 5432}" if url.host else url.database
        said = " ".join(str(error.orig).split())
        raise NotConfigured(f"the database at {where} (DATABASE_URL) cannot be opened: {said}") from None
    return engine


def clock(config: Settings) -> Clock:
    """Business time: the system's, or an emulated market's where ``clock_url`` is set."""
    url = config.clock_url
    if url is None:
        return lambda: datetime.now(UTC)
    if not url.startswith("http://127.0.0.1:"):
        raise NotConfigured(f"CLOCK_URL is for an emulated market on loopback, not {url!r}")

    import json
    import urllib.request

    def market_now() -> datetime:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310  loopback http only, checked above
                return datetime.fromisoformat(json.load(response)["now"])
        except OSError as error:
            raise NotConfigured(f"no emulated market answers at CLOCK_URL {url}: {error}") from None

    return market_now


def checkpointer(config: Settings) -> BaseCheckpointSaver[str]:
    """Checkpoints of the graphs, in the store's database. Open the store first: it creates the file."""
    from store.checkpoints import open_checkpointer

    return open_checkpointer(config.database_url.get_secret_value())


def ask_deps(config: Settings, engine: Engine, now: Clock, saver: BaseCheckpointSaver[str] | None = None) -> AskDeps:
    """The parts of the question graph; without ``openai_api_key`` the rules answer alone."""
    from agent.deps import AskDeps

    return AskDeps(
        engine=engine,
        checkpointer=checkpointer(config) if saver is None else saver,
        now=now,
        timezone=config.timezone,
        week_start=config.week_start_index,
        model=_model(config),
        limits=limits(config),
    )


def _model(config: Settings) -> ModelSettings | None:
    from agent.deps import ModelSettings

    if config.openai_api_key is None or not config.openai_api_key.get_secret_value():
        return None

    @lru_cache(maxsize=1)
    def build() -> BaseChatModel:
        from langchain_openai import ChatOpenAI  # a second and a half: only where a model is asked

        return ChatOpenAI(
            model=config.openai_model,
            api_key=config.openai_api_key,
            base_url=config.openai_base_url,
            timeout=config.openai_timeout_seconds,
            max_retries=0,
            use_responses_api=False,
        )

    return ModelSettings(
        build=build,
        timeout_seconds=config.openai_timeout_seconds,
        max_calls=config.model_max_calls,
        max_tokens=config.model_max_tokens,
    )


def connected(config: Settings) -> tuple[str, ...]:
    """The platforms with a login, told from the settings alone: building a connector takes a second."""
    return PLATFORMS if all(_google_login(config).values()) else ()


def _google_login(config: Settings) -> dict[str, str]:
    return {
        "GOOGLE_ADS_DEVELOPER_TOKEN": _plain(config.google_ads_developer_token),
        "GOOGLE_ADS_CLIENT_ID": config.google_ads_client_id or "",
        "GOOGLE_ADS_CLIENT_SECRET": _plain(config.google_ads_client_secret),
        "GOOGLE_ADS_REFRESH_TOKEN": _plain(config.google_ads_refresh_token),
    }


def connectors(config: Settings) -> dict[str, Connector]:
    """The configured ads platforms by slug; empty where none is. Raises NotConfigured for half a login."""
    login = _google_login(config)
    if not any(login.values()):
        return {}
    if missing := [name for name, value in login.items() if not value]:
        raise NotConfigured(f"Google Ads is half configured; {', '.join(missing)} not set")
    if importlib.util.find_spec("google.ads") is None:
        raise NotConfigured("Google Ads is configured, but its SDK is not installed; install budgeteer[google-ads]")
    from connectors.google_ads import GoogleAdsConfig, GoogleAdsConnector
    from connectors.google_ads.config import DEFAULT_ENDPOINT

    google = GoogleAdsConfig(
        developer_token=login["GOOGLE_ADS_DEVELOPER_TOKEN"],
        client_id=login["GOOGLE_ADS_CLIENT_ID"],
        client_secret=login["GOOGLE_ADS_CLIENT_SECRET"],
        refresh_token=login["GOOGLE_ADS_REFRESH_TOKEN"],
        login_customer_id=_digits(config.google_ads_login_customer_id or "") or None,
        customer_ids=tuple(_digits(part) for part in config.google_ads_customer_ids.split(",") if part.strip()),
        endpoint=config.google_ads_endpoint or DEFAULT_ENDPOINT,
        token_uri=config.google_ads_token_uri,
        ca_file=config.google_ads_ca_file,
    )
    return {GoogleAdsConnector.platform: GoogleAdsConnector(google, now=clock(config))}


def _digits(customer_id: str) -> str:
    """A customer id as the API wants it: Google Ads itself shows 123-456-7890."""
    return customer_id.strip().replace("-", "")


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""


def limits(config: Settings) -> Limits:
    """The policy's limits as configured; what is not a setting keeps its default."""
    from app.policy_calendar import freezes, working_hours
    from domain.policy import Limits

    def fraction(percent: float) -> Decimal:
        return Decimal(str(percent)) / 100

    return Limits(
        warn_step=fraction(config.policy_warn_step_pct),
        max_step=fraction(config.policy_max_step_pct),
        max_raise_24h=fraction(config.policy_max_raise_24h_pct),
        max_cut_24h=fraction(config.policy_max_cut_pct),
        envelope=fraction(config.policy_envelope_pct),
        warn_target_step=fraction(config.policy_warn_target_step_pct),
        max_target_step=fraction(config.policy_max_target_step_pct),
        protection_cut=fraction(config.protection_cut_pct),
        protection_days=config.protection_days,
        frequency_cap=None if config.frequency_cap is None else Decimal(str(config.frequency_cap)),
        expiry_hours=config.approval_expiry_hours,
        working_hours=working_hours(config.approval_working_hours),
        two_people_above_tier=config.two_people_above_tier,
        freezes=freezes(config.policy_freezes, config.timezone),
        solo_mode=config.solo_mode,
    )


def activation_deps(
    config: Settings,
    engine: Engine,
    platforms: Mapping[str, Connector] | None = None,
    saver: BaseCheckpointSaver[str] | None = None,
) -> ActivationDeps:
    """What the executor and the jobs work with. ``saver`` is for the change threads, apart from conversations'."""
    from agent.activation import ActivationDeps

    connected = connectors(config) if platforms is None else platforms
    return ActivationDeps(
        engine,
        connected,
        clock(config),
        limits(config),
        checkpointer=saver,
        redact=partial(without, secrets=secrets_of(config)),
    )
