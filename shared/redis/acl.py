"""
Who may do what on Redis: one user per kind of process, each with only the keys and commands that it needs.

Without these users, a host that can connect to Redis can do everything: a plugin's host could queue jobs, or read the
configuration of channels. Pure: it returns lines in the syntax of Redis access control lists.
"""

import re
from collections.abc import Mapping
from hashlib import sha256

_HELLO = "+hello +auth +ping +select +role +client|setinfo +client|setname +client|id"
_ORDINARY = f"+@all -@admin -@dangerous {_HELLO} +info"
_NO_IDENTITIES = "~ea:[^au]* ~ea:alert* ~ea:audit"
"""All of ours but users, sessions, tokens and keys: `ea:users` and `ea:auth:…`."""
_PUBLISH = (
    f"resetchannels -@all {_HELLO} +xadd +multi +exec ~ea:{{PARTITION}}:events (-@all +get %R~ea:partitions) "
    "(-@all +get +mget +del +incrby +expire +watch ~ea:{PARTITION}:published:[0-9a-f][0-9a-f][0-9a-f])"
)
"""
What the client of plugins does: it adds to the streams of events, and notes with each batch that it was taken. No
scripts: one that never ends would block the server for everybody. Nothing without a bound: evaluators cut the streams,
but only those of existing partitions; a marker holds an integer, and each partition has 4,096 markers.
"""

RULES: Mapping[str, str] = {
    "publisher": _PUBLISH,
    "producer": f"{_PUBLISH} (-@all +hset +hdel ~ea:processes)",
    "ingest": (
        f"resetchannels {_ORDINARY} ~ea:{{*}}:* ~ea:processes ~ea:partitions ~ea:schema ~ea:auth:* %R~ea:users "
        "%R~ea:ingest:mapping ~ea:ingest:seen:* %R~ea:plugins ~ea:scrape:* "
        "%R~ea:ingest:webhooks ~ea:ingest:body:* ~ea:ingest:unfit:*"
    ),
    "evaluator": (
        f"resetchannels {_ORDINARY} ~ea:{{*}}:* ~ea:evaluators ~ea:processes ~ea:plugins ~ea:partitions ~ea:schema "
        "%R~ea:rules %R~ea:rules:revision %R~ea:plugins:* ~ea:plugins:*"
    ),
    "recorder": (
        f"resetchannels {_ORDINARY} ~ea:{{*}}:* ~ea:processes ~ea:partitions ~ea:schema ~ea:records ~ea:records:* "
        "%R~ea:alert:* %R~ea:alerts:history %R~ea:rules %R~ea:silences %R~ea:routes"
    ),
    "router": f"resetchannels {_ORDINARY} {_NO_IDENTITIES} %R~ea:auth:* %R~ea:users ~rq:* &rq:*",
    "worker": f"resetchannels {_ORDINARY} {_NO_IDENTITIES} ~rq:* &rq:*",
    "api": f"resetchannels {_ORDINARY} ~ea:* ~rq:* &rq:*",
    "relay": (
        f"resetchannels {_ORDINARY} %R~ea:feed ~ea:processes ~ea:partitions ~ea:schema "
        "~ea:auth:* %R~ea:users ~ea:rate:*"
    ),
}
"""
Kind of process → what its user may; PARTITION stands for the number of any partition. The router reads users and keys
for the scheduled backups that it makes; the API may do all that people may.
"""


def user(role: str) -> str:
    """Return the name of a role's user."""
    return f"ea-{role}"


def lines(passwords: Mapping[str, str], partitions: int) -> list[str]:
    """Return an access list: a line a role, as a server's `aclfile` has it. Passwords stand in it as hashes."""
    return [
        f"user {user(role)} reset on #{sha256(passwords[role].encode()).hexdigest()} {_for_each(partitions, rules)}"
        for role, rules in RULES.items()
    ]


def numbers_below(limit: int) -> list[str]:
    """Return patterns that match the decimal numbers from 0 to *limit* - 1, and nothing else."""
    text = str(limit)
    patterns = [f"{'[1-9]' if length > 1 else '[0-9]'}{'[0-9]' * (length - 1)}" for length in range(1, len(text))]
    for at, digit in enumerate(map(int, text)):
        least = 1 if at == 0 and len(text) > 1 else 0
        if digit > least:
            patterns.append(f"{text[:at]}[{least}-{digit - 1}]{'[0-9]' * (len(text) - at - 1)}")
    return patterns


def _for_each(partitions: int, rules: str) -> str:
    """Repeat each pattern of keys that names PARTITION, so that the patterns match the existing partitions only."""
    pattern = re.compile(r"~(\S*?)PARTITION([^\s)]*)")
    numbers = numbers_below(partitions)
    return pattern.sub(lambda found: " ".join(f"~{found[1]}{number}{found[2]}" for number in numbers), rules)
