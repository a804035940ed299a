"""
Redis keys of alerts, rules and the pipeline: name, type, writer, readers, lifetime.

Those of deliveries are in `delivery_keys`, those of users, API keys and sessions in `access_keys`, those of scraping in
`scrape_keys`.
Data plane: keys of one partition share the hash tag `{p}`, so one script may touch several of them on a cluster.
Control plane: everything else. No command touches both planes, and none of the data plane two partitions.
"""

PREFIX = "ea"
GROUP = "evaluators"
"""Consumer group of every events stream. Its position is the committed one: lag in `XINFO GROUPS` is the true lag."""

EVENT_FIELD = b"e"
"""Field of a stream entry holding an event, or a list of events, as JSON."""
COMMAND_FIELD = b"c"
"""Field of a stream entry holding an operator's command as JSON; written by the router only."""
FLEET_FIELD = b"f"
"""Field of a stream entry holding a report of another partition for fleet rules as JSON; written by evaluators only."""
EXTERNAL_FIELD = b"x"
"""Field of a stream entry holding a list of what senders state of external alerts as JSON; written by `ingest` only."""


def _partition(p: int, name: str) -> str:
    return f"{PREFIX}:{{{p}}}:{name}"


# -- data plane: one partition ------------------------------------------------------------------------------


def events(p: int) -> str:
    """stream · publishers, router (commands), owners (reports) → owner. Trimmed by the owner behind its checkpoint."""
    return _partition(p, "events")


def outbox(p: int) -> str:
    """stream · owner's commit → router. Field `t`: Transitions, a JSON list. Trimmed by the router once routed."""
    return _partition(p, "outbox")


def dead_letters(p: int) -> str:
    """stream · owner's commit → people. Fields `reason`, `entry`, `payload` (cut). MAXLEN ~ 2,000."""
    return _partition(p, "dead")


def lease(p: int) -> str:
    """string `worker:token` · evaluators. PX: the lease's length; gone = free."""
    return _partition(p, "lease")


def fence(p: int) -> str:
    """counter · evaluators. Source of fencing tokens; grows by one with every acquisition, never expires."""
    return _partition(p, "fence")


def alive(p: int) -> str:
    """string server ms · owner, each tick → next owner: since when nobody listened. Forever."""
    return _partition(p, "alive")


def clock(p: int) -> str:
    """string ms of the clock · owner's commit → next owner: series that ended until then were judged. Forever."""
    return _partition(p, "clock")


def snapshots(p: int) -> str:
    """hash `rule_id NUL plugin_id` → Snapshot, `NUL fingerprint` → Watched (msgpack), not idle · owner → next owner."""
    return _partition(p, "snapshots")


def checkpoint(p: int) -> str:
    """
    hash `id`, `memory`, `fleet`, `external` (msgpack), `revision` (of the rules) · owner → next owner. What is
    remembered at `id`: of each series, how far back its samples are whole; of fleet rules, the ticks that are not
    decided yet; of external alerts, until when they wait for their senders.
    """
    return _partition(p, "checkpoint")


def recorded(p: int, name: str) -> str:
    """
    string id · recorder → who trims the stream *name* (`events`, `outbox`): it is in the archive up to this entry.
    PX `RECORDER_WAIT_SECONDS`: gone = trimming waits for nobody.
    """
    return _partition(p, f"recorded:{name}")


def recorder_lease(p: int) -> str:
    """string `recorder:token` · recorders. PX: the lease's length; gone = free."""
    return _partition(p, "recorder:lease")


def recorder_fence(p: int) -> str:
    """counter · recorders. Source of fencing tokens; the archive's cursors are what keeps two recorders apart."""
    return _partition(p, "recorder:fence")


def cooldown(p: int, rule_id: str, plugin_id: str) -> str:
    """string alert id · owner's commit → owner, API. PX: what is left of the cooldown."""
    return _partition(p, f"cooldown:{rule_id}:{plugin_id}")


# -- control plane ------------------------------------------------------------------------------------------


def partitions() -> str:
    """string P · first process to start. Forever: changing it would move plugins between streams."""
    return f"{PREFIX}:partitions"


def schema() -> str:
    """string N · first process to start, `migrate` → every process. Forever: the shape of all that is stored."""
    return f"{PREFIX}:schema"


def rules() -> str:
    """hash rule id → Rule (JSON) · API, CLI, facade → evaluators. Forever."""
    return f"{PREFIX}:rules"


def rules_revision() -> str:
    """counter · bumped in the transaction of every rule change; evaluators poll it. Forever."""
    return f"{PREFIX}:rules:revision"


def channels() -> str:
    """hash channel name → configuration (JSON) · API, CLI, facade → dispatch workers, API. Forever."""
    return f"{PREFIX}:channels"


def alert(alert_id: str) -> str:
    """string Alert (JSON) · router, API → all. Expires with the history's retention once resolved."""
    return f"{PREFIX}:alert:{alert_id}"


def timeline(alert_id: str) -> str:
    """list of TimelineEntry (JSON), oldest first · router, API, workers → API. Expires with its alert."""
    return f"{PREFIX}:alert:{alert_id}:timeline"


def ledger(alert_id: str) -> str:
    """hash channel → LedgerEntry (JSON) · router, workers → workers, API. Expires with its alert."""
    return f"{PREFIX}:alert:{alert_id}:ledger"


def active_alerts() -> str:
    """zset alert id, score `records.board_score` (worst first, then oldest) · router, API → API, relay."""
    return f"{PREFIX}:alerts:active"


def alert_history() -> str:
    """zset alert id, score = when first recorded (ms) · router → API. Pruned to the retention (7 days by default)."""
    return f"{PREFIX}:alerts:history"


def unproven_alerts() -> str:
    """set of ids of alerts that ended, until the sweeper has seen that every channel knows · router, API → router."""
    return f"{PREFIX}:alerts:unproven"


def silences() -> str:
    """hash silence id → Silence (JSON) · API, CLI → router, API. Pruned a month after their end."""
    return f"{PREFIX}:silences"


def silences_revision() -> str:
    """counter · bumped in the transaction of every change of a silence; the router polls it. Forever."""
    return f"{PREFIX}:silences:revision"


def flaps_day(day: int) -> str:
    """
    hash `rule id NUL plugin id` → Flaps (JSON) · router: the rule's newest changes for the plugin, and when it was last
    told, as of that day. Key holds days since the epoch. PX two days.
    """
    return f"{PREFIX}:flaps:{day}"


def banner() -> str:
    """hash alert id → Alert (JSON) · `dashboard` channel → API. Shown in the board's banner until acknowledged."""
    return f"{PREFIX}:banner"


def statistics_hour(hour: int) -> str:
    """hash `fired:severity:…`, `resolved_ms`, … → count, sum · router, API → API. Key holds hours since the epoch."""
    return f"{PREFIX}:statistics:{hour}"


def feed() -> str:
    """stream · router, API, workers → relay. Fields `type`, `data` (JSON). MAXLEN ~ 100,000 alerts."""
    return f"{PREFIX}:feed"


def routes() -> str:
    """hash `current`, and numbers of versions → route_store.Version (JSON) · API, CLI → router, ingest. Forever."""
    return f"{PREFIX}:routes"


def imports() -> str:
    """hash system → import_store.Import (JSON, sealed) · CLI. Forever: what an undo of the last import puts back."""
    return f"{PREFIX}:imports"


def channels_wanted() -> str:
    """string · the recorder asks the router to record the channels as they are; gone when it has. Forever."""
    return f"{PREFIX}:records:channels_wanted"


def ingest_mapping() -> str:
    """hash `current`, and numbers of versions → mapping_store.Version (JSON) · API, CLI → ingest. Forever."""
    return f"{PREFIX}:ingest:mapping"


def ingest_seen(process: str) -> str:
    """string list of Seen (msgpack, zlib) · ingest, each 15 s → API, CLI. PX 90 s: label sets that it saw lately."""
    return f"{PREFIX}:ingest:seen:{process}"


def router_lease() -> str:
    """string `router:token` · routers. PX: the lease's length; gone = free."""
    return f"{PREFIX}:router:lease"


def router_fence() -> str:
    """counter · routers. Source of the router's fencing tokens."""
    return f"{PREFIX}:router:fence"


def router_cursors() -> str:
    """hash partition → last routed outbox id · router, in the transaction of the effects. Forever."""
    return f"{PREFIX}:router:cursors"


def router_ahead() -> str:
    """hash partition → `outbox id:places …` routed beyond its cursor · router, with the cursors. Forever."""
    return f"{PREFIX}:router:ahead"


def commands() -> str:
    """stream · API, in the transaction of its change → router, which forwards them to partitions and deletes them."""
    return f"{PREFIX}:commands"


def evaluators() -> str:
    """zset worker id, score = last heartbeat (ms, server clock) · evaluators. Decides how leases spread."""
    return f"{PREFIX}:evaluators"


def processes() -> str:
    """hash `component:pid@host` → ProcessReport (JSON) · every process, each few seconds → API, doctor."""
    return f"{PREFIX}:processes"


def plugins() -> str:
    """hash plugin id → last seen (JSON) · evaluators, batched → API."""
    return f"{PREFIX}:plugins"


def audit() -> str:
    """stream of audit.Entry (JSON in `a`) · API, command line → API. MAXLEN ~ 100,000."""
    return f"{PREFIX}:audit"


def records() -> str:
    """
    stream · all who change alerts, notify, or change silences, rules, routes and channels, in the transaction of the
    change → recorder. Fields as in `shared.model.records`. Trimmed by the router behind the recorder; MAXLEN ~ 100,000.
    """
    return f"{PREFIX}:records"


def records_recorded() -> str:
    """string id · recorder → router: the records are in the archive up to this entry. PX `RECORDER_WAIT_SECONDS`."""
    return f"{PREFIX}:records:recorded"


def watch_lease() -> str:
    """string `watcher:token` · dispatch workers. PX 10 s: whose turn it is to watch the system."""
    return f"{PREFIX}:watch:lease"


def watch_fence() -> str:
    """counter · dispatch workers. Source of the watch's fencing tokens."""
    return f"{PREFIX}:watch:fence"


def dead_producers() -> str:
    """hash host → when its producer stopped without signing off (ms) · the watch. Until it is back, a day at most."""
    return f"{PREFIX}:watch:producers"


def set_aside() -> str:
    """zset key, score = when it was renamed (ms) because it had another type · router → watchdog. A week."""
    return f"{PREFIX}:set-aside"


def last_backup() -> str:
    """string ms · router: when the last scheduled backup was written. Forever."""
    return f"{PREFIX}:backup:last"
