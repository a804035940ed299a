"""
Messages of SNS at their address: signed by a certificate that the process fetches itself, from a server whose name and
authority it verifies. Every name leads to that server by a proxy; nothing of the check is replaced.
"""

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from redis import Redis

from api.auth import api_keys
from ingest.format import Refused
from ingest.formats.webhooks import cloudwatch
from shared.redis import keys, streams
from tests.support.authority import Authority
from tests.support.forward_proxy import ForwardProxy, forward_proxy
from tests.support.ingest_doors import Doors, doors_of
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S

HOST = "sns.ap-northeast-2.amazonaws.com"
CERTIFICATE = "/SimpleNotificationService-0123abcd.pem"
TOPIC = "arn:aws:sns:ap-northeast-2:123456789012:alarms"
ALARM = {
    "AlarmName": "CPU 높음",
    "AWSAccountId": "123456789012",
    "AlarmArn": "arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:cpu",
    "NewStateValue": "ALARM",
    "NewStateReason": "Threshold Crossed",
    "StateChangeTime": "2026-11-20T10:00:00.000+0000",
    "Region": "Asia Pacific (Seoul)",
    "Trigger": {
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/EC2",
        "Dimensions": [{"name": "InstanceId", "value": "i-1"}],
    },
}
SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class Sns:
    """What Amazon runs: a key, its certificate behind TLS, and confirmations that it counts."""

    def __init__(self, days: int = 1) -> None:
        self.key = rsa.generate_private_key(65_537, 2_048)
        self.asked: list[str] = []
        self.status = 200
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        until = datetime.now(UTC) + timedelta(days=days)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
        made = made.serial_number(1).not_valid_before(until - timedelta(days=2)).not_valid_after(until)
        self.pem = made.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def message(self, kind: str = "Notification", version: str = "2", **changed: Any) -> dict[str, Any]:
        """Return a signed message; what is given as None is left out before it is signed."""
        subscribe = f"https://{HOST}/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f"
        made = {
            "Type": kind,
            "MessageId": "165545c9",
            "TopicArn": TOPIC,
            "Subject": "ALARM",
            "Message": json.dumps(ALARM, ensure_ascii=False),
            "Timestamp": "2026-11-20T10:00:01.000Z",
            "SignatureVersion": version,
            "SigningCertURL": f"https://{HOST}{CERTIFICATE}",
            **({"SubscribeURL": subscribe, "Token": "2336412f"} if kind != "Notification" else {}),
            **changed,
        }
        made = {name: value for name, value in made.items() if value is not None}
        text = "".join(f"{name}\n{made[name]}\n" for name in SIGNED[kind] if name in made).encode()
        digest = hashes.SHA1() if version == "1" else hashes.SHA256()
        return made | {"Signature": base64.b64encode(self.key.sign(text, padding.PKCS1v15(), digest)).decode()}


@contextmanager
def serving(sns: Sns, files: tuple[Path, Path]) -> Iterator[tuple[str, int]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sns.asked.append(self.path)
            self.send_response(sns.status)
            self.end_headers()
            self.wfile.write(sns.pem if self.path == CERTIFICATE else b"<ConfirmSubscriptionResponse/>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield ("127.0.0.1", server.server_port)
    finally:
        server.shutdown()
        server.server_close()


class Site:
    """`ingest`, whose only way out is a proxy that leads every name to the server of `sns`."""

    def __init__(self, doors: Doors, redis: Redis, proxy: ForwardProxy) -> None:
        self.doors, self.proxy, self._redis = doors, proxy, redis
        self.key = api_keys.create(redis, "aws", "publisher", 1, doors=["webhook"])[1]

    def send(self, message: Any, query: str = "", **headers: str) -> requests.Response:
        kind = {"Content-Type": "text/plain; charset=UTF-8", **headers}
        url = f"{self.doors.url}/webhook/cloudwatch/{self.key}{query}"
        return requests.post(url, data=json.dumps(message).encode(), headers=kind, timeout=PATIENCE_S)

    def statements(self) -> list[Any]:
        entries = [
            fields[keys.EXTERNAL_FIELD]
            for partition in range(8)
            for _, fields in self._redis.xrange(keys.events(partition))
            if keys.EXTERNAL_FIELD in fields
        ]
        return [seen for entry in entries for seen in streams.decode_statements(entry)]


Start = Callable[..., Site]


@pytest.fixture
def start(server: RealServer, redis: Redis, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts the site, with the authority of its server trusted or not."""
    authority = Authority(tmp_path / "authority")

    @contextmanager
    def started(sns: Sns, trusted: Authority | None = None, shown: str = HOST) -> Iterator[Site]:
        with serving(sns, authority.certificate(shown)) as address, forward_proxy(leads_to=address) as proxy:
            ways = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str((trusted or authority).file)}
            with contextmanager(doors_of)(server, redis, tmp_path, **ways) as doors:
                yield Site(doors, redis, proxy)

    yield started


def test_alarm_fires_and_ends_and_its_certificate_is_fetched_once(start: Any) -> None:
    sns = Sns()
    with start(sns) as site:
        fired = [site.send(sns.message(version=version)).json() for version in ("1", "2")]
        over = json.dumps({**ALARM, "NewStateValue": "OK"})
        ended = site.send(sns.message(Message=over, Subject=None)).json()
        unknown = site.send(sns.message(Message=json.dumps({**ALARM, "NewStateValue": "INSUFFICIENT_DATA"}))).json()
        other = site.send(sns.message(Message="a text")).json()
        first, *_, last = sorted(site.statements(), key=lambda seen: not seen.labels)

    assert [1, 1, 1, 0, 0] == [answer["taken"] for answer in (*fired, ended, unknown, other)]
    assert ("CPU 높음", "i-1", "Threshold Crossed") == (first.name, first.plugin_id, first.annotations["summary"])
    assert (1_795_168_800_000, first.fingerprint) == (first.starts_at_ms, last.fingerprint)
    assert [CERTIFICATE] == sns.asked


def test_subscription_is_confirmed_only_if_sns_has_signed_it(start: Any) -> None:
    sns, another = Sns(), Sns()
    with start(sns) as site:
        forged = site.send(another.message("SubscriptionConfirmation"))
        elsewhere = site.send(
            sns.message("SubscriptionConfirmation", SubscribeURL="https://internal.example/?Action=x")
        )
        tried = site.send(sns.message("SubscriptionConfirmation"), "?dry_run=true")
        before = [path for path in sns.asked if path != CERTIFICATE]
        taken = site.send(sns.message("SubscriptionConfirmation"))
        assert "ingest.sns_confirmed" in site.doors.process.log()

    assert ([403, 403, 200], []) == ([one.status_code for one in (forged, elsewhere, tried)], before)
    assert 200 == taken.status_code
    assert f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=2336412f" == sns.asked[-1]


def test_what_sns_has_not_signed_is_refused(start: Any) -> None:
    sns = Sns()
    good = sns.message()
    bad = [
        {**good, "Message": json.dumps({**ALARM, "AlarmName": "another"})},
        {**good, "Signature": "AAAA"},
        {**good, "Signature": "not base64"},
        {**good, "SignatureVersion": "3"},
        {**good, "SignatureVersion": "1"},
        {**good, "Subject": "changed"},
    ]
    with start(sns) as site:
        answers = [site.send(message).status_code for message in bad]
        raw = site.send(ALARM, **{"x-amz-sns-rawdelivery": "true"})
        missing = site.send({**good, "MessageId": None})

        assert [] == site.statements()
    assert [403] * len(bad) == answers
    assert (400, 400) == (raw.status_code, missing.status_code)
    assert "switch it off" in raw.json()["detail"]


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}{CERTIFICATE}",
        f"https://{HOST}.example.com{CERTIFICATE}",
        f"https://example.com/{HOST}{CERTIFICATE}",
        f"https://{HOST}@example.com{CERTIFICATE}",
        f"https://{HOST}:8443{CERTIFICATE}",
        f"https://s3.ap-northeast-2.amazonaws.com{CERTIFICATE}",
        f"https://sns.ap-northeast-2.amazonaws.com.evil{CERTIFICATE}",
        f"https://sns.evil.com/.amazonaws.com{CERTIFICATE}",
        f"https://{HOST}/other.pem",
        f"https://{HOST}/SimpleNotificationService-0123abcd.pem?x=1",
        f"https://{HOST}/../SimpleNotificationService-0123abcd.pem",
    ],
)
def test_certificate_of_any_other_address_is_not_asked_for(url: str) -> None:
    with pytest.raises(Refused):
        cloudwatch.certificate_url({"SigningCertURL": url})


@pytest.mark.parametrize("is_trusted", [False, True])
def test_server_that_no_trusted_authority_vouches_for_gives_no_certificate(
    start: Any, tmp_path: Path, is_trusted: bool
) -> None:
    sns = Sns()
    ways = {"shown": "sns.us-east-1.amazonaws.com"} if is_trusted else {"trusted": Authority(tmp_path / "b", "Another")}
    with start(sns, **ways) as site:
        answer = site.send(sns.message())

        assert [] == site.statements()
    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
    assert [] == sns.asked


def test_message_is_taken_when_sns_sends_it_again_after_its_certificate_could_not_be_had(start: Any) -> None:
    sns = Sns()
    with start(sns) as site:
        sns.status = 500
        first = site.send(sns.message())
        sns.status = 200
        again = site.send(sns.message())

        assert ["CPU 높음"] == [seen.name for seen in site.statements()]
    assert (503, 200) == (first.status_code, again.status_code)


def test_answer_that_is_no_certificate_says_nothing_about_the_message(start: Any) -> None:
    sns = Sns()
    with start(sns) as site:
        certificate, sns.pem = sns.pem, b"<html>try again later</html>"
        first = site.send(sns.message())
        sns.pem = certificate
        again = site.send(sns.message())

        assert ["CPU 높음"] == [seen.name for seen in site.statements()]
    assert (503, "5", 200) == (first.status_code, first.headers["Retry-After"], again.status_code)


def test_certificate_that_is_over_signs_nothing(start: Any) -> None:
    sns = Sns(days=-1)
    with start(sns) as site:
        answer = site.send(sns.message())

    assert 403 == answer.status_code
    assert "not valid now" in answer.json()["detail"]
