"""What people call platforms, placements and types of campaigns."""

from __future__ import annotations

PLATFORM_WORDS: dict[str, tuple[str, ...]] = {
    "google_ads": ("google ads", "google adwords", "adwords", "google", "gads", "google ad", "goog", "ggl"),
    "meta": ("meta ads", "meta", "facebook ads", "facebook", "fb ads", "fb", "metas"),
    "tiktok": ("tiktok ads", "tiktok", "tik tok"),
    "linkedin": ("linkedin ads", "linkedin"),
    "microsoft": ("microsoft ads", "microsoft advertising", "bing ads", "bing", "microsoft"),
    "pinterest": ("pinterest ads", "pinterest"),
    "snapchat": ("snapchat ads", "snapchat", "snap"),
    "x": ("twitter ads", "twitter", "x ads"),
    "reddit": ("reddit ads", "reddit"),
    "amazon_ads": ("amazon ads", "amazon"),
    "apple_search_ads": ("apple search ads",),
    "criteo": ("criteo",),
    "taboola": ("taboola",),
    "outbrain": ("outbrain",),
    "dv360": ("dv360",),
    "spotify": ("spotify",),
    "ga4": ("ga4", "google analytics"),
    "email": ("email", "emails", "newsletter", "klaviyo", "mailchimp"),
    "seo": ("seo", "organic search", "organic"),
    "affiliate": ("affiliate", "affiliates"),
}

# A placement that the data do not split out: answered for the platform, and said so.
PLACEMENT_WORDS = {"instagram": "meta", "insta": "meta", "ig": "meta"}

# What people call a campaign type, by the words its campaigns may carry; the first that any campaign has is meant.
CAMPAIGN_NICKNAMES: dict[str, tuple[str, ...]] = {
    "pmax": ("pmax", "performance max", "cross network"),
    "performance max": ("performance max", "pmax", "cross network"),
    "p max": ("pmax", "performance max", "cross network"),
    "perf max": ("performance max", "pmax", "cross network"),
    "yt": ("youtube", "video"),
    "gdn": ("display",),
    "sem": ("search",),
    "paid search": ("search",),
}
