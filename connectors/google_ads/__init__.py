"""Google Ads through its own client (API v26)."""

from connectors.google_ads.config import GoogleAdsConfig
from connectors.google_ads.connector import GoogleAdsConnector

__all__ = ["GoogleAdsConfig", "GoogleAdsConnector"]
