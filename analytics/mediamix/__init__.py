"""Media mix: what each channel brought, what its next unit brings, and what may be wrong with saying so."""

from analytics.mediamix.adstock import AdstockFamily
from analytics.mediamix.lift import Lift
from analytics.mediamix.mix import media_mix
from analytics.mediamix.result import Channel, Check, Estimate, LaterData, MediaMix, Quality
from analytics.mediamix.saturation import SATURATIONS, SaturationFamily
from analytics.mediamix.series import CARRYOVER, Grain, Series

__all__ = [
    "CARRYOVER", "SATURATIONS", "AdstockFamily", "Channel", "Check", "Estimate", "Grain", "LaterData", "Lift",
    "MediaMix", "Quality", "SaturationFamily", "Series", "media_mix",
]  # fmt: skip
