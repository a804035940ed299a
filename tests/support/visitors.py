"""Callers of the API with each kind of credential, and what the API remembers of them."""

from dataclasses import dataclass

from flask import Flask
from redis import Redis

from api.auth import access_tokens, api_keys, guard, refresh_tokens, sessions
from api.auth.identity import Identity
from api.limits.proof_cache import Credential, Proofs
from tests.support.api import BASE

PASSWORD = "말이 없는 밤 열두 시"
NAME = "김철수"


@dataclass
class Visitor:
    """Somebody with a credential, and what may be taken from them."""

    app: Flask
    redis: Redis
    credential: Credential

    def get(self, path: str = "/alerts/active", as_bearer: bool = False) -> int:
        with self.app.test_client() as client:
            headers = {}
            if self.credential.by_cookie and not as_bearer:
                client.set_cookie(guard.COOKIE, self.credential.text)
            else:
                headers = {"Authorization": f"Bearer {self.credential.text}"}
            return client.get(BASE + path, headers=headers).status_code

    def post(self) -> int:
        """Ask for what operators may, and there is none."""
        with self.app.test_client() as client:
            headers = {"Sec-Fetch-Site": "same-origin"}
            if self.credential.by_cookie:
                client.set_cookie(guard.COOKIE, self.credential.text)
            else:
                headers["Authorization"] = f"Bearer {self.credential.text}"
            return client.post(f"{BASE}/alerts/nothing/acknowledge", headers=headers).status_code

    @property
    def proofs(self) -> Proofs:
        return self.app.extensions["enhanced_alerts"].proofs

    @property
    def is_known(self) -> bool:
        return self.proofs.recall(self.credential) is not None


def by_token(redis: Redis) -> Credential:
    return Credential(access_tokens.issue(redis, NAME, "operator"), by_cookie=False)


def by_sign_in(redis: Redis) -> Credential:
    return Credential(refresh_tokens.issue(redis, NAME, "operator").access_token, by_cookie=False)


def by_cookie(redis: Redis) -> Credential:
    return Credential(sessions.open_session(redis, Identity(NAME, "operator"), is_user=True), by_cookie=True)


def by_key(redis: Redis) -> Credential:
    return Credential(api_keys.create(redis, NAME, "operator", 1)[1], by_cookie=False)
