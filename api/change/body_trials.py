"""The dry run of a body mapping, under the mapping of labels and the severities that hold."""

from redis import Redis

from ingest import body_trial
from ingest.body_trial import BodyTrial
from ingest.formats.webhooks.json_body import Origin
from shared.model import external
from shared.model.body_mapping import BodyMapping
from shared.redis import connection
from shared.settings import Settings
from shared.store import mapping_store

DOOR = "webhook"


def trial(redis: Redis, settings: Settings, name: str, mapping: BodyMapping, body: str) -> BodyTrial:
    """
    Return what a body would become.

    Args:
        name: Of the mapping.
    """
    relabeling = mapping_store.current(redis).mapping.of("", DOOR)
    severities = external.parse_severities(settings.external_severities)
    origin = Origin(f"{DOOR}/json/{name}", "", relabeling, severities, connection.server_ms(redis))
    return body_trial.run(body, mapping, origin)
