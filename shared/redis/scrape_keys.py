"""Redis keys of scraping: name, type, writer, readers, lifetime. All are of the control plane."""

from shared.redis.keys import PREFIX


def jobs() -> str:
    """hash job name → ScrapeJob (JSON, sealed) · API, CLI → ingest, API. Forever."""
    return f"{PREFIX}:scrape:jobs"


def revision() -> str:
    """counter · bumped in the transaction of every change of a scrape job; ingest polls it. Forever."""
    return f"{PREFIX}:scrape:revision"


def files() -> str:
    """hash `path NUL host` → TargetFile (JSON) · ingest → ingest, API. Removed when nobody reads the file."""
    return f"{PREFIX}:scrape:files"


def states() -> str:
    """hash target id → TargetState (JSON) · ingest, each scrape → API. A field is removed with its target."""
    return f"{PREFIX}:scrape:states"


def series() -> str:
    """
    hash target id → series that may be open, zlib · ingest → the next process that scrapes the target. Written when
    the target's series change.
    """
    return f"{PREFIX}:scrape:series"


def workers() -> str:
    """zset of processes that scrape, score = server ms · ingest, when there are targets → ingest."""
    return f"{PREFIX}:scrape:workers"


def scrape_lease(shard: int) -> str:
    """string `process:token` · ingest. PX: the lease's length; gone = free. Its holder scrapes the shard's targets."""
    return f"{PREFIX}:scrape:lease:{shard}"


def scrape_fence() -> str:
    """counter · ingest. Source of the leases' tokens; never expires."""
    return f"{PREFIX}:scrape:fence"
