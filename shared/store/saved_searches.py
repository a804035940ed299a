"""
Searches that people have saved: their own, and those that they share. Each has an id, since names may be the same.

A shared search is everybody's to read and operators' to change; one that is not shared exists for its owner alone.
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Struct
from redis import Redis

from shared.errors import Conflict, Forbidden, Invalid, NotFound
from shared.model import names, reasons
from shared.model.alerts import UNREADABLE
from shared.model.encoding import encode
from shared.model.reasons import Reason
from shared.redis import access_keys
from shared.store import audit
from shared.store.audit import Author

MAX_SEARCHES = 2_000
MAX_OF_ONE = 50
"""Of one owner, shared or not."""
MAX_QUERY_BYTES = 4_000
"""Of one search as JSON; all of them are read at once."""
_WHAT = "The search"


class SavedSearch(Struct, frozen=True, kw_only=True):
    """A search and whose it is."""

    id: str = ""
    name: str
    query: dict[str, Any]
    """The filters that are not empty, as the API calls them."""
    is_shared: bool = False
    by: str = ""
    """The owner's name, for people to read."""
    by_principal: str = ""
    created_at_ms: int = 0
    changed_at_ms: int = 0


class Reader(Struct, frozen=True):
    """Who asks for saved searches, or changes them."""

    author: Author
    may_share: bool
    """Whether this is an operator."""

    def sees(self, one: SavedSearch) -> bool:
        return one.is_shared or self.owns(one)

    def owns(self, one: SavedSearch) -> bool:
        return one.by_principal == self.author.principal

    def may_change(self, one: SavedSearch) -> bool:
        return self.may_share if one.is_shared else self.owns(one)


_decode = msgspec.json.Decoder(SavedSearch).decode


def read(body: bytes | str) -> SavedSearch:
    """Return a stored search; raises one of `UNREADABLE`."""
    return _decode(body)


def load(redis: Redis, reader: Reader) -> list[SavedSearch]:
    """Return the searches that a reader sees, by name. What cannot be read is left out."""
    return [one for one in load_all(redis) if reader.sees(one)]


def load_all(redis: Redis) -> list[SavedSearch]:
    """Return the searches of all owners, by name."""
    found = _all_of(redis.hgetall(access_keys.saved_searches())).values()
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def create(redis: Redis, asked: SavedSearch, reader: Reader, now_ms: int) -> SavedSearch:
    """
    Store a new search of the reader.

    Returns:
        It, with its id.

    Raises:
        Invalid: its name or size. Forbidden: it is shared, and the reader is no operator. Conflict: there are too many.
    """
    _check(asked, reader)
    by = {"by": reader.author.name, "by_principal": reader.author.principal}
    stored = msgspec.structs.replace(
        asked, id=f"search-{secrets.token_hex(6)}", created_at_ms=now_ms, changed_at_ms=now_ms, **by
    )

    def write(pipe: Any) -> None:
        known = _all_of(pipe.hgetall(access_keys.saved_searches()))
        if len(known) >= MAX_SEARCHES:
            raise Conflict(reasons.of("conflict.searches_full", limit=MAX_SEARCHES))
        if sum(map(reader.owns, known.values())) >= MAX_OF_ONE:
            raise Conflict(reasons.of("conflict.own_searches_full", limit=MAX_OF_ONE))
        pipe.multi()
        _stage(pipe, None, stored, reader)

    redis.transaction(write, access_keys.saved_searches())
    return stored


def replace(redis: Redis, search_id: str, asked: SavedSearch, reader: Reader, now_ms: int) -> SavedSearch:
    """
    Give a search another name, query or audience; whose it is stays.

    Raises:
        NotFound: there is none that the reader sees. Forbidden: it is not the reader's to change. Invalid: as `create`.
    """
    _check(asked, reader)

    def write(pipe: Any) -> SavedSearch:
        before = _changeable(pipe, search_id, reader)
        if before.is_shared and not asked.is_shared and not reader.owns(before):
            raise Forbidden(reasons.of("forbidden.unshare_search"))
        stored = msgspec.structs.replace(
            before, name=asked.name, query=asked.query, is_shared=asked.is_shared, changed_at_ms=now_ms
        )
        pipe.multi()
        _stage(pipe, before, stored, reader)
        return stored

    return redis.transaction(write, access_keys.saved_searches(), value_from_callable=True)


def delete(redis: Redis, search_id: str, reader: Reader) -> None:
    """
    Remove a search.

    Raises:
        NotFound, Forbidden: as of `replace`.
    """

    def write(pipe: Any) -> None:
        before = _changeable(pipe, search_id, reader)
        pipe.multi()
        pipe.hdel(access_keys.saved_searches(), search_id)
        if before.is_shared:
            audit.stage(pipe, reader.author, "search.delete", search_id, before)

    redis.transaction(write, access_keys.saved_searches())


def ids_of(pipe: Any, owner: str) -> list[str]:
    """Return the ids of what *owner* has and does not share; the transaction watches `access_keys.saved_searches`."""
    known = _all_of(pipe.hgetall(access_keys.saved_searches()))
    return [i for i, one in known.items() if one.by_principal == owner and not one.is_shared]


def why_not(name: str, query: Mapping[str, Any]) -> dict[str, Reason]:
    """Return what is wrong with a search to be saved, by field."""
    wrong = {"name": names.why_not(name)}
    if len(encode(query)) > MAX_QUERY_BYTES:
        wrong["query"] = reasons.of("invalid.search_too_large", max_bytes=MAX_QUERY_BYTES)
    return {field: why for field, why in wrong.items() if why is not None}


def _check(asked: SavedSearch, reader: Reader) -> None:
    if wrong := why_not(asked.name, asked.query):
        raise Invalid(wrong, _WHAT)
    if asked.is_shared and not reader.may_share:
        raise Forbidden(reasons.of("forbidden.share_search"))


def _changeable(pipe: Any, search_id: str, reader: Reader) -> SavedSearch:
    body = pipe.hget(access_keys.saved_searches(), search_id)
    found = _all_of({search_id.encode(): body} if body is not None else {}).get(search_id)
    if found is None or not reader.sees(found):
        raise NotFound(reasons.of("missing.search", search_id=search_id))
    if not reader.may_change(found):
        raise Forbidden(reasons.of("forbidden.share_search"))
    return found


def _stage(pipe: Any, before: SavedSearch | None, after: SavedSearch, reader: Reader) -> None:
    pipe.hset(access_keys.saved_searches(), after.id, encode(after))
    if after.is_shared or (before is not None and before.is_shared):
        audit.stage(pipe, reader.author, "search.save", after.id, before, after)


def _all_of(stored: Mapping[bytes, bytes]) -> dict[str, SavedSearch]:
    found = {}
    for field, body in stored.items():
        with suppress(*UNREADABLE):
            found[field.decode("utf-8", "surrogateescape")] = read(body)
    return found
