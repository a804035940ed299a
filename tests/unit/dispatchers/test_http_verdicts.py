"""Every status is judged in one place."""

import pytest

from dispatchers import answers

NOW = 1_700_000_000


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, None), (201, None), (204, None),
        (301, "permanent"), (302, "permanent"), (400, "permanent"), (401, "permanent"), (403, "permanent"),
        (404, "permanent"), (410, "permanent"), (413, "permanent"), (422, "permanent"),
        (408, "retryable"), (425, "retryable"), (429, "retryable"),
        (500, "retryable"), (502, "retryable"), (503, "retryable"), (504, "retryable"),
    ],
)  # fmt: skip
def test_status_is_judged(status: int, verdict: str | None) -> None:
    error = answers.judge_status("example.com", answers.Answer(status, {}, "because"))

    assert verdict == (error.verdict if error else None)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None), ("", None), ("soon", None), ("nan", None), ("7", 7_000), ("0.5", 500), ("-3", 0),
        ("1e300", answers.MAX_WAIT_MS), ("1e400", answers.MAX_WAIT_MS), ("99999999999", answers.MAX_WAIT_MS),
        ("Fri, 31 Dec 9999 23:59:59 GMT", answers.MAX_WAIT_MS),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30_000), ("Tue, 14 Nov 2023 22:00:00 GMT", 0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(header: str | None, expected: int | None) -> None:
    assert expected == answers.retry_after_ms(header, NOW)


@pytest.mark.parametrize(
    ("said", "expected"),
    [(7, 7_000), (0.5, 500), (-1, 0), (10**400, answers.MAX_WAIT_MS), (1e300, answers.MAX_WAIT_MS)]
    + [(odd, None) for odd in ("7", True, None, [7], float("nan"))],
)
def test_wait_in_a_body_is_a_number_or_nothing(said: object, expected: int | None) -> None:
    assert expected == answers.refused("example.com", "slow down", said).retry_after_ms
