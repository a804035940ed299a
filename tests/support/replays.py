"""Rules of every kind and random logs, as hypothesis draws them."""

from typing import Any

from hypothesis import strategies as st

from shared.model.events import ErrorReport, Event

T = 1_700_000_000_000


HOT = {"kind": "threshold", "metric": "x", "operator": ">", "threshold": 80}


def window(statistic: str, **fields: Any) -> dict[str, Any]:
    shape = {"kind": "window", "metric": "x", "seconds": 20, "operator": ">", "threshold": 60}
    return {**shape, "statistic": statistic, **fields}


CONDITIONS: list[dict[str, Any]] = [
    HOT,
    window("avg"),
    window("p95", seconds=45),
    window("count", operator=">=", threshold=4),
    {"kind": "rate", "metric": "x", "seconds": 30, "operator": ">", "threshold": 2},
    {"kind": "rate", "metric": "y", "unit": "percent", "seconds": 30, "operator": "<", "threshold": -20},
    {"kind": "rate", "metric": "x", "unit": "increase", "seconds": 30, "operator": ">", "threshold": 40},
    window("max", of="rate", operator=">", threshold=2),
    {"kind": "threshold", "formula": "x / y * 100", "operator": ">", "threshold": 90},
    window("avg", metric=None, formula="max(x - y, 0) + 50"),
    {"kind": "rate", "formula": "x + 2 * y", "unit": "increase", "seconds": 30, "operator": ">", "threshold": 40},
    {"kind": "state", "state": "s", "is_in": ["bad"]},
    {"kind": "state", "state": "s", "changed_to": ["bad", "worse"]},
    {"kind": "error", "type": "T*", "count": 2, "seconds": 30},
    {"kind": "absence", "seconds": 25},
    {"kind": "absence", "seconds": 15, "metric": "y"},
    {
        "kind": "compound",
        "join": "any",
        "conditions": [window("min", metric=None, formula="x - y"), {"kind": "absence", "seconds": 40}],
    },
    {"kind": "compound", "join": "any", "conditions": [window("max"), {"kind": "absence", "seconds": 40}]},
    {"kind": "compound", "join": "all", "conditions": [HOT, {"kind": "error", "seconds": 20}]},
    {"kind": "compound", "join": "not", "conditions": [{"kind": "state", "state": "s", "is_in": ["good"]}]},
]


moments = st.lists(
    st.tuples(
        st.integers(0, 12_000),
        st.sampled_from(["a", "b", "플러그인"]),
        st.integers(-30_000, 5_000) | st.just(0),
        st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([0.0, 50.0, 79.0, 81.0, 100.0]), max_size=2),
        st.dictionaries(st.just("s"), st.sampled_from(["good", "bad", "worse"]), max_size=1),
        st.lists(st.sampled_from(["Timeout", "Total", "Disk"]), max_size=2),
    ),
    max_size=40,
)


def log_of(drawn: list[Any]) -> list[tuple[int, Event | None]]:
    """The moments as (clock, event); ticks of the clock come between them, as often as in the worker."""
    log: list[tuple[int, Event | None]] = []
    clock = 0
    for wait, plugin, skew, metrics, states, errors in drawn:
        log += [(T + clock + ms, None) for ms in range(5_000, wait, 5_000)]
        clock += wait
        reports = [ErrorReport(kind, "m") for kind in errors]
        counters = ["x"] if plugin == "b" else []
        # What says nothing else says of one plugin that a series of its ended.
        gone = ("x",) if plugin == "a" and not (metrics or states or errors) else ()
        event = Event(plugin, "", T + clock + skew, metrics, states, reports, counters=counters, gone=gone)
        log.append((T + clock, event))
        log.append((T + clock, None))
    return [*log, *((T + clock + ms, None) for ms in range(5_000, 120_000, 5_000))]
