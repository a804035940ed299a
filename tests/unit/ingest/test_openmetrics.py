"""Pages of targets: what is read equals what Prometheus' own Python parser reads; what is broken is refused whole."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import parser as text_parser
from prometheus_client.openmetrics import parser as openmetrics_parser

from ingest.format import MAX_LABEL_BYTES, Decoded, Decoding, PlaceCache, Refused
from ingest.formats import openmetrics
from ingest.formats.openmetrics import Kind, Labelling
from shared.model.relabeling import Relabeling

AT_MS = 1_700_000_000_000
TARGET = {"job": "node", "instance": "web-1:9100"}


class Page:
    """Reads pages of one target, as its owner does."""

    def __init__(self) -> None:
        self._labelling = Labelling(TARGET, PlaceCache(Relabeling()))

    def read(self, text: str | bytes, kind: Kind = "text") -> Decoded:
        body = text.encode() if isinstance(text, str) else text
        decoding = Decoding(PlaceCache(Relabeling()))
        self.series = openmetrics.read(body, kind, self._labelling, AT_MS, decoding)
        return decoding.finish()


def values(decoded: Decoded) -> dict[tuple[str, str, int], float]:
    """Return every sample by plugin, metric and time."""
    return {
        (event.plugin_id, metric, event.at_ms): value
        for event in decoded.events
        for metric, value in event.metrics.items()
    }


def refused(text: str | bytes, kind: Kind = "text") -> str:
    with pytest.raises(Refused) as error:
        Page().read(text, kind)
    return str(error.value)


def test_labels_of_the_target_come_first_and_those_of_the_page_are_kept_as_exported() -> None:
    decoded = Page().read('up_to{job="theirs",exported_job="older",path="/"} 3\n')

    [event] = decoded.events
    assert "node/web-1:9100{exported_exported_job=theirs,exported_job=older,path=/}" == event.plugin_id or (
        {"job": "node", "instance": "web-1:9100", "path": "/"}.items() <= event.labels.items()
    )
    assert {"theirs", "older"} <= set(event.labels.values())


@pytest.mark.parametrize(
    ("line", "kind", "at_ms"),
    [
        ("a 1", "text", AT_MS),
        ("a 1 1699999999500", "text", 1_699_999_999_500),
        ("a 1 1699999999.5", "openmetrics", 1_699_999_999_500),
        ("a 1 1699999999", "openmetrics", 1_699_999_999_000),
    ],
)
def test_text_states_milliseconds_and_openmetrics_seconds(line: str, kind: Kind, at_ms: int) -> None:
    decoded = Page().read(f"{line}\n{'# EOF' if kind == 'openmetrics' else ''}", kind)

    assert {("node/web-1:9100", "a", at_ms): 1.0} == values(decoded)


@pytest.mark.parametrize("at", ["0", "-5", str(AT_MS + 300_001), "9" * 18])
def test_sample_of_an_impossible_time_is_left_out_and_counted(at: str) -> None:
    decoded = Page().read(f"a 1 {at}\nb 2\n")

    assert 1 == decoded.refused
    assert [2.0] == list(values(decoded).values())


def test_counters_are_known_by_type_and_without_one_by_name() -> None:
    page = Page()
    decoded = page.read(
        "# TYPE requests counter\nrequests 1\n# TYPE load gauge\nload 1\nlost_total 1\n"
        '# TYPE took histogram\ntook_bucket{le="+Inf"} 1\ntook_sum 1\ntook_count 1\n'
    )
    stated = page.read("# TYPE orders counter\norders_total 1\norders_created 1\n# EOF\n", "openmetrics")

    assert {"requests", "lost_total", "took_bucket{le=+Inf}", "took_sum", "took_count"} == {
        name for event in decoded.events for name in event.counters
    }
    assert {"orders_total"} == {name for event in stated.events for name in event.counters}


def test_type_that_comes_later_is_taken_up() -> None:
    page = Page()
    before = page.read("requests 1\n")
    after = page.read("# TYPE requests counter\nrequests 2\n")

    assert ((), ("requests",)) == (before.events[0].counters, after.events[0].counters)


def test_exemplars_are_dropped_and_hide_no_sample() -> None:
    text = (
        '# TYPE took histogram\ntook_bucket{le="1"} 5 # {trace_id="a}b"} 0.5 1699999999\n'
        'plain_total 7 # {trace_id="x"} 1\nodd{a="} # {"} 2\n# EOF\n'
    )

    for _ in range(2):  # Also when the series are known already.
        found = values(Page().read(text, "openmetrics"))
        assert [5.0, 7.0, 2.0] == sorted(found.values(), key=[5.0, 7.0, 2.0].index)
        assert "node/web-1:9100{a=\\} # \\{}" in {plugin for plugin, _, _ in found}


def test_of_several_samples_of_one_series_the_first_counts() -> None:
    assert [1.0] == list(values(Page().read("a 1\na 2\n")).values())


def test_utf8_names_are_read_as_prometheus_3_writes_them() -> None:
    decoded = Page().read('{"http.요청", "방"="서울", path="/"} 4\n')

    assert {("node/web-1:9100{path=/,방=서울}", "http.요청", AT_MS): 4.0} == values(decoded)


def test_nan_and_infinity_cost_their_sample_alone() -> None:
    page = Page()
    decoded = page.read("a NaN\nb +Inf\nc -Inf\nd 1\n")

    assert [1.0] == list(values(decoded).values())
    assert 3 == decoded.not_finite
    assert {b"a", b"b", b"c", b"d"} == page.series


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("a 1\nb 1", "text", "incomplete"),
        ("a 1\n", "openmetrics", "# EOF"),
        ("a 1\n# EOF\nb 1\n# EOF\n", "openmetrics", "goes on"),
        ("", "openmetrics", "# EOF"),
        ('a{b="c} 1\n', "text", "line 1"),
        ('a{b="c",b="d"} 1\n', "text", "comes twice"),
        ("a{b} 1\n", "text", "label"),
        ('a{b="c" d="e"} 1\n', "text", "no label"),
        ("a{,} 1\n", "text", "no label"),
        ('{b="c"} 1\n', "text", "__name__"),
        ('{"a","b"} 1\n', "text", "no value"),
        ("a\n", "text", "must follow"),
        ("a 1 2 3\n", "text", "must follow"),
        ("a one\n", "text", "no number"),
        ("a 1_000\n", "text", "no number"),
        ("a 0x1p3\n", "text", "no number"),
        ("a 1 1.5\n", "text", "the time"),
        ("ok 1\n1a 1\n", "text", "line 2"),
        (b'a{b="\xff"} 1\n', "text", "UTF-8"),
        (b"\x00\x01\n", "text", "line 1"),
        ("<!doctype html>\n", "text", "line 1"),
    ],
)
def test_broken_page_is_refused_whole(text: str | bytes, kind: Kind, why: str) -> None:
    assert why in refused(text, kind)


def test_labels_longer_than_a_series_may_have_are_refused() -> None:
    assert str(MAX_LABEL_BYTES) in refused('a{b="' + "x" * 1_000_000 + '"} 1\n')


@pytest.mark.parametrize("text", ['a{b="' + "\\" * 300_000, "a{" * 100_000, '{"' * 100_000 + " 1", " " * 300_000 + "x"])
def test_hostile_line_costs_its_length_once(text: str) -> None:
    """A pattern that tried again from each sign would take minutes; the limit of the test ends it."""
    refused(text + "\n")


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", "openmetrics"),
        ("text/plain; version=0.0.4", "text"),
        ("Text/Plain", "text"),
        ("", "text"),
    ],
)
def test_content_type_names_the_format(content_type: str, kind: Kind) -> None:
    assert kind == openmetrics.kind_of(content_type)


def test_page_of_another_kind_is_refused() -> None:
    with pytest.raises(Refused, match="text/html"):
        openmetrics.kind_of("text/html")


NAMES = st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(
    lambda name: name not in ("job", "instance", "le", "quantile", "replica")
)
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"])
    | st.sampled_from('"\\\n{}# ,='),
    max_size=20,
)
SERIES = st.tuples(
    NAMES.filter(str.isalpha), st.dictionaries(NAMES.filter(lambda n: not n.startswith("__")), TEXTS, max_size=4)
)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SAMPLES = st.dictionaries(
    SERIES.map(lambda s: (s[0], tuple(sorted((k, v) for k, v in s[1].items() if v)))), NUMBERS, max_size=8
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def written(name: str, labels: Any, value: float) -> str:
    inside = ",".join(f'{label}="{escaped(text)}"' for label, text in labels)
    return f"{name}{'{' + inside + '}' if inside else ''} {value!r}"


@given(SAMPLES)
@settings(max_examples=200, deadline=None)
@pytest.mark.parametrize("kind", ["text", "openmetrics"])
def test_reads_what_the_parser_of_prometheus_reads(kind: Kind, samples: dict[Any, float]) -> None:
    lines = [f"# TYPE {name} gauge\n{written(name, labels, value)}" if kind == "text" else written(name, labels, value)
             for (name, labels), value in sorted(samples.items())]  # fmt: skip
    text = "".join(f"{line}\n" for line in lines) + ("# EOF\n" if kind == "openmetrics" else "")
    oracle: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    parse = text_parser.text_string_to_metric_families if kind == "text" else None
    families = parse(text) if parse else openmetrics_parser.text_string_to_metric_families(text)
    for family in families:
        for sample in family.samples:
            oracle.setdefault((sample.name, frozenset(sample.labels.items())), float(sample.value))
    read: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    page = Page()
    for _ in range(2):  # The second time, all series are known already.
        decoded = page.read(text, kind)
        for series in page.series:
            labels = openmetrics._labels(series.decode())
            name = labels.pop("__name__")
            place = page._labelling.place(series)
            assert place.entity is not None
            value = values(decoded)[place.entity.plugin_id, place.metric, AT_MS]
            read[name, frozenset(labels.items())] = value

    assert oracle == read
    assert all(math.isfinite(value) for value in read.values())
