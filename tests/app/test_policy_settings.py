"""The settings of the policy: what limits nothing is refused at load, and what is written reaches the limits."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from app import wiring
from app.settings import Settings
from domain.errors import BadInput
from domain.policy import Freeze, Limits

FIGURES = [
    "POLICY_MAX_STEP_PCT", "POLICY_WARN_STEP_PCT", "POLICY_MAX_RAISE_24H_PCT", "POLICY_MAX_CUT_PCT",
    "POLICY_ENVELOPE_PCT", "APPROVAL_EXPIRY_HOURS",
]  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("written", ["inf", "-inf", "nan", "1e308", "-1", "1000.01"])
def test_a_figure_that_limits_nothing_is_refused_at_load(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(name, written)
    with pytest.raises(ValidationError):
        Settings(_env_file=None)


def test_a_refused_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring.settings.cache_clear()
    monkeypatch.setenv("POLICY_ENVELOPE_PCT", "inf")
    with pytest.raises(BadInput, match=r"POLICY_ENVELOPE_PCT: .*finite"):
        wiring.settings()


def test_the_settings_without_a_word_are_the_policys_own_defaults() -> None:
    assert wiring.limits(Settings(_env_file=None)) == Limits()


def test_what_is_set_reaches_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, written in {
        "POLICY_MAX_CUT_PCT": "60", "POLICY_MAX_RAISE_24H_PCT": "75", "TWO_PEOPLE_ABOVE_TIER": "1",
        "APPROVAL_WORKING_HOURS": "8 - 18", "TIMEZONE": "Europe/Berlin",
        "POLICY_FREEZES": "2026-11-27/2026-12-01 Black Friday; 2026-12-24 Christmas",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, written)
    limits = wiring.limits(Settings(_env_file=None))
    assert (limits.max_cut_24h, limits.max_raise_24h) == (Decimal("0.6"), Decimal("0.75"))
    assert (limits.two_people_above_tier, limits.working_hours) == (1, (8, 18))
    zone = ZoneInfo("Europe/Berlin")
    assert limits.freezes == (
        Freeze(datetime(2026, 11, 27, tzinfo=zone), datetime(2026, 12, 2, tzinfo=zone), "Black Friday"),
        Freeze(datetime(2026, 12, 24, tzinfo=zone), datetime(2026, 12, 25, tzinfo=zone), "Christmas"),
    )


def test_any_working_hours_mean_plain_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPROVAL_WORKING_HOURS", "any")
    assert wiring.limits(Settings(_env_file=None)).working_hours is None


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("APPROVAL_WORKING_HOURS", "17-9"), ("APPROVAL_WORKING_HOURS", "9-25"), ("APPROVAL_WORKING_HOURS", "always"),
        ("POLICY_FREEZES", "Black Friday"), ("POLICY_FREEZES", "2026-12-01/2026-11-27 Black Friday"),
        ("POLICY_FREEZES", "2026-02-30 Leap"), ("POLICY_FREEZES", "2026-11-27"), ("TWO_PEOPLE_ABOVE_TIER", "3"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_at_load(monkeypatch: pytest.MonkeyPatch, name: str, written: str) -> None:
    monkeypatch.setenv(name, written)
    with pytest.raises(ValidationError, match=name if name != "TWO_PEOPLE_ABOVE_TIER" else "less than or equal to 2"):
        Settings(_env_file=None)


@pytest.mark.parametrize("figure", [Decimal("nan"), Decimal("inf"), Decimal(-1)])
def test_limits_themselves_are_finite_and_not_negative(figure: Decimal) -> None:
    with pytest.raises(BadInput, match="limits nothing"):
        Limits(max_step=figure)
