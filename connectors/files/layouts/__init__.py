"""What platforms call their columns: a table. A new language or platform is new data here, never a new branch.

Headers are compared whole, without regard to case, spacing and underscores, so ``Avg. cost`` is never ``Cost``. Of a
field's names the first one present wins: ``Campaign`` before ``Campaign type``.
"""

from __future__ import annotations

from connectors.files.layouts.base import COUNTS, FIGURES, MONEY, PEOPLE, Field, Layout
from connectors.files.layouts.ga4 import GA4
from connectors.files.layouts.generic import GENERIC
from connectors.files.layouts.google_ads import GOOGLE_ADS
from connectors.files.layouts.linkedin import LINKEDIN
from connectors.files.layouts.meta import META
from connectors.files.layouts.microsoft import MICROSOFT
from connectors.files.layouts.signs import SYMBOLS
from connectors.files.layouts.tiktok import TIKTOK
from connectors.files.layouts.words import CAMPAIGN_IDS, FINER, PERIODS, TOTAL_LABELS, TOTAL_STARTS, UNSURE

__all__ = [
    "CAMPAIGN_IDS", "COUNTS", "FIGURES", "FINER", "LAYOUTS", "MONEY", "PEOPLE", "PERIODS", "SYMBOLS", "TOTAL_LABELS",
    "TOTAL_STARTS", "UNSURE", "Field", "Layout",
]  # fmt: skip

LAYOUTS: dict[str, Layout] = {
    layout.platform: layout for layout in (GOOGLE_ADS, META, MICROSOFT, LINKEDIN, TIKTOK, GA4, GENERIC)
}
