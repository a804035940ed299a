"""How many series a source may have: existing ones go on, new ones are refused, the label that explodes is named."""

import random
from collections.abc import Iterator

from ingest import cardinality
from ingest.entities import Place
from ingest.format import Decoding
from ingest.place_cache import MAX_EXAMPLES, MAX_LABEL_SETS, Bound, PlaceCache
from shared.model.relabeling import Relabeling


def labels_of(number: int) -> dict[str, str]:
    return {"__name__": "took", "job": "api", "instance": f"web-{number % 3}", "request_id": str(number)}


def find(cache: PlaceCache, number: int) -> Place:
    return cache.find(str(number).encode(), lambda: labels_of(number))


def is_refused(cache: PlaceCache, numbers: range) -> list[bool]:
    return [find(cache, number).is_refused for number in numbers]


def test_series_beyond_the_limit_are_refused_and_existing_ones_go_on() -> None:
    bound = Bound(limit=10)
    one, other = PlaceCache(Relabeling(), bound), PlaceCache(Relabeling(), bound)
    first = is_refused(one, range(6)) + is_refused(other, range(6))

    assert [False] * 10 + [True] * 2 == first
    assert [False] * 6 == is_refused(one, range(6))
    assert (10, 2) == (bound.count, len(bound.recent_examples()))


def test_series_that_tells_of_the_sender_itself_is_never_refused() -> None:
    cache = PlaceCache(Relabeling(), Bound(limit=10))
    is_refused(cache, range(20))
    up = cache.always(b"up", lambda: {"__name__": "up", "job": "api", "instance": "web-9"})

    assert ("api/web-9", False) == (up.entity.plugin_id, up.is_refused)
    assert (11, 500) == (cache.bound.count, 490 + len(cache.bound.recent_examples()))


def test_series_of_a_cache_that_is_gone_make_room() -> None:
    bound = Bound(limit=10)
    one, other = PlaceCache(Relabeling(), bound), PlaceCache(Relabeling(), bound)
    is_refused(one, range(6))
    is_refused(other, range(4))
    del one
    bound.recount()

    assert 4 == bound.count
    assert [False] * 6 == is_refused(other, range(4, 10))


def test_series_that_ends_makes_room_and_one_that_goes_on_keeps_its_place() -> None:
    cache = PlaceCache(Relabeling(), Bound(limit=10))
    is_refused(cache, range(10))
    for _ in range(2):
        cache.bound.begin_period()
        is_refused(cache, range(4))

    assert 4 == cache.bound.count
    assert [False] * 10 == is_refused(cache, range(4)) + is_refused(cache, range(10, 16))
    assert [True] == is_refused(cache, range(20, 21))


def test_places_that_are_forgotten_keep_the_series_admitted() -> None:
    cache = PlaceCache(Relabeling(), Bound(limit=10))
    is_refused(cache, range(10))
    cache.forget_places()

    assert [True] * 3 + [False] * 10 == is_refused(cache, range(50, 53)) + is_refused(cache, range(10))
    assert 10 == cache.bound.count


def test_series_that_the_mapping_drops_do_not_count() -> None:
    cache = PlaceCache(Relabeling(drop_metrics=("took",)), Bound(limit=10))

    assert [False] * 50 == is_refused(cache, range(50))
    assert 0 == cache.bound.count


def test_label_sets_that_differ_in_a_dropped_label_alone_are_one_series() -> None:
    cache = PlaceCache(Relabeling(drop_labels=("request_id",)), Bound(limit=10))

    assert [False] * 500 == is_refused(cache, range(500))
    assert 3 == cache.bound.count


def test_samples_beyond_the_limit_are_counted_and_reported_once() -> None:
    cache = PlaceCache(Relabeling(), Bound(limit=1))
    decoding = Decoding(cache)
    for number in range(5):
        decoding.add(find(cache, number), 1, 1.0)
    decoded = decoding.finish()

    assert (1, 4, 4) == (decoded.samples, decoded.refused, cache.bound.refused)
    assert ["ingest.series_limit"] == [reason.code for reason in decoded.refusals]


def test_memory_is_bounded_whatever_is_sent() -> None:
    cache = PlaceCache(Relabeling(), Bound(limit=6_000))
    is_refused(cache, range(12_000))
    cache.find(b"k" * 60_000, lambda: labels_of(1))

    assert (6_000, MAX_EXAMPLES) == (cache.bound.count, len(cache.bound.examples))
    assert MAX_LABEL_SETS // 3 < len(cache.sample()) <= MAX_LABEL_SETS
    assert 2 == cache.one_of


def test_metric_and_label_that_explode_are_named() -> None:
    dice = random.Random(5)

    def others() -> Iterator[dict[str, str]]:
        for number in range(400):
            yield {"__name__": f"m{number}", "job": "api", "instance": f"web-{dice.randrange(400)}"}

    refused = [labels_of(number) for number in range(300)]
    found = cardinality.explosion("seoul", 10, [*refused, *list(others())[:100]], others())

    assert ("seoul", "took", "request_id", 300) == (found.source, found.metric, found.label, found.different_values)


def test_label_set_without_labels_is_named_by_its_metric() -> None:
    assert ("m", "", 0) == tuple(
        getattr(cardinality.explosion("s", 1, [{"__name__": "m"}], []), name)
        for name in ("metric", "label", "different_values")
    )
