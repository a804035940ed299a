"""Nothing secret where it does not belong: marked secrets are planted, and every place is searched."""

import gzip
import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet
from redis import Redis

from api.app import create_app
from api.auth import access_tokens, api_keys, signing, users
from api.describe import roles
from shared import vault
from shared.errors import ConfigurationError
from shared.log import Logger
from shared.redis import access_keys, connection, delivery_keys, keys
from shared.settings import Settings
from shared.store import backup, channel_store, rule_store, subscriptions
from shared.vault import Vault
from tests.support import providers
from tests.support.delivery import a_transition, decided, ledger_of
from tests.support.factories import a_rule
from tests.support.ports import free_port
from tests.support.processes import a_system, wait_ready
from tests.support.providers import Provider, Reply, respond, serving
from tests.support.real_server import RealServer
from tests.support.waiting import PATIENCE_S, until

PASSWORD = "planted-password-쉿-0123"


@pytest.mark.slow
def test_planted_secrets_are_in_no_log_answer_backup_or_dump(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    server = RealServer(folder)
    server.start()
    redis = connection.connect(server.url)
    port = str(free_port())
    base = f"http://127.0.0.1:{port}/api/enhanced-alerts"
    planted = [PASSWORD, providers.ASCII_SECRET]
    said: list[str] = []

    class Echoing(providers.Webhook):
        name = "webhook-echo"

        def handle(self, handler: BaseHTTPRequestHandler) -> None:
            body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
            respond(handler, Reply(500, f"{handler.path} {dict(handler.headers)} {body!r}"))

    running: list[Provider] = []
    with serving(Echoing()) as echo, serving(providers.Telegram()) as telegram:
        with a_system(server.url, tmp_path, API_PORT=port, LOG_LEVEL="debug") as system:
            system.start("api")
            system.start("dispatchers", "router")
            system.start("dispatchers", "worker")
            system.start("evaluator")
            wait_ready(redis, "api", "router", "worker", "evaluator")
            admin = requests.Session()
            admin.headers["Authorization"] = f"Bearer {access_tokens.issue(redis, 'kim', 'admin')}"
            say = lambda answer: said.append(answer.text + str(dict(answer.headers)))  # noqa: E731
            running = [echo, telegram]
            for provider in running:
                say(admin.put(f"{base}/channels/{provider.name}/config", json=provider.fields()))
                # A bad configuration, whose problem must not repeat it.
                say(admin.put(f"{base}/channels/{provider.name}/config", json={**provider.fields(), "x": PASSWORD}))
            say(admin.put(f"{base}/channels/email/config", json={"password": PASSWORD}))
            fields = {"smtp_server": "127.0.0.1", "smtp_port": 9, "username": "u", "password": PASSWORD}
            mail = {**fields, "from_email": "a@example.com", "to_emails": ["b@example.com"]}
            say(admin.put(f"{base}/channels/email/config", json=mail))
            say(admin.post(f"{base}/users", json={"name": "lee", "password": PASSWORD}))
            made = admin.post(f"{base}/api-keys", json={"name": "k"}).json()["key"]
            right = {"name": "lee", "password": PASSWORD}
            tokens = requests.post(f"{base}/auth/tokens", json=right, timeout=PATIENCE_S).json()
            # What is random may hold the separator too.
            planted += [made.split("_", 2)[2], tokens["refresh_token"], tokens["refresh_token"].split("_", 2)[2]]
            for wrong in ({"name": "lee", "password": PASSWORD + "x"}, {"password": PASSWORD}, PASSWORD, [PASSWORD]):
                say(requests.post(f"{base}/auth/tokens", json=wrong, timeout=PATIENCE_S))
                say(requests.post(f"{base}/sign-in", json=wrong, timeout=PATIENCE_S))
            requests.get(f"{base}/rules", headers={"Authorization": f"Bearer {made}"}, timeout=PATIENCE_S)
            rule_store.save(redis, a_rule())
            decided(redis, a_transition("firing", channels=[*(p.name for p in running), "email"]))
            until(lambda: ledger_of(redis, "alert0", "webhook-echo").attempts >= 1)
            until(lambda: ledger_of(redis, "alert0", "email").attempts >= 1)
            until(lambda: ledger_of(redis, "alert0", "telegram").told == "firing")
            for provider in running:
                say(admin.post(f"{base}/test/{provider.name}"))
            say(admin.post(f"{base}/test/email"))
            app = create_app(Settings(), redis, Logger("test"))
            for one in roles.endpoints(app):
                if one.method == "GET":
                    path = one.path.replace("<alert_id>", "alert0").replace("<rule_id>", "r")
                    say(admin.get(f"http://127.0.0.1:{port}{path}"))
            backup.write(redis, 8, tmp_path / "b.gz", with_alerts=True)
            logs = system.logs()
        signing_keys = list(signing.keys(redis).values())
        vapid = subscriptions.private_key(redis)
    redis.save()
    server.stop()
    dumped = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    places = {
        "logs": logs.encode(),
        "answers": "\n".join(said).encode(),
        "backup": gzip.decompress((tmp_path / "b.gz").read_bytes()),
        "dump": dumped,
    }

    assert "delivery.failed" in logs and b"alert0" in dumped
    for secret in [*planted, *signing_keys]:
        for name, text in places.items():
            for written in (secret, json.dumps(secret)[1:-1]):
                at = text.find(written.encode())
                assert at < 0, f"{secret[:12]}… in the {name}: {text[max(0, at - 80) : at + 40]!r}"
    assert b"PRIVATE KEY" not in dumped and vapid


# -- the vault ----------------------------------------------------------------------------------------------


def test_key_file_is_made_once_for_its_owner_and_opens_what_it_sealed(tmp_path: Path) -> None:
    one, two = Vault(Settings(data_dir=tmp_path)), Vault(Settings(data_dir=tmp_path))
    sealed = one.seal("비밀".encode())

    assert "비밀".encode() == two.open(sealed)
    assert "비밀".encode() not in sealed
    assert 0o600 == (tmp_path / "secret.key").stat().st_mode & 0o777
    assert ["secret.key"] == [file.name for file in tmp_path.iterdir()]
    assert b"plain" == one.open(b"plain"), "what an older release stored is still read"


def test_another_process_sees_a_new_key_and_the_old_one_still_opens(tmp_path: Path) -> None:
    one, two = Vault(Settings(data_dir=tmp_path)), Vault(Settings(data_dir=tmp_path))
    old = two.seal(b"old")
    one.add_key()
    new = one.seal(b"new")

    assert (b"old", b"new") == (one.open(old), two.open(new))


def test_wrong_keys_say_where_they_come_from(tmp_path: Path) -> None:
    sealed = Vault(Settings(data_dir=tmp_path)).seal(b"x")
    with pytest.raises(ConfigurationError, match="SECRET_KEYS"):
        Vault(Settings(secret_keys=Fernet.generate_key().decode())).open(sealed)
    with pytest.raises(ConfigurationError, match="does not hold keys"):
        Vault(Settings(secret_keys="short")).open(sealed)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="cannot be read or made"):
        Vault(Settings(data_dir=tmp_path / "file")).open(sealed)


def test_rotation_seals_everything_with_the_new_key(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEYS")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    vault.current.cache_clear()
    try:
        channel_store.save(redis, "webhook", {"url": "https://a.example/x"})
        users.create(redis, "kim", "viewer", PASSWORD)
        signing.keys(redis)
        public = subscriptions.public_key(redis)
        token = api_keys.create(redis, "x", "viewer", 1)[1]
        vault.current().add_key()
        assert 1 == channel_store.seal_again(redis)
        signing.seal_again(redis)
        subscriptions.seal_again(redis)
        newest = (tmp_path / "secret.key").read_text().split()[0]
        only_new = Vault(Settings(secret_keys=newest))

        assert b"https://a.example/x" in only_new.open(redis.hget(keys.channels(), "webhook"))
        assert only_new.open(redis.get(delivery_keys.push_key()))
        assert all(only_new.open(body) for body in redis.hvals(access_keys.signing_keys()))
        assert public == subscriptions.public_key(redis)
        assert token and "https://a.example/x" == channel_store.load(redis, "webhook")["url"]
    finally:
        vault.current.cache_clear()


def test_channel_sealed_with_an_unknown_key_is_tried_again_and_not_given_up(
    redis: Redis, server: RealServer, tmp_path: Path
) -> None:
    stranger = Vault(Settings(secret_keys=Fernet.generate_key().decode()))
    with serving(providers.Webhook()) as hook, a_system(server.url, tmp_path) as system:
        redis.hset(keys.channels(), "webhook", stranger.seal(json.dumps(hook.fields()).encode()))
        system.start("dispatchers", "router")
        system.start("dispatchers", "worker", "--channels", "webhook")
        wait_ready(redis, "router", "worker-webhook")
        decided(redis, a_transition("firing"))
        until(lambda: "cannot be opened" in ledger_of(redis, "alert0", "webhook").reason)
        redis.hdel(keys.channels(), "webhook")
        channel_store.save(redis, "webhook", hook.fields())
        until(lambda: ledger_of(redis, "alert0", "webhook").told == "firing")
