"""A ten-line model of one rule, and the events that the engine is compared over."""

from hypothesis import strategies as st

from shared.model.events import Event

T = 1_700_000_000_000
OPERATORS = {">": float.__gt__, "<=": float.__le__, "==": float.__eq__, "!=": float.__ne__}


def reference(events: list[Event], operator: str, threshold: float, for_ms: int) -> list[tuple[str, str, int]]:
    """One rule without cooldown, one event at a time."""
    newest: dict[str, int] = {}
    since: dict[str, int] = {}
    firing: set[str] = set()
    told = []
    for event in events:
        p, at_ms, value = event.plugin_id, event.at_ms, event.metrics["cpu"]
        if at_ms < newest.get(p, 0):
            continue
        newest[p] = at_ms
        if not OPERATORS[operator](value, threshold):
            if p in firing:
                told.append(("resolved", p, at_ms))
            firing.discard(p)
            since.pop(p, None)
        elif p not in firing and at_ms - since.setdefault(p, at_ms) >= for_ms:
            told.append(("firing", p, at_ms))
            firing.add(p)
    return told


events_of = st.lists(
    st.builds(
        lambda p, at, v: Event(p, at_ms=T + at, metrics={"cpu": v}),
        st.sampled_from(["a", "b", "플러그인"]),
        st.integers(0, 60) | st.integers(0, 60_000),
        st.sampled_from([0.0, 79.0, 80.0, 81.0, 100.0]) | st.floats(-1e6, 1e6),
    ),
    max_size=60,
)
