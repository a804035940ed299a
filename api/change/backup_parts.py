"""What each part of a backup must be: read the way the system will, before any of it is put in place."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from pydantic import ValidationError

from api.auth.api_keys import ApiKey
from api.auth.identity import User
from api.read import heard
from dispatchers import channel as channels
from evaluator import condition
from shared import vault
from shared.errors import ConfigurationError, Invalid, NotFound
from shared.model import reasons
from shared.model.alerts import Alert, LedgerEntry, TimelineEntry
from shared.model.rules import Rule
from shared.model.scrapes import ScrapeJob
from shared.model.silences import Silence
from shared.store import audit, body_mapping_store, mapping_store, report_store, route_store, saved_searches, versions
from shared.store.subscriptions import Subscription

_LATEST_MS = 253_402_300_799_999
"""The end of the year 9999."""
_Instant = Annotated[int, Meta(ge=0, le=_LATEST_MS)]
_Score = Annotated[float, Meta(ge=0, le=2**53)]
_ENTRY_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")
_HOUR = re.compile(r"[0-9]{1,9}")
_COUNT = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"[0-9]{1,15}")
_PASSWORD = re.compile(r"\$argon2id\$[\x21-\x7e]{1,500}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class _SigningKey(Struct):
    key: Annotated[str, Meta(min_length=32)]
    created_at_ms: _Instant


class _Wrong(ValueError):
    """The code of what a part is not; it holds nothing of what it is."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.why = reasons.of(code)


def check(content: Any, *, is_signed: bool) -> None:
    """
    Args:
        is_signed: The system wrote it itself: conditions and channels were judged when they were saved, perhaps by a
            release that took what this one does not, and are shown as unusable then; they cost nobody the backup.

    Raises:
        Invalid: a part is missing, or is not what the system would read there; names it, and tells nothing of it.
    """
    if not isinstance(content, dict):
        raise Invalid({"content": reasons.of("backup.missing")}, "The backup")
    with_alerts = "alerts" in content
    judged: Mapping[str, Callable[[str, Any], Any]] = (
        {} if is_signed else {"rules": _usable_rule, "channels": _usable_channel}
    )
    for section, read_part in {**_PARTS, **(_WITH_ALERTS if with_alerts else {}), **judged}.items():
        parts = content.get(section, {} if section in _ADDED_LATER else None)
        if not isinstance(parts, dict):
            raise Invalid({section: reasons.of("backup.missing")}, "The backup")
        for name, body in parts.items():
            try:
                read_part(name, body)
            except ConfigurationError as error:
                raise Invalid({f"{section}.{name}": error.reason}, "The backup") from None
            except _Wrong as error:
                raise Invalid({f"{section}.{name}": error.why}, "The backup") from None
            except (ValidationError, Invalid, NotFound, AttributeError, TypeError, ValueError, RecursionError) as error:
                wrong = reasons.of("backup.unreadable", error=type(error).__name__)
                raise Invalid({f"{section}.{name}": wrong}, "The backup") from None
    missing = [name for name in _SETTINGS if name not in content["settings"]]
    if missing:
        raise Invalid({f"settings.{missing[0]}": reasons.of("backup.missing")}, "The backup")
    if unknown := content.keys() - _PARTS.keys() - _WITH_ALERTS.keys():
        raise Invalid({min(unknown): reasons.of("backup.unknown_part")}, "The backup")


_SETTINGS = ("partitions", "rules_revision", "silences_revision")
_ADDED_LATER = (
    "statistics",
    "deliveries",
    "ingest_mapping",
    "body_mappings",
    "scrape_jobs",
    "routes",
    "report_schedule",
    "report_mails",
    "saved_searches",
)
"""Parts that the first backups did not have."""


def _must(holds: bool, code: str) -> None:
    if not holds:
        raise _Wrong(code)


def _rule(name: str, body: Any) -> Rule:
    rule = Rule.model_validate_json(_text(body), extra="ignore")
    _must(rule.id == name, "backup.other_rule")
    return rule


def _usable_rule(name: str, body: Any) -> None:
    condition.check(_rule(name, body))


def _silence(name: str, body: Any) -> None:
    _must(Silence.model_validate_json(_text(body), extra="ignore").id == name, "backup.other_silence")


def _user(name: str, body: Any) -> None:
    user = msgspec.json.decode(_text(body), type=User)
    _must(user.name == name, "backup.other_user")
    _must(bool(_PASSWORD.fullmatch(user.password)), "backup.no_password")
    _instants(user.created_at_ms, user.changed_at_ms, user.valid_from_s)


def _api_key(name: str, body: Any) -> None:
    key = msgspec.json.decode(_text(body), type=ApiKey)
    _must(key.id == name, "backup.other_key")
    _must(bool(_DIGEST.fullmatch(key.digest)), "backup.no_secret")
    _instants(key.created_at_ms, key.expires_at_ms)


def _mapping(name: str, body: Any) -> None:
    version = mapping_store.read(_text(body).encode())
    _must(name in (versions.CURRENT, str(version.version)), "backup.other_mapping")


def _body_mappings(name: str, body: Any) -> None:
    version = body_mapping_store.read(_text(body).encode())
    _must(name in (versions.CURRENT, str(version.version)), "backup.other_body_mappings")


def _routes(name: str, body: Any) -> None:
    version = route_store.read(_text(body).encode())
    _must(name in (versions.CURRENT, str(version.version)), "backup.other_routes")


def _saved_search(name: str, body: Any) -> None:
    one = saved_searches.read(_text(body))
    _must(one.id == name, "backup.other_search")
    _must(not saved_searches.why_not(one.name, one.query), "backup.no_search")
    _instants(one.created_at_ms, one.changed_at_ms)


def _report_schedule(name: str, body: Any) -> None:
    version = report_store.read(_text(body).encode())
    _must(name in (versions.CURRENT, str(version.version)), "backup.other_schedule")


def _report_mail(name: str, body: Any) -> None:
    _must(bool(re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", name)), "backup.other_month")
    _must(report_store.mail_of(_text(body).encode()) is not None, "backup.other_month")


def _subscription(name: str, body: Any) -> None:
    one = Subscription.model_validate_json(_text(body))
    _must(one.id == name, "backup.other_browser")
    _instants(one.created_at_ms)


def _channel(_name: str, body: Any) -> dict[str, Any]:
    return msgspec.json.decode(_opened(body), type=dict[str, Any])


def _usable_channel(name: str, body: Any) -> None:
    channels.get(name).check(_channel(name, body))


def _scrape_job(name: str, body: Any) -> None:
    job = ScrapeJob.model_validate_json(_opened(body))
    _must(job.name == name, "backup.other_scrape_job")


def _signing_key(_name: str, body: Any) -> None:
    msgspec.json.decode(_opened(body), type=_SigningKey)


def _push_key(name: str, body: Any) -> None:
    _must(name == "key", "backup.no_part")
    _opened(body)


def _setting(name: str, body: Any) -> None:
    _must(name in _SETTINGS, "backup.no_setting")
    _must(bool(_NUMBER.fullmatch(_text(body))), "backup.no_number")


def _alert(name: str, body: Any) -> None:
    alert = msgspec.json.decode(_text(body), type=Alert)
    _must(alert.id == name, "backup.other_alert")
    _instants(alert.started_at_ms, alert.updated_at_ms)


def _timeline(_name: str, lines: Any) -> None:
    for line in msgspec.convert(lines, list[str]):
        msgspec.json.decode(line, type=TimelineEntry)


def _ledger(_name: str, entries: Any) -> None:
    for body in msgspec.convert(entries, dict[str, str]).values():
        msgspec.json.decode(body, type=LedgerEntry)


def _plugin(name: str, body: Any) -> None:
    _must(msgspec.json.decode(_text(body), type=heard.Plugin).plugin_id == name, "backup.other_plugin")


def _snapshots(name: str, fields: Any) -> None:
    _must(bool(_HOUR.fullmatch(name)), "backup.no_partition")
    for place, body in msgspec.convert(fields, dict[str, str]).items():
        _must("\0" in place, "backup.no_series")
        msgspec.msgpack.decode(base64.b64decode(body, validate=True))


def _counts(name: str, counts: Any) -> None:
    _must(bool(_HOUR.fullmatch(name)), "backup.no_hour")
    for count in msgspec.convert(counts, dict[str, str]).values():
        _must(bool(_COUNT.fullmatch(count)), "backup.no_counts")


def _entry(name: str, body: Any) -> None:
    _must(bool(_ENTRY_ID.fullmatch(name)), "backup.no_audit_id")
    msgspec.json.decode(_text(body), type=audit.Entry)


def _score(_name: str, body: Any) -> None:
    msgspec.convert(body, _Score)


def _expiry(_name: str, body: Any) -> None:
    msgspec.convert(body, _Instant)


_PARTS: Mapping[str, Callable[[str, Any], Any]] = {
    "rules": _rule,
    "silences": _silence,
    "push_subscriptions": _subscription,
    "users": _user,
    "api_keys": _api_key,
    "ingest_mapping": _mapping,
    "body_mappings": _body_mappings,
    "routes": _routes,
    "saved_searches": _saved_search,
    "report_schedule": _report_schedule,
    "report_mails": _report_mail,
    "channels": _channel,
    "signing_keys": _signing_key,
    "scrape_jobs": _scrape_job,
    "push_key": _push_key,
    "settings": _setting,
}
_WITH_ALERTS: Mapping[str, Callable[[str, Any], Any]] = {
    "alerts": _alert,
    "timelines": _timeline,
    "ledgers": _ledger,
    "expiries": _expiry,
    "active": _score,
    "history": _score,
    "dead": _score,
    "banner": _alert,
    "plugins": _plugin,
    "snapshots": _snapshots,
    "statistics": _counts,
    "deliveries": _counts,
    "audit": _entry,
}


def _text(body: Any) -> str:
    _must(isinstance(body, str), "backup.no_text")
    return str(body)


def _opened(body: Any) -> bytes:
    sealed = _text(body).encode()
    _must(vault.is_sealed(sealed), "backup.not_sealed")
    return vault.current().open(sealed)


def _instants(*instants: int) -> None:
    _must(all(0 <= at_ms <= _LATEST_MS for at_ms in instants), "backup.no_instant")
