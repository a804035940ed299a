"""Signatures of webhooks: a sender that signs its body proves that nobody on the way changed it. Shell."""

import hashlib
import hmac

from ingest.alertmanager.calls import Call, Refusal
from shared.model import reasons
from shared.setting_values import listed


def check_github(call: Call, body: bytes, key: str, *, is_in_address: bool) -> None:
    """
    Check `X-Hub-Signature-256`, which GitHub makes with the secret of the webhook: the key.

    A key in the header proves the sender by itself, so a relay that cannot sign may send.

    Raises:
        Refusal: there is none, or it is not that of this body.
    """
    given = call.request.headers.get("X-Hub-Signature-256", "")
    if given or is_in_address:
        _compare("X-Hub-Signature-256", given.removeprefix("sha256="), [key], body, "ingest.unsigned_github")


def check_sentry(call: Call, body: bytes, _key: str, *, is_in_address: bool) -> None:
    """
    Check `Sentry-Hook-Signature`, which Sentry makes with the client secret of the integration, if that is set here.

    Raises:
        Refusal: there is none, or it is not that of this body.
    """
    if secrets := listed(call.settings.sentry_client_secrets):
        given = call.request.headers.get("Sentry-Hook-Signature", "")
        _compare("Sentry-Hook-Signature", given, list(secrets), body, "ingest.unsigned_sentry")


def _compare(header: str, given: str, secrets: list[str], body: bytes, remedy: str) -> None:
    made = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    # All are compared, so that the time says nothing.
    fits = [hmac.compare_digest(one.encode(), given.lower().encode()) for one in made]
    if not any(fits):
        raise Refusal(403, reasons.of(remedy, header=header))
