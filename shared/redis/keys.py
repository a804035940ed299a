"""
Every Redis key: name, type, writer, readers, lifetime.

Data plane: keys of one partition share the hash tag `{p}`, so one script may touch several of them on a cluster.
Control plane: everything else. No command touches both planes, and none of the data plane two partitions.
"""

from shared.model import principals

PREFIX = "ea"
GROUP = "evaluators"
"""Consumer group of every events stream. Its position is the committed one: lag in `XINFO GROUPS` is the true lag."""

EVENT_FIELD = b"e"
"""Field of a stream entry holding an event, or a list of events, as JSON."""
COMMAND_FIELD = b"c"
"""Field of a stream entry holding an operator's command as JSON; written by the router only."""


def _partition(p: int, name: str) -> str:
    return f"{PREFIX}:{{{p}}}:{name}"


# -- data plane: one partition ------------------------------------------------------------------------------


def events(p: int) -> str:
    """stream · publishers, router (commands) → owner. Trimmed by the owner behind its checkpoint."""
    return _partition(p, "events")


def outbox(p: int) -> str:
    """stream · owner's commit → router. Field `t`: Transitions, a JSON list. Trimmed by the router once routed."""
    return _partition(p, "outbox")


def dead_letters(p: int) -> str:
    """stream · owner's commit → people. Fields `reason`, `entry`, `payload` (cut). MAXLEN ~ 10,000."""
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


def snapshots(p: int) -> str:
    """hash `rule_id NUL plugin_id` → Snapshot (msgpack) · owner's commit → next owner. Only what is not idle."""
    return _partition(p, "snapshots")


def checkpoint(p: int) -> str:
    """
    hash `id`, `memory` (msgpack), `revision` (of the rules) · owner → next owner. What is remembered at `id`: of each
    series, how far back its samples are whole.
    """
    return _partition(p, "checkpoint")


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


def group_window(channel: str, group: str) -> str:
    """string · router, workers. PX the group's interval: while it lasts, news of this group waits for its end."""
    return f"{PREFIX}:window:{channel}:{group}"


def banner() -> str:
    """hash alert id → Alert (JSON) · `dashboard` channel → API. Shown in the board's banner until acknowledged."""
    return f"{PREFIX}:banner"


def statistics_hour(hour: int) -> str:
    """hash `fired:severity:…`, `resolved_ms`, … → count, sum · router, API → API. Key holds hours since the epoch."""
    return f"{PREFIX}:statistics:{hour}"


def deliveries_hour(hour: int) -> str:
    """hash `channel NUL outcome`, `channel NUL ms` → count · workers → API. Key holds hours since the epoch."""
    return f"{PREFIX}:deliveries:{hour}"


def feed() -> str:
    """stream · router, API, workers → relay. Fields `type`, `data` (JSON). MAXLEN ~ 100,000 alerts."""
    return f"{PREFIX}:feed"


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


def due(channel: str, group: str) -> str:
    """set of alert ids whose news *channel* has not had yet · router, workers. Moves to `in_hand` with a job."""
    return f"{PREFIX}:due:{channel}:{group}"


def in_hand(channel: str, group: str) -> str:
    """set of alert ids that a job is telling *channel* of · workers. Gone when all is told; a dead job's passes on."""
    return f"{PREFIX}:in-hand:{channel}:{group}"


def due_groups() -> str:
    """zset `channel NUL group`, score = when to look next (ms) · router, workers. The sweeper's list."""
    return f"{PREFIX}:due"


def job_waiting(channel: str, group: str) -> str:
    """string · router, with a job it queues for the group; deleted by the job before it looks. PX 10 s."""
    return f"{PREFIX}:waiting:{channel}:{group}"


def group_claim(channel: str, group: str) -> str:
    """string `token`, `token:n` after n records · the job now delivering this group. PX 8 s, renewed while sending."""
    return f"{PREFIX}:claim:{channel}:{group}"


def recipients(channel: str, alert_id: str, news: str) -> str:
    """set of recipients of *channel* who have had this news · workers. A week."""
    return f"{PREFIX}:recipients:{channel}:{alert_id}:{news}"


def refused(channel: str, alert_id: str, news: str) -> str:
    """hash recipient of *channel* → why it was refused this news for good · workers. A week, or until a retry."""
    return f"{PREFIX}:refused:{channel}:{alert_id}:{news}"


def slow_recipients(channel: str) -> str:
    """set of recipients of *channel* whose last call failed and may be tried again · workers. An hour."""
    return f"{PREFIX}:recipients:slow:{channel}"


def bucket(channel: str) -> str:
    """string ms at which the channel's token bucket is full again (server clock) · workers. PX until then."""
    return f"{PREFIX}:bucket:{channel}"


def pause(channel: str) -> str:
    """string reason · workers. PX: the channel makes no call, by its provider's wish or because it keeps failing."""
    return f"{PREFIX}:pause:{channel}"


def failures(channel: str) -> str:
    """counter of failures in a row that were the destination's · workers. Until a success."""
    return f"{PREFIX}:failures:{channel}"


def push_subscriptions() -> str:
    """hash subscription id → Subscription (JSON) · API → `push` channel, which removes dead ones. Forever."""
    return f"{PREFIX}:push:subscriptions"


def push_key() -> str:
    """string VAPID private key (PEM) · first process that needs it (SET NX) → API, `push` channel. Forever."""
    return f"{PREFIX}:push:key"


def sms_receipt(message_id: str) -> str:
    """string ExpectedReceipt (JSON) · `sms` channel → API, for the provider's word on delivery. Two days."""
    return f"{PREFIX}:sms:{message_id}"


def dead_notifications() -> str:
    """zset `channel NUL alert id`, score = when given up · workers → API. Pruned with the history."""
    return f"{PREFIX}:notifications:dead"


def evaluators() -> str:
    """zset worker id, score = last heartbeat (ms, server clock) · evaluators. Decides how leases spread."""
    return f"{PREFIX}:evaluators"


def processes() -> str:
    """hash `component:pid@host` → ProcessReport (JSON) · every process, each few seconds → API, doctor."""
    return f"{PREFIX}:processes"


def plugins() -> str:
    """hash plugin id → last seen (JSON) · evaluators, batched → API."""
    return f"{PREFIX}:plugins"


def published(kind: str, whose: str) -> str:
    """
    What came by HTTP from one API key (its digest) or from `all` · API.

    `bytes`: string ms at which the bucket of bytes is full again, PX until then. `plugins`, `names`: set of the
    different ones of a day, EX that day.
    """
    return f"{PREFIX}:published:{kind}:{whose}"


def first_signing_key() -> str:
    """string, hex · the first release only; removed by `migrate`."""
    return f"{PREFIX}:auth:key"


def signing_keys() -> str:
    """hash key id → SigningKey (JSON, sealed) · API, CLI → API. An old one stays until its tokens have expired."""
    return f"{PREFIX}:auth:keys"


def users() -> str:
    """hash name → User (JSON; the password as its Argon2id hash) · API, CLI → API. Forever."""
    return f"{PREFIX}:users"


def api_keys() -> str:
    """hash key id → ApiKey (JSON; the secret as its SHA-256) · API, CLI → API. Until revoked."""
    return f"{PREFIX}:auth:api-keys"


def api_keys_used() -> str:
    """hash key id → last use (ms) · API, at most once a minute a key. Goes with its key."""
    return f"{PREFIX}:auth:api-keys:used"


def refresh_family(family: str) -> str:
    """string Family (JSON) · API. PX 30 days from the last refresh: all refresh tokens that descend from a sign-in."""
    return f"{PREFIX}:auth:refresh:{family}"


def session(session_hash: str) -> str:
    """string Session (JSON) · API. PX 12 h from the last use: one browser's."""
    return f"{PREFIX}:auth:session:{session_hash}"


def of_user(name: str) -> str:
    """set of keys of a user's sessions and refresh families · API, to end them all. PX 30 days."""
    return f"{PREFIX}:auth:of:{name}"


def of_principal(principal: str) -> str:
    """set of keys of a principal's sessions and refresh families · API. Users keep theirs in `of_user`. PX 30 days."""
    kind, identifier = principals.parts(principal)
    # No user's name has a slash in it.
    return of_user(identifier) if kind == "user" else of_user(f"/{principal}")


def rate(what: str) -> str:
    """string, a token bucket as `bucket` · API. PX until it is full again."""
    return f"{PREFIX}:rate:{what}"


def replay(request_hash: str) -> str:
    """string Replay (JSON) · API: what was answered to a POST with this Idempotency-Key. PX a day."""
    return f"{PREFIX}:replay:{request_hash}"


def audit() -> str:
    """stream of audit.Entry (JSON in `a`) · whoever changes something → API. MAXLEN ~ 100,000."""
    return f"{PREFIX}:audit"


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


def sign_in_code(code_hash: str) -> str:
    """string role · CLI → API, which deletes it on use. PX 15 min."""
    return f"{PREFIX}:auth:code:{code_hash}"


def live_ticket(ticket_hash: str) -> str:
    """string subject · API → relay, which deletes it on use. PX 30 s."""
    return f"{PREFIX}:auth:ticket:{ticket_hash}"
