"""How the source of an order names an ad platform: one table. A new spelling is one more word in it.

Compared without regard to case, and with ``_`` and ``-`` read as spaces, so ``Google_Ads`` is ``google ads``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "google_ads": ("google", "google ads", "googleads", "adwords", "google adwords", "gads", "youtube"),
    "meta": (
        "meta", "meta ads", "facebook", "facebook ads", "facebook.com", "m.facebook.com", "l.facebook.com",
        "lm.facebook.com", "fb", "fb ads", "fbads", "instagram", "instagram ads", "instagram.com", "l.instagram.com",
        "ig", "an", "msg",  # what Meta's {{site_source_name}} writes: fb, ig, an, msg
    ),
    "microsoft": ("bing", "bing ads", "bing.com", "microsoft", "microsoft ads", "microsoft advertising", "msads"),
    "linkedin": ("linkedin", "linkedin ads", "linkedin.com", "lnkd.in"),
    "tiktok": ("tiktok", "tiktok ads", "tiktok.com"),
}  # fmt: skip
UNPAID = ("organic", "referral", "email", "direct")
"""Media that no ad platform is paid for: ``google / organic`` names none."""

_PLATFORM = {alias: platform for platform, aliases in ALIASES.items() for alias in aliases}


def platform_of(source: str | None) -> str | None:
    """The ad platform that an order's source names; None for any other source, and for none.

    >>> platform_of("Google_Ads"), platform_of("facebook / paid"), platform_of("google / organic")
    ('google_ads', 'meta', None)
    """
    if source is None:
        return None
    parts = [re.sub(r"[_\-\s]+", " ", part).strip() for part in source.casefold().split("/")]
    return None if any(part in UNPAID for part in parts) else _PLATFORM.get(parts[0])
