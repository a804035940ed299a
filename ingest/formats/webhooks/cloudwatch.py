"""
Alarms of CloudWatch, as SNS delivers them: what of a message is signed, whose addresses it may name, and what the alarm
in it states. Pure.

Shapes: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

import re

import msgspec

from ingest.format import Refused
from ingest.formats.webhooks.heard import Heard, Moment
from ingest.incoming import fields
from ingest.incoming.fields import Document
from ingest.incoming.notice import Notice
from shared.model import reasons
from shared.model.alerts import TEXT_LENGTH

CONFIRMATIONS = ("SubscriptionConfirmation", "UnsubscribeConfirmation")
_SIGNED_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
_HOST = r"https://sns\.[a-z0-9-]{3,32}\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE = re.compile(_HOST + r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_SUBSCRIBE = re.compile(_HOST + r"/\?Action=ConfirmSubscription&[A-Za-z0-9&=%:._~+/-]{1,2000}")
MAX_DIMENSIONS = 30
ARN_LENGTH = 512
"""Region, account and an alarm's name of 255 characters."""


def signed_text(document: Document) -> bytes:
    """
    Return the text that SNS has signed.

    Raises:
        Refused: a field that is signed is no text.
    """
    is_confirmation = document.get("Type") in CONFIRMATIONS
    lines = []
    for name in _SIGNED_CONFIRMATION if is_confirmation else _SIGNED_NOTIFICATION:
        value = document.get(name)
        if name == "Subject" and value is None:
            continue
        if not isinstance(value, str):
            raise Refused(400, fields.missing(name))
        lines.append(f"{name}\n{value}\n")
    return "".join(lines).encode()


def certificate_url(document: Document) -> str:
    """
    Return where the certificate of the signature is.

    Raises:
        Refused: that is no address of SNS, and anybody can sign with a certificate of their own.
    """
    return _address(document, "SigningCertURL", _CERTIFICATE)


def subscribe_url(document: Document) -> str:
    """
    Return the address that confirms a subscription.

    Raises:
        Refused: that is no address of SNS.
    """
    return _address(document, "SubscribeURL", _SUBSCRIBE)


def read(document: Document, _moment: Moment) -> Heard:
    """Return what a message states whose signature was checked; nothing for what is no change of an alarm."""
    if document.get("Type") != "Notification":
        return Heard()
    try:
        alarm = msgspec.json.decode(fields.text(document, "Message", 1_000_000), type=Document)
    except fields.UNREADABLE:
        return Heard()
    name = fields.text(alarm, "AlarmName", TEXT_LENGTH)
    account, region = (fields.text(alarm, key, TEXT_LENGTH) for key in ("AWSAccountId", "Region"))
    dedup = fields.text(alarm, "AlarmArn", ARN_LENGTH) or f"{account} {region} {name}"
    state = alarm.get("NewStateValue")
    if not name or state not in ("ALARM", "OK"):
        return Heard()
    changed_at_ms = fields.instant_ms(fields.text(alarm, "StateChangeTime", TEXT_LENGTH))
    if state == "OK":
        return Heard(ends=[dedup], ended_at_ms=changed_at_ms)
    trigger = fields.nested(alarm, "Trigger")
    dimensions = _dimensions(trigger)
    labels = {
        "alarm": name,
        "account": account,
        "region": region,
        "namespace": fields.text(trigger, "Namespace", TEXT_LENGTH),
        "metric": fields.text(trigger, "MetricName", TEXT_LENGTH),
    }
    notice = Notice(
        name,
        {**dimensions, **labels},
        tuple(dimensions) or ("alarm",),
        severity="error",
        annotations={
            "summary": fields.text(alarm, "NewStateReason"),
            "description": fields.text(alarm, "AlarmDescription"),
        },
        dedup=dedup,
        starts_at_ms=changed_at_ms,
    )
    return Heard(fires=[notice])


def _address(document: Document, name: str, pattern: re.Pattern[str]) -> str:
    given = fields.text(document, name, 4_096)
    if not pattern.fullmatch(given):
        raise Refused(403, reasons.of("ingest.not_of_sns", field=name))
    return given


def _dimensions(trigger: Document) -> dict[str, str]:
    """Return what the alarm measures, e.g. `InstanceId`. An alarm of several metrics names none."""
    given = trigger.get("Dimensions")
    pairs = [one for one in given[:MAX_DIMENSIONS] if isinstance(one, dict)] if isinstance(given, list) else []
    found = {fields.text(one, "name", TEXT_LENGTH): fields.text(one, "value", TEXT_LENGTH) for one in pairs}
    return {name: found[name] for name in sorted(found) if name and found[name]}
