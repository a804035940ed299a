"""
collectd's write_http plugin in JSON: a list of value lists. Pure.

Format: collectd.org/wiki/index.php/JSON. The host names the plugin; collectd's own "plugin", "type" and their instances
name the metric, for instance `cpu-0.cpu-idle` or `interface-eth0.if_octets.rx`.
"""

from typing import Any

import msgspec

from ingest import entities, places
from ingest.entities import Place
from ingest.format import Decoded, Decoding, PlaceCache, Refused
from shared.model import reasons
from shared.model.reasons import Reason
from shared.model.relabeling import Relabeling

MAX_VALUES = 256
"""Of one value list; collectd's widest types have some ten."""


class _ValueList(msgspec.Struct):
    values: list[float | None]
    dsnames: list[str]
    time: float
    host: str
    plugin: str
    plugin_instance: str = ""
    type: str = ""
    type_instance: str = ""
    dstypes: list[str] = []


_documents = msgspec.json.Decoder(list[msgspec.Raw])
_value_list = msgspec.json.Decoder(_ValueList)


def decode(body: bytes, cache: PlaceCache) -> Decoded:
    """
    Decode one request.

    Raises:
        Refused: 400, when it is no list in JSON. A bad value list costs itself alone.
    """
    try:
        documents = _documents.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise Refused(400, reasons.of("ingest.no_value_lists", error=str(error))) from None
    decoding = Decoding(cache)
    for document in documents:
        try:
            _read(_value_list.decode(document), decoding, cache)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            decoding.refuse(reasons.of("ingest.value_list", error=str(error)))
    return decoding.finish()


def _read(values: _ValueList, decoding: Decoding, cache: PlaceCache) -> None:
    if len(values.values) != len(values.dsnames) or len(values.values) > MAX_VALUES:
        count = {"samples": len(values.values), "names": len(values.dsnames), "limit": MAX_VALUES}
        decoding.refuse(_of_plugin(values, reasons.of("ingest.data_source_count", **count)))
        return
    if not values.host or not 0 <= values.time < 2**40:
        decoding.refuse(_of_plugin(values, reasons.of("ingest.host_and_time")))
        return
    head = _joined(values.plugin, values.plugin_instance)
    kind = _joined(values.type, values.type_instance)
    if not head and not kind:
        decoding.refuse(reasons.of("ingest.plugin_or_type"))
        return
    for number, (source, value) in enumerate(zip(values.dsnames, values.values, strict=True)):
        if value is None:  # What collectd writes for a value it does not know.
            decoding.add(Place(entities.entity({"host": values.host}, ("host",)), ""), 0, float("nan"))
            continue
        last = "" if source == "value" else source
        metric = ".".join(part for part in (head, kind if kind != head else "", last) if part)
        # What write_http has not made a rate of by itself (`StoreRates`).
        is_counter = values.dstypes[number : number + 1] in (["counter"], ["derive"])
        key = f"{values.host}\x00{metric}\x00{is_counter:d}".encode("utf-8", "surrogatepass")

        def read(metric: str = metric) -> dict[str, str]:
            return {"__name__": metric, "host": values.host}

        def place_it(labels: Any, relabeling: Relabeling, is_counter: bool = is_counter) -> Place:
            return msgspec.structs.replace(places.collectd(labels, relabeling), is_counter=is_counter)

        place = cache.find(key, read, place_it)
        decoding.add(place, int(values.time * 1_000), value)


def _of_plugin(values: _ValueList, because: Reason) -> Reason:
    return reasons.of("ingest.of_metric", metric=values.plugin[:40], because=because)


def _joined(name: str, instance: str) -> str:
    return f"{name}-{instance}" if name and instance else name or instance
