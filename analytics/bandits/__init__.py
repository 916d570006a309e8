"""Which of several creatives or audiences should be shown more, while it is still being learned.

``rewards`` matures what was counted, ``posterior`` says what is known of each arm, ``thompson`` and ``ucb`` turn it
into shares of the next impressions with an exploration floor, ``offpolicy`` says what another policy would have earned
on the days that were logged. What these shares did is not an A/B test: they depend on the outcomes themselves.
"""

from __future__ import annotations

from analytics.bandits.offpolicy import Estimate, Log, evaluate, expected_rewards
from analytics.bandits.posterior import Posterior
from analytics.bandits.rewards import Matured, mature, means
from analytics.bandits.shares import Shares
from analytics.bandits.thompson import thompson
from analytics.bandits.ucb import ucb

__all__ = [
    "Estimate", "Log", "Matured", "Posterior", "Shares", "evaluate", "expected_rewards", "mature", "means", "thompson",
    "ucb",
]  # fmt: skip
