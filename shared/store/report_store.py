"""When the report of a month is mailed, and what became of each month's mail: the ledger of reports."""

from collections.abc import Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, field_validator
from redis import Redis

from shared.errors import Conflict, Invalid
from shared.model import calendar_months, mail_recipients, reasons, time_zones
from shared.model.alerts import UNREADABLE
from shared.model.encoding import encode
from shared.model.mail_recipients import MailAddress
from shared.model.reasons import NONE, Reason
from shared.redis import keys, report_keys
from shared.store import audit, channel_store, versions
from shared.store.audit import NOBODY, Author


class Schedule(BaseModel):
    """When the report of the month before is mailed, and to whom."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    channel: str = Field(
        pattern=r"^email(-[a-z0-9_-]{1,58})?$", description="The e-mail channel through whose server it is sent."
    )
    recipients: list[MailAddress] = Field(
        default_factory=list,
        max_length=mail_recipients.MOST,
        description="Addresses that get the report instead of the channel's own.",
    )
    day: int = Field(1, ge=1, le=28, description="Of the month.")
    hour: int = Field(8, ge=0, le=23)
    timezone: str = Field("UTC", max_length=time_zones.MOST_CHARS, description="Of day, hour, and the report's months.")
    language: Literal["en", "ko"] = "en"
    enabled: bool = True

    @field_validator("timezone")
    @classmethod
    def _a_timezone(cls, name: str) -> str:
        return time_zones.check(name)


class Version(versions.Version):
    """A schedule, and who put it in force."""

    schedule: Schedule | None = None
    """None: no report is mailed."""


class Mail(Struct, omit_defaults=True):
    """What became of the mail of one month."""

    status: Literal["due", "sending", "sent", "dead"] = "due"
    not_before_ms: int = 0
    """When the router gives it its next job."""
    attempts: int = 0
    left: list[str] | None = None
    """Recipients that the server refused for the time being; None: nobody has it."""
    at_ms: int = 0
    """Of the last change."""
    why: Reason = NONE
    """Of the last failure."""
    possible_duplicates: int = 0
    """Attempts that a crash cut off, and that the server may have accepted."""
    asked_at_ms: int = 0
    """When a person last asked for it; 0: nobody did, and the schedule alone sends it."""


def document(version: Version) -> dict[str, Any]:
    """Return a version as the API and the audit have it."""
    return {**version.model_dump(exclude={"schedule"}), "schedule": _schedule(version)}


def _schedule(version: Version) -> dict[str, Any] | None:
    return None if version.schedule is None else version.schedule.model_dump()


_KEPT = versions.Versions(
    report_keys.report_schedule,
    Version(),
    content="schedule",
    action="reports.schedule",
    stored=lambda version: msgspec.json.encode(document(version)),
    document=_schedule,
    stale=lambda: reasons.of("stale.report_schedule"),
    missing=lambda version: reasons.of("missing.report_schedule", version=version),
    unreadable=lambda: reasons.of("problem.report_schedule_unreadable"),
    begins_built_in=True,
)
read = _KEPT.read
current = _KEPT.current


def save(redis: Redis, schedule: Schedule | None, *, author: Author = NOBODY, expected: int | None = None) -> Version:
    """
    Put a schedule in force, as `Versions.save`; None: mail no report.

    Raises:
        Invalid: its channel is configured neither here nor by the environment.
    """
    if schedule is not None and not _is_configured(redis, schedule.channel):
        raise Invalid({"channel": reasons.of("report.no_channel")}, "The schedule")
    return _KEPT.save(redis, schedule, author, expected)


def _is_configured(redis: Redis, channel: str) -> bool:
    return bool(redis.hexists(keys.channels(), channel)) or bool(channel_store.from_environment(channel))


def ask(redis: Redis, month: str, now_ms: int, *, author: Author = NOBODY) -> None:
    """
    Have the report of a month mailed now, also if it was mailed before; the router gives it a job within seconds.

    Args:
        month: `YYYY-MM`, of one that is over.

    Raises:
        Conflict: no schedule says to whom, or the month is being mailed at this moment.
    """

    def write(pipe: Any) -> None:
        schedule = read(pipe.hget(report_keys.report_schedule(), versions.CURRENT)).schedule
        if schedule is None or not schedule.enabled:
            raise Conflict(reasons.of("report.not_scheduled"))
        before = mail_of(pipe.hget(report_keys.report_mails(), month)) or Mail()
        if before.status == "sending" and before.not_before_ms > now_ms:
            raise Conflict(reasons.of("report.being_sent", month=month))
        pipe.multi()
        pipe.hset(report_keys.report_mails(), month, encode(Mail(at_ms=now_ms, asked_at_ms=now_ms)))
        audit.stage(pipe, author, "reports.send", month)

    redis.transaction(write, report_keys.report_schedule(), report_keys.report_mails())


def restored_ledger(redis: Any, content: Mapping[str, Any], made_at_ms: int, now_ms: int) -> dict[str, bytes]:
    """
    Return the ledger after the restore of a backup, month → document: no month is mailed twice by the schedule.

    What this system has mailed stays mailed. A month that came due after the backup was made may have been mailed by
    a system whose ledger is lost, so it waits for a person to ask for it.

    Args:
        redis: A connection, or a pipeline that is in no transaction yet.
        content: Of the backup, which is checked.
        made_at_ms: When it was made.
    """
    kept = redis.hgetall(report_keys.report_mails())
    found = {month: body.encode() for month, body in content.get("report_mails", {}).items()}
    found |= {month.decode("utf-8", "replace"): body for month, body in kept.items()}
    stored = content.get("report_schedule", {}).get(versions.CURRENT)
    schedule = None if stored is None else read(stored.encode()).schedule
    if schedule is None or redis.hexists(report_keys.report_schedule(), versions.CURRENT):
        return found
    month, since_ms = due_month(schedule, now_ms)
    if month not in found and since_ms > made_at_ms:
        found[month] = encode(Mail(status="dead", at_ms=now_ms, why=reasons.of("report.restored")))
    return found


def mails(redis: Redis) -> dict[str, Mail]:
    """Return what became of the mail of each month, newest month first. What cannot be read is left out."""
    found = {
        month.decode("utf-8", "replace"): mail_of(body)
        for month, body in redis.hgetall(report_keys.report_mails()).items()
    }
    return {month: mail for month, mail in sorted(found.items(), reverse=True) if mail is not None}


def shown(redis: Redis, version: Version) -> dict[str, Any]:
    """Return a version with what became of the mails, as the API answers it."""
    found = [
        {
            "month": month,
            "status": mail.status,
            "attempts": mail.attempts,
            "at_ms": mail.at_ms,
            "possible_duplicates": mail.possible_duplicates,
            **reasons.fields(mail.why),
        }
        for month, mail in mails(redis).items()
    ]
    return {**document(version), "mails": found}


def mail_of(body: bytes | None) -> Mail | None:
    """Return a stored mail; None if there is none, or nobody can read it."""
    try:
        return msgspec.json.decode(body, type=Mail) if body else None
    except UNREADABLE:
        return None


def due_month(schedule: Schedule, now_ms: int) -> tuple[str, int]:
    """Return the newest month whose report is to be mailed by now, and since when."""
    zone = ZoneInfo(schedule.timezone)
    month = calendar_months.of(now_ms, zone)
    while True:
        at_ms = calendar_months.instant_ms(month, schedule.day, schedule.hour, zone)
        month = calendar_months.after(month, -1)
        if at_ms <= now_ms:
            return month, at_ms
