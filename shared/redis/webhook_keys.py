"""Redis keys of JSON webhooks: name, type, writer, reader, lifetime. All are of the control plane."""

from shared.redis.keys import PREFIX


def body_mappings() -> str:
    """hash `current`, and numbers of versions → body_mapping_store.Version (JSON) · API, CLI → ingest. Forever."""
    return f"{PREFIX}:ingest:webhooks"


def last_body(name: str) -> str:
    """string KeptBody (JSON, zlib) · ingest, with each body of a JSON webhook → API, CLI. PX a week."""
    return f"{PREFIX}:ingest:body:{name}"


def unfit_bodies(name: str) -> str:
    """list of KeptBody (JSON, zlib), newest first, 5 or 20 at most · ingest → API, CLI. PX a week."""
    return f"{PREFIX}:ingest:unfit:{name}"
