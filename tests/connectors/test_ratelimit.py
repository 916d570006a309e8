"""The bucket holds its rate and keeps a reserve for writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ratelimit import RateLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def limiter(clock: Clock, rate: float = 1.0, burst: float = 5.0, reserve: float = 2.0) -> RateLimiter:
    return RateLimiter(rate, burst, reserve, monotonic=clock, sleep=clock.sleep)


def test_reads_leave_the_reserve_to_writes() -> None:
    bucket = limiter(Clock())
    assert [bucket.take("p", "a", "read", 0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take("p", "a", "write", 0) for _ in range(3)] == [True, True, False]


def test_accounts_and_platforms_have_buckets_of_their_own() -> None:
    bucket = limiter(Clock(), burst=3)
    assert bucket.take("p", "a", "read", 0)
    assert not bucket.take("p", "a", "read", 0)
    assert bucket.take("p", "b", "read", 0)
    assert bucket.take("q", "a", "read", 0)


def test_a_caller_waits_as_long_as_needed_but_not_longer_than_it_said() -> None:
    clock = Clock()
    bucket = limiter(clock, rate=0.5, burst=3)
    assert bucket.take("p", "a", "read", 0)
    assert not bucket.take("p", "a", "read", 1.9)
    assert clock.now == 0
    assert bucket.take("p", "a", "read", 2.0)
    assert clock.now == pytest.approx(2.0)


@given(st.lists(st.tuples(st.sampled_from(["read", "write"]), st.floats(0, 3)), max_size=60))
def test_no_order_of_calls_gets_more_than_burst_and_rate_allow(calls: list[tuple[str, float]]) -> None:
    clock = Clock()
    bucket = limiter(clock, rate=2.0, burst=6.0)
    taken = 0
    for kind, pause in calls:
        clock.now += pause
        taken += bucket.take("p", "a", kind, 1.0)  # type: ignore[arg-type]
    assert taken <= 6.0 + 2.0 * clock.now + 1e-6


def test_a_bucket_that_would_never_let_a_read_pass_is_refused() -> None:
    with pytest.raises(ValueError, match="never pass"):
        RateLimiter(burst=5, write_reserve=5)
