"""The two ways to call Slack: patient where repetition does no harm, once where it may."""

from __future__ import annotations

from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from app.slack.deps import SlackDeps


def web_client(deps: SlackDeps) -> WebClient:
    """For calls whose repetition does no harm: it retries a dropped connection and waits out a rate limit."""
    client = posting_client(deps)
    client.retry_handlers = [ConnectionErrorRetryHandler(), RateLimitErrorRetryHandler(max_retry_count=2)]
    return client


def posting_client(deps: SlackDeps, timeout_s: int = 10) -> WebClient:
    """One wire attempt a call: a retried post may double, and a retried update may be out of date."""
    return WebClient(token=deps.token.get_secret_value(), base_url=deps.api_url, timeout=timeout_s, retry_handlers=[])
