"""Which plugin and metric the series of each protocol are, where it is not as for Prometheus' label sets. Pure."""

from collections.abc import Mapping

from msgspec import structs

from ingest import entities
from ingest.entities import METRIC_LABELS, Entity, Place
from shared.model.relabeling import Relabeling

STATSD = "statsd"
"""The plugin of StatsD lines without tags that name one."""


def of(door: str, labels: Mapping[str, str], resource: Mapping[str, str], relabeling: Relabeling) -> Place:
    """Return the place of a series that came by a door, one of `relabeling.DOORS` or `scrape`."""
    if door == "otlp":
        return otlp(labels, resource, relabeling)
    if door == "influx":
        return influx(labels, relabeling)
    if door == "collectd":
        return collectd(labels, relabeling)
    if door == "statsd":
        metric = labels["__name__"]
        tags = {label: value for label, value in labels.items() if label != "__name__"}
        return Place(statsd(tags, relabeling) if entities.is_kept(metric, relabeling) else None, metric)
    return entities.place(labels, relabeling)


def otlp(point: Mapping[str, str], resource: Mapping[str, str], relabeling: Relabeling) -> Place:
    """
    Return the plugin and the metric of a data point.

    `service.namespace`/`service.name` is the job and `service.instance.id`, or else `host.name`, the instance. Where
    there is a job, the other attributes of the resource do not name the plugin: an instance has one set of them.

    Args:
        point: The point's attributes, with the metric's name as `__name__`.
    """
    name = point["__name__"]
    if not name or not entities.is_kept(name, relabeling):
        return Place(None, name)
    service_name = resource.get("service.name", "")
    namespace = resource.get("service.namespace", "")
    own = {label: value for label, value in point.items() if value and label not in ("__name__", *METRIC_LABELS)}
    own = {label: value for label, value in own.items() if not entities.is_dropped(label, relabeling)}
    if not service_name:
        return Place(entities.entity({**resource, **own}, relabeling.id_labels), entities.metric_name(point))
    first, *others = relabeling.id_labels
    identity = {**own, first: f"{namespace}/{service_name}" if namespace else service_name}
    instance = resource.get("service.instance.id") or resource.get("host.name", "")
    if instance and others:
        identity[others[0]] = instance
    found = entities.entity(identity, relabeling.id_labels)
    labels = entities.bounded_labels({**resource, **identity})
    return Place(structs.replace(found, labels=labels), entities.metric_name(point))


def influx(labels: Mapping[str, str], relabeling: Relabeling) -> Place:
    """Return the place of a field: the tag `host` begins the plugin's id where the configured labels are missing."""
    id_labels = relabeling.id_labels if relabeling.id_labels[0] in labels else ("host",)
    return entities.place(labels, relabeling.model_copy(update={"id_labels": id_labels}))


def collectd(labels: Mapping[str, str], relabeling: Relabeling) -> Place:
    metric = labels["__name__"]
    if not entities.is_kept(metric, relabeling):
        return Place(None, metric)
    return Place(entities.entity({"host": labels["host"]}, ("host",)), entities.metric_name({"__name__": metric}))


def statsd(tags: Mapping[str, str], relabeling: Relabeling) -> Entity:
    """
    Return the plugin of StatsD's tags.

    Where the first of the configured labels is missing, the tag `plugin` begins the id, or else `host`, or else the
    word `statsd`. Tags `le` and `quantile` mean nothing special here.
    """
    own = {tag: value for tag, value in tags.items() if value and not entities.is_dropped(tag, relabeling)}
    if relabeling.id_labels[0] in own:
        return entities.entity(own, relabeling.id_labels)
    begins = next((tag for tag in ("plugin", "host") if own.get(tag)), None)
    if begins is not None:
        return entities.entity(own, (begins,))
    found = entities.entity({**own, "plugin": STATSD}, ("plugin",))
    return structs.replace(found, labels=entities.bounded_labels(own))
