"""Whatever a plugin passes to `publish()`, nothing of it is raised, kept or written that a reader would refuse."""

import json
from collections import OrderedDict, UserDict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers import event_body, plain
from producers.publisher import Publisher
from shared.redis import streams

NOW = 1_700_000_000_000


def sent(*arguments: Any, **fields: Any) -> tuple[Any, list[str]]:
    """Return the event a reader gets, or None, and what was noted."""
    given = dict.fromkeys(("plugin_name", "metrics", "states", "errors", "labels", "at_ms")) | fields
    try:
        body, notes = event_body.encode(plain.copied(*(arguments or ("p",)), clock_ms=NOW, **given))
    except plain.Unusable as error:
        return None, [str(error)]
    assert len(body) <= event_body.MAX_ENTRY_BYTES
    events, bad = streams.decode(body, NOW)
    assert [] == [one.reason for one in bad if "in the future" not in one.reason]
    return (events[0] if events else None), notes


class Raises:
    """An object of which nothing can be asked."""

    def _raise(self, *_: object) -> Any:
        raise RuntimeError("no")

    __str__ = __repr__ = __float__ = __int__ = __index__ = __bool__ = __len__ = __iter__ = __eq__ = _raise  # type: ignore
    __hash__ = object.__hash__


class Poisoned(Mapping):  # type: ignore[type-arg]
    """A mapping that breaks in the middle."""

    def __getitem__(self, key: object) -> Any:
        if key == "bad":
            raise KeyError(key)
        return 1.0

    def __iter__(self) -> Iterator[str]:
        yield from ("good", "bad", "after")

    def __len__(self) -> int:
        raise ValueError


class Endless(Mapping):  # type: ignore[type-arg]
    def __getitem__(self, key: object) -> float:
        return 1.0

    def __iter__(self) -> Iterator[str]:
        n = 0
        while True:
            yield f"m{n}"
            n += 1

    def __len__(self) -> int:
        return 10**9


class Liar(str):
    """A text whose methods say other things than it holds."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    def encode(self, *_: object) -> bytes:  # type: ignore[override]
        raise RuntimeError("no")

    def __len__(self) -> int:
        return 10**9


class NumPyLike:
    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    ON = "on"


def deep(depth: int) -> list[Any]:
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    return nested


ODD = (
    *(
        Raises(),
        Poisoned(),
        Endless(),
        UserDict({"x": 1}),
        OrderedDict(x=1),
        Liar("x"),
        NumPyLike(2.5),
        Level.HIGH,
        Word.ON,
    ),
    *(
        b"bytes",
        bytearray(b"x"),
        {1, 2},
        (n for n in range(3)),
        object(),
        type,
        print,
        1j,
        Exception("x"),
        deep(100_000),
    ),
    *(10**400, float("nan"), float("-inf"), Decimal("1.5"), Decimal("NaN"), Fraction(1, 3), NumPyLike(float("nan"))),
    *("\ud800", "x" * 10_000_000, None, True, -1, 0, 1.5, [1], {"x": 1}, [{"type": "x"}]),
    *([{"type": Raises()}, {"type": "x", "count": Raises()}], [{"type": "x", "message": Raises()}]),
)


@pytest.mark.parametrize("field", ["plugin_id", "plugin_name", "metrics", "states", "errors", "labels", "at_ms"])
@pytest.mark.parametrize("value", ODD, ids=[f"{n}" for n in range(len(ODD))])
def test_odd_object_raises_nothing_and_takes_no_other_field_along(field: str, value: Any) -> None:
    fields = {"metrics": {"good": 1.0}, "states": {"good": "x"}, "labels": {"good": "x"}, field: value}
    plugin_id = fields.pop("plugin_id", "p")
    event, notes = sent(plugin_id, **fields)

    assert event is not None or notes
    for kept in ("metrics", "states", "labels"):
        assert event is None or kept == field or getattr(event, kept)
    assert event is None or field in ("plugin_id", "at_ms") or "p" == event.plugin_id


@pytest.mark.parametrize("field", ["metrics", "states", "labels"])
@pytest.mark.parametrize("value", ODD, ids=[f"{n}" for n in range(len(ODD))])
def test_odd_value_takes_no_neighbour_along(field: str, value: Any) -> None:
    good: Any = 1.0 if field == "metrics" else "x"
    event, _ = sent(**{field: {"before": good, "odd": value, 7: good, Raises(): good, "after": good}})

    assert event is not None
    assert {"before", "7", "after"} <= set(getattr(event, field)) <= {"before", "odd", "7", "after"}


def test_numbers_of_other_libraries_are_numbers() -> None:
    metrics = {"a": Decimal("1.5"), "b": Fraction(1, 2), "c": NumPyLike(2.5), "d": Level.HIGH, "e": 10**300}
    event, notes = sent(metrics=metrics)

    assert ({"a": 1.5, "b": 0.5, "c": 2.5, "d": 3.0, "e": 1e300}, []) == (event.metrics, notes)


def test_what_is_kept_of_a_mapping_that_breaks_or_never_ends() -> None:
    assert {"good": 1.0} == sent(metrics=Poisoned())[0].metrics
    event, notes = sent(metrics=Endless(), states={"s": "x"})

    assert (plain.MAX_METRICS, {"s": "x"}) == (len(event.metrics), event.states)
    assert notes


def test_event_too_big_for_an_entry_loses_its_bulk_and_not_its_metrics() -> None:
    errors = [{"type": "x", "message": "y" * 4_000}] * 500
    event, notes = sent(metrics={"cpu": 99}, errors=errors)

    assert ({"cpu": 99.0}, ()) == (event.metrics, event.errors)
    assert ["errors"] == [note.partition(":")[0] for note in notes]


def test_machine_that_does_not_know_the_time_leaves_it_to_the_server() -> None:
    body, _ = event_body.encode(plain.copied("p", "", {"x": 1}, None, None, None, None, clock_ms=5_000))

    assert "at_ms" not in json.loads(body)


def test_what_is_no_exception_goes_through() -> None:
    """A signal handler that ends the plugin must not be swallowed."""

    class Ends:
        def __float__(self) -> float:
            raise SystemExit

    with pytest.raises(SystemExit):
        plain.copied("p", "", {"x": Ends()}, None, None, None, None, clock_ms=NOW)


def test_names_of_counters_that_are_no_metrics_of_the_event_are_left_out() -> None:
    event, notes = sent(metrics={"n": 1, "m": 2, 7: 3, "bad": "x"}, counters=("n", "n", 7, "bad", "other", "\ud800"))

    assert event is not None and ("n", "7") == event.counters
    assert ["metrics.bad must be a number, not str"] == notes
    assert () == sent(metrics={"n": 1}, counters="n")[0].counters


def test_names_of_metrics_that_ended_are_kept_as_far_as_they_are_names() -> None:
    event, notes = sent(gone=["cpu", "cpu", "x" * 129, "hid\u200bden"])

    assert event is not None and ("cpu",) == event.gone
    assert 2 == len(notes)
    assert (None, 1) == (sent(gone="cpu")[0], len(sent(gone="cpu")[1]))


@pytest.mark.parametrize("parent_id", ["x" * 129, "hid\u200bden", "\ud800", 7, ["host"]])
def test_parent_that_is_no_name_costs_its_event_nothing_else(parent_id: object) -> None:
    event, notes = sent(metrics={"n": 1}, parent_id=parent_id)

    assert event is not None and ("", {"n": 1.0}) == (event.parent_id, event.metrics)
    assert 1 == len(notes) and notes[0].startswith("parent_id must be a text")
    assert ["host", ""] == [
        event.parent_id for given in ("host", None) if (event := sent(metrics={"n": 1}, parent_id=given)[0])
    ]


# -- properties ---------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=()), max_size=5)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=3) | st.decimals()
ANY = st.recursive(
    # By its number, for Hypothesis prints what it draws from.
    PLAIN | st.fractions() | st.datetimes() | st.integers(0, len(ODD) - 1).map(lambda n: ODD[n]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.integers(), inner, max_size=3),
    max_leaves=6,
)


FIELDS = ("plugin_name", "metrics", "states", "errors", "labels", "at_ms", "counters", "gone", "parent_id")


@given(TEXT | ANY, st.fixed_dictionaries(dict.fromkeys(FIELDS, ANY)))
def test_property_anything_at_all_raises_nothing(plugin_id: Any, fields: dict[str, Any]) -> None:
    event, notes = sent(plugin_id, **fields)

    assert event is not None or notes or fields["at_ms"]


@given(
    st.dictionaries(TEXT | st.integers(), ANY, max_size=5),
    st.dictionaries(st.from_regex("[a-z]{9}", fullmatch=True), st.floats(-1e300, 1e300), max_size=3),
)
def test_property_good_metrics_survive_any_neighbour(noise: dict[Any, Any], good: dict[str, float]) -> None:
    event, _ = sent(metrics={**noise, **good})

    assert event is not None or not good
    assert event is None or good == {name: event.metrics[name] for name in good}


@given(st.lists(st.tuples(ANY, ANY, ANY), max_size=4))
def test_property_publisher_never_raises(calls: list[tuple[Any, Any, Any]]) -> None:
    for plugin_id, metrics, at_ms in calls:
        assert UNREACHABLE.publish(plugin_id, metrics=metrics, at_ms=at_ms)
    stats = UNREACHABLE.stats
    assert stats["published"] == stats["rejected"] + stats["buffered"] + stats["dropped"]


UNREACHABLE = Publisher("redis://127.0.0.1:1/0", buffer_events=100, timeout_s=0.1)
