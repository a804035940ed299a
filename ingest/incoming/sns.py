"""
Messages of Amazon SNS: their signature is checked, and a subscription is confirmed. Shell.

The certificate comes from SNS by TLS, whose chain is verified, from an address whose host was checked
(https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
"""

import base64
import threading
import time
from collections import OrderedDict
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from dispatchers import http
from dispatchers.channel import DeliveryError
from dispatchers.surroundings import Surroundings
from ingest.alertmanager.calls import RETRY_S, Call, Refusal
from ingest.formats.webhooks import cloudwatch
from ingest.incoming import fields
from shared.model import reasons
from shared.model.reasons import Reason

KEPT_S = 3_600.0
"""How long a certificate is kept. SNS replaces its own about once a year, under another address."""
MAX_KEPT = 50
"""Regions have one each."""
_HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}
_kept: OrderedDict[str, tuple[float, rsa.RSAPublicKey]] = OrderedDict()
_calls = threading.BoundedSemaphore(2)
"""Calls to SNS at the same time: slow ones must not take the threads of other senders."""


def check(call: Call, body: bytes, _key: str, *, is_in_address: bool) -> None:
    """
    Check the signature of a message, and confirm the subscription if that is what it asks for.

    Raises:
        Refusal: SNS has not signed it, or SNS cannot be reached, so that nothing is known; then SNS sends it again.
    """
    del is_in_address  # A key in the header proves nothing about SNS.
    if call.request.headers.get("x-amz-sns-rawdelivery") == "true":
        raise Refusal(400, reasons.of("ingest.sns_raw"))
    document = fields.document_of(body)
    digest = _HASHES.get(fields.text(document, "SignatureVersion", 8))
    if digest is None:
        raise Refusal(403, reasons.of("ingest.unsigned_sns"))
    text, url = cloudwatch.signed_text(document), cloudwatch.certificate_url(document)
    key = _key_at(call, url)
    try:
        signature = base64.b64decode(fields.text(document, "Signature", 4_096), validate=True)
        key.verify(signature, text, padding.PKCS1v15(), digest())
    except (ValueError, InvalidSignature):
        raise Refusal(403, reasons.of("ingest.unsigned_sns")) from None
    if document.get("Type") == "SubscriptionConfirmation" and call.request.args.get("dry_run") != "true":
        _get(call, cloudwatch.subscribe_url(document))
        topic = fields.text(document, "TopicArn", 256)
        call.log.info("ingest.sns_confirmed", caller=call.caller.name, topic=topic)


def _key_at(call: Call, url: str) -> rsa.RSAPublicKey:
    found = _kept.get(url)
    if found is not None and time.monotonic() - found[0] < KEPT_S:
        return found[1]
    try:
        certificate = x509.load_pem_x509_certificate(_get(call, url).encode())
        key, now = certificate.public_key(), datetime.now(UTC)
    except ValueError:
        # Its address was checked, so it is the answer that is wrong, not the message: SNS sends that again.
        raise _away(reasons.of("ingest.sns_no_certificate")) from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise _away(reasons.of("ingest.sns_no_certificate"))
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise Refusal(403, reasons.of("ingest.sns_certificate_over"))
    _kept[url] = (time.monotonic(), key)
    while len(_kept) > MAX_KEPT:
        _kept.popitem(last=False)
    return key


def _get(call: Call, url: str) -> str:
    """
    Return what SNS answers at an address that was checked.

    Raises:
        Refusal: it does not answer as it should.
    """
    if not _calls.acquire(blocking=False):
        raise _away(reasons.of("ingest.sns_busy"))
    try:
        # Neither the embedded server nor a setting makes an address of SNS lead into the own network.
        around = Surroundings.of(call.redis, call.settings).for_strangers()
        return http.request("GET", url, around, body=b"", headers={}).body
    except DeliveryError as error:
        call.log.warning("ingest.sns_away", reason=str(error.why), caller=call.caller.name)
        raise _away(error.why) from None
    finally:
        _calls.release()


def _away(because: Reason) -> Refusal:
    return Refusal(503, reasons.of("ingest.sns_away", because=because), {"Retry-After": str(RETRY_S)})
