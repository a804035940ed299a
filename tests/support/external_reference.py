"""A simple model of external alerts without cooldowns, and the statements that the evaluator is compared over."""

from collections import defaultdict

from hypothesis import strategies as st

from shared.model import external
from shared.model.external import Statement

T = 1_700_000_000_000
GRACE_S = REMEMBERED_S = 300
Step = tuple[int, str, int, int]
"""When a statement arrives, whose alert it is about, and its start and end; seconds, an end of 0 is not stated."""
NAMES = ("a", "b")


def reference(steps: list[Step], until_s: int) -> list[tuple[str, str, int]]:
    """
    Play the statements second by second; each alert is one of three words.

    Returns:
        (`firing` or `resolved`, whose alert, when), in order.
    """
    told = []
    state = dict.fromkeys(NAMES, "idle")
    since = dict.fromkeys(NAMES, 0)
    newest = dict.fromkeys(NAMES, 0)
    until = dict.fromkeys(NAMES, 0)
    ended = dict.fromkeys(NAMES, 0)
    by_silence = dict.fromkeys(NAMES, False)
    forget = dict.fromkeys(NAMES, 0)

    def end(name: str, now_s: int, ended_s: int, silent: bool) -> None:
        state[name], ended[name], by_silence[name], forget[name] = "over", ended_s, silent, now_s + REMEMBERED_S
        told.append(("resolved", name, now_s))

    by_second: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        by_second[step[0]].append(step)
    for now_s in range(until_s + 1):
        for name in NAMES:
            if state[name] == "firing" and now_s >= until[name]:
                end(name, now_s, until[name], True)
            elif state[name] == "over" and now_s >= forget[name]:
                state[name] = "idle"
        for _, name, starts_s, ends_s in by_second[now_s]:
            began_s = starts_s if starts_s <= now_s else now_s
            if 0 < ends_s <= now_s:
                if state[name] == "firing" and ends_s >= max(since[name], newest[name]):
                    end(name, now_s, ends_s, False)
                elif state[name] == "over" and ends_s > ended[name]:
                    ended[name], by_silence[name] = ends_s, False
                continue
            # The beginning that the newest statement gives; none if it lies ahead.
            stated_s = starts_s if starts_s <= now_s else 0
            limit_s = max(now_s + GRACE_S, ends_s)
            if state[name] == "firing":
                since[name], until[name] = min(since[name], began_s), max(until[name], limit_s)
                newest[name] = stated_s
            elif state[name] == "idle" or by_silence[name] or began_s > ended[name]:
                state[name], since[name], until[name], newest[name] = "firing", began_s, limit_s, stated_s
                told.append(("firing", name, now_s))
    return told


def statement(name: str, starts_s: int, ends_s: int) -> Statement:
    labels = {"alertname": "Hot", "host": name}
    return Statement(
        external.fingerprint(labels),
        "Hot",
        name,
        labels=labels,
        starts_at_ms=T + starts_s * 1000,
        ends_at_ms=T + ends_s * 1000 if ends_s else 0,
    )


def _step(at_s: int, name: str, starts_before_s: int, ends_s: int | None) -> Step:
    """Return a step whose start and end are stated from when it arrives."""
    return at_s, name, max(0, at_s - starts_before_s), 0 if ends_s is None else max(1, at_s + ends_s)


steps_of = st.lists(
    st.builds(
        _step,
        st.integers(1, 1_500) | st.integers(1, 40).map(lambda minute: minute * 30),
        st.sampled_from(NAMES),
        st.integers(-5, 60) | st.integers(0, 1_500),
        st.none() | st.just(240) | st.just(0) | st.integers(-60, 60) | st.integers(-600, 900),
    ),
    max_size=40,
).map(lambda steps: sorted(steps, key=lambda step: step[0]))
