"""
The values that travel through the pipeline.

msgspec structs: decoding checks types and bounds in one pass, and unknown fields are tolerated and dropped, so old and
new processes run side by side. Instants are UTC epoch milliseconds.
"""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from shared.model.reasons import Reason

Severity = Literal["info", "warning", "error", "critical", "emergency"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error", "critical", "emergency")
"""In order, weakest first."""

SCHEMA = 3
"""The shape of data this release writes; see `shared.store.schema`."""

Operator = Literal[">", ">=", "<", "<=", "==", "!="]
AlertState = Literal["pending", "firing", "acknowledged", "resolved"]

NAME_LENGTH = 128
TEXT_LENGTH = 256
MESSAGE_LENGTH = 4_096
MAX_METRICS = 1_000
"""Metrics an event; a plugin that makes up names must not fill the evaluator's memory. A host publishes some fifty."""
MAX_STATES = 1_000
MAX_ERRORS = 1_000
MAX_LABELS = 64


class EscalationStep(Struct):
    """Further channels to notify if nobody has acknowledged the alert after `after_ms`."""

    after_ms: int
    channels: list[str]


class Policy(Struct, kw_only=True):
    """The rule's settings for notifications, copied from the rule when it fired."""

    repeat_ms: int = 0
    """Remind this often while firing and not acknowledged; 0: never."""
    escalation: list[EscalationStep] = []
    """In order of `after_ms`."""
    cooldown_ms: int = 0
    title_template: str = ""
    """Jinja2; empty: the default wording."""
    body_template: str = ""
    group_by: str = "rule"
    """`rule`, `plugin`, `severity`, `label:<name>` or `none`."""
    inhibited_by: list[str] = []
    """Globs of rule ids whose alerts about the same plugin hold this one back."""
    equal: list[str] = []
    """Names of labels: such alerts hold it back on any plugin too where these labels have the same values."""
    group_labels: list[str] | None = None
    """Labels by which its route groups alerts, instead of `group_by`; None: the route says nothing."""
    group_wait_ms: int | None = None
    """How long the first notification of its group waits; None: not at all."""
    group_interval_ms: int | None = None
    """How long further news of its group is gathered after a notification; None: as the settings say."""


class External(Struct, kw_only=True):
    """What the sender of an external alert says of it beside its labels."""

    fingerprint: str
    """Of its labels, as Alertmanager computes it."""
    annotations: dict[str, str] = {}
    generator_url: str = ""
    """The page of the sender on which the alert can be looked at."""
    sender: str = ""
    """Name of the API key."""


class RouteTaken(Struct, omit_defaults=True):
    """One of the routes that an alert took, as it was then."""

    place: str
    """In the tree, e.g. `route.routes.0`."""
    name: str = ""
    channels: list[str] = []
    mute_times: list[str] = []
    active_times: list[str] = []


TransitionKind = Literal["pending", "cleared", "firing", "reopened", "announced", "resolved"]


class Transition(Struct, kw_only=True, omit_defaults=True):
    """
    One change of an alert as the evaluator decided it; entries of the outbox are lists of them.

    It carries what the router needs of its rule, so that routing an old transition is free of later edits.

    Kinds: `pending` the condition holds, waiting for its duration; `cleared` it stopped holding before that;
    `firing` announced at once; `reopened` firing again within the cooldown, announced only when that ends;
    `announced` the cooldown of a reopened alert ended while it fires; `resolved`.
    """

    kind: TransitionKind
    alert_id: str
    rule_id: str
    rule_name: str
    plugin_id: str
    plugin_name: str
    severity: Severity
    channels: list[str]
    condition: str
    """The condition in words, e.g. `cpu_usage > 80`."""
    metric: str = ""
    value: float | None = None
    threshold: float | None = None
    labels: dict[str, str] = {}
    at_ms: int
    """Event time of what caused it, or the clock's for time-driven ones."""
    decided_at_ms: int
    since_ms: int
    """Event time at which the condition began to hold."""
    hold_until_ms: int = 0
    """`reopened` only: when the cooldown ends and the channels may be told."""
    reason: str = ""
    """Why, in English words."""
    reason_code: str = ""
    """Why, as a code of `shared.model.sentences`; empty where it is text alone, e.g. of an older release."""
    reason_values: dict[str, Any] = {}
    """The values that the code's sentence names."""
    description: str = ""
    runbook_url: str = ""
    policy: Policy = msgspec.field(default_factory=Policy)
    parent_id: str = ""
    """The plugin that its plugin is a part of; it need not have events of its own."""
    request_id: str = ""
    """The API request of the event that caused it."""
    external: External | None = None
    """None: of a rule of ours."""
    routes: list[RouteTaken] = []
    """The routes that chose its channels; empty: its rule names them, or there are no routes."""


class Alert(Struct, kw_only=True):
    """One per rule and plugin while open; the record on the board and in the history."""

    id: str
    rule_id: str
    rule_name: str
    plugin_id: str
    plugin_name: str
    parent_id: str = ""
    """The plugin that its plugin is a part of."""
    severity: Severity
    state: AlertState
    channels: list[str]
    condition: str
    metric: str = ""
    value: float | None = None
    threshold: float | None = None
    labels: dict[str, str] = {}
    description: str = ""
    runbook_url: str = ""
    started_at_ms: int
    """When the condition began to hold."""
    fired_at_ms: int = 0
    """When it last fired; 0 while it never did."""
    acknowledged_at_ms: int = 0
    acknowledged_by: str = ""
    """A name for people to read."""
    acknowledged_by_principal: str = ""
    """Which person or program it was (`shared.model.principals`); empty in records of releases before 0.3."""
    resolved_at_ms: int = 0
    resolved_by: str = ""
    """A person's name, or `rule` when the condition ended."""
    resolved_by_principal: str = ""
    """Which person or program it was; empty for `rule`, and in records of releases before 0.3."""
    reason: str = ""
    """Why it is in this state, in English words or in those of the person who changed it."""
    reason_code: str = ""
    """Why, as a code of `shared.model.sentences`; empty for a person's words, and for alerts of older releases."""
    reason_values: dict[str, Any] = {}
    episode: int = 0
    """How often it fired: 1 at first, one more with every reopening."""
    announced_episode: int = 0
    """The newest episode of which channels may be notified."""
    hold_until_ms: int = 0
    """While reopened within its cooldown: when the channels will be notified; else 0."""
    policy: Policy = msgspec.field(default_factory=Policy)
    let_through_at_ms: int = 0
    """When channels could first be notified of this episode; 0 while it is suppressed. Reminders and escalation are
    counted from here."""
    suppressed: dict[str, str] = {}
    """Step → reason, while something holds its firing back from the channels; never from the board."""
    suppressed_reasons: dict[str, Reason] = {}
    """Step → the same reason as a code with values; without the steps that an older release noted."""
    assignee: str = ""
    reminders: int = 0
    """How often channels were to be reminded in this episode."""
    escalated: int = 0
    """How many steps of escalation were taken in this episode."""
    group: str = ""
    """Which of a channel's notifications it joins; empty: one of its own."""
    version: int = 0
    """Grows with every change; what a browser compares."""
    updated_at_ms: int = 0
    request_id: str = ""
    """The API request that changed it last, if one did."""
    external: External | None = None
    """What its sender says; None: an alert of a rule of ours."""
    routes: list[RouteTaken] = []
    """The routes that chose its channels; empty: its rule names them, or there are no routes."""
    muted: dict[str, str] = {}
    """Channel → time interval, of the channels that their routes mute now, while others are notified."""


class TimelineEntry(Struct, kw_only=True, omit_defaults=True):
    """One line of an alert's story: a transition, an operator's act or an attempt to deliver."""

    at_ms: int
    kind: str
    """A TransitionKind, `acknowledged`, `notification.sent`, `notification.failed`, `notification.dead`, …"""
    by: str = ""
    """A name for people to read."""
    principal: str = ""
    """Which person or program it was (`shared.model.principals`); names may be shared."""
    reason: str = ""
    reason_code: str = ""
    """As in `Alert`."""
    reason_values: dict[str, Any] = {}
    value: float | None = None
    threshold: float | None = None
    channel: str = ""
    attempt: int = 0
    took_ms: int = 0


class LedgerEntry(Struct, kw_only=True, omit_defaults=True):
    """The last news about one alert that one channel received, and the state of its next notification."""

    told: str = ""
    """"", `firing`, `acknowledged` or `resolved`."""
    told_episode: int = 0
    told_at_ms: int = 0
    reminded: int = 0
    """The number of the newest reminder of this alert that was sent to this channel."""
    maybe_told: bool = False
    """The result of an attempt to notify of the firing is unknown (no answer, or its worker died)."""
    status: str = "due"
    """`due`, `sending`, `settled` or `dead`."""
    attempts: int = 0
    """Failed attempts at the current news; 0 after a success."""
    attempted: str = ""
    """The news these attempts were at, as `news:episode`."""
    not_before_ms: int = 0
    """When the next attempt may be made; the provider's wish or the back-off."""
    reason: str = ""
    """Why the last attempt failed, in English; `reason_code` and `reason_values` say the same to programs."""
    reason_code: str = ""
    reason_values: dict[str, Any] = {}
    worker: str = ""
    """Who marked the attempt now under way (`sending`)."""
    message_id: str = ""
    """The provider's id of the message, for later edits and threads."""
    in_doubt: bool = False
    """The last attempt at the current news ended without an answer; the next one may repeat it."""
    possible_duplicates: int = 0
    """Sends repeated though the one before may have been accepted: its worker died, or no answer came."""


UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for a body that is none of ours."""
NEVER = LedgerEntry()
UNKNOWN = LedgerEntry(maybe_told=True, in_doubt=True)
"""Of a line that nobody can read: the channel may know anything."""
_decode_line = msgspec.json.Decoder(LedgerEntry).decode


def ledger_entry(body: bytes | None) -> LedgerEntry:
    """Return what a line of the ledger says: `NEVER` if there is none, `UNKNOWN` if nobody can read it."""
    try:
        return _decode_line(body) if body else NEVER
    except UNREADABLE:
        return UNKNOWN
