"""Redis keys of users and API keys: secrets, sessions, limits and saved searches. All are of the control plane."""

from shared.model import principals
from shared.redis.keys import PREFIX


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


def sign_in_code(code_hash: str) -> str:
    """string role · CLI → API, which deletes it on use. PX 15 min."""
    return f"{PREFIX}:auth:code:{code_hash}"


def live_ticket(ticket_hash: str) -> str:
    """string subject · API → relay, which deletes it on use. PX 30 s."""
    return f"{PREFIX}:auth:ticket:{ticket_hash}"


def saved_searches() -> str:
    """hash id → saved_searches.SavedSearch (JSON) · API → API, CLI. Forever; one's own go with their owner."""
    return f"{PREFIX}:saved_searches"
