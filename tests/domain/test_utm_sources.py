"""An order's source names an ad platform in many spellings, and in unpaid ones not at all."""

from __future__ import annotations

import pytest

from domain.utm_sources import ALIASES, platform_of


def test_no_spelling_names_two_platforms_and_each_is_written_as_it_is_compared() -> None:
    every = [alias for aliases in ALIASES.values() for alias in aliases]
    assert len(set(every)) == len(every)
    assert all(platform_of(alias) == platform for platform, aliases in ALIASES.items() for alias in aliases)


@pytest.mark.parametrize(
    ("source", "platform"),
    [("Google_Ads / cpc", "google_ads"), ("facebook-ads", "meta"), ("IG", "meta"), ("Bing / cpc", "microsoft"),
     ("google / organic", None), ("facebook.com / referral", None), ("newsletter", None), ("", None), (None, None),
     ("googler", None)],
)  # fmt: skip
def test_a_source_is_compared_whole(source: str | None, platform: str | None) -> None:
    assert platform_of(source) == platform
