"""How long to wait before the next try. Pure: randomness is passed in."""


def delay_ms(attempt: int, *, base_ms: int, cap_ms: int, jitter: float = 1.0) -> int:
    """
    Exponential back-off with jitter.

    Args:
        attempt: 1 after the first failure, 2 after the second, …
        jitter: a random number in [0, 1). The wait lies between half and the whole of the exponential step, so that
            many workers failing together do not come back together, and none comes back at once.

    Returns:
        Milliseconds in [step / 2, step], with step = min(cap, base × 2^(attempt − 1)).
    """
    step = min(cap_ms, base_ms * 2 ** min(attempt - 1, 40))
    return int(step / 2 + step / 2 * jitter)


DELIVERY_BASE_MS = 2_000
"""First retry within two seconds: most provider hiccups are shorter."""
DELIVERY_CAP_MS = 300_000
"""Five minutes: an operator who mended a provider does not wait longer for the news."""
DELIVERY_MAX_ATTEMPTS = 12
"""About 25 minutes of trying with the cap above; then a dead letter, visible and retryable."""
