"""`redis-acl`: a new password for each user, a file that only its owner reads, and nothing changed on a server."""

import json
from hashlib import sha256
from pathlib import Path

from redis import Redis

from shared.redis import acl
from tests.support.cli import Run


def test_every_kind_of_process_has_a_user_of_its_own_and_a_new_password(run: Run, redis: Redis) -> None:
    code, out, _ = run("redis-acl", "--json")
    first, second = json.loads(out), json.loads(run("redis-acl", "--json")[1])

    assert (0, set(acl.RULES)) == (code, set(first["addresses"]))
    assert not set(first["addresses"].values()) & set(second["addresses"].values())
    for role, address in first["addresses"].items():
        (line,) = [line for line in first["acl"] if line.startswith(f"user {acl.user(role)} ")]
        password = address.split(":")[2].split("@")[0]
        assert len(password) >= 32 and password not in line and sha256(password.encode()).hexdigest() in line
    assert [] == redis.keys("*")


def test_file_is_for_its_owner_alone_and_holds_no_address(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "users.acl"
    code, out, _ = run("redis-acl", "--file", str(file))

    assert (0, 0o600) == (code, file.stat().st_mode & 0o777)
    assert all(line.startswith("user ") for line in file.read_text().splitlines())
    assert len(acl.RULES) == out.count("REDIS_URL=") and "user " not in out


def test_file_that_cannot_be_written_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, errors = run("redis-acl", "--file", str(tmp_path / "file" / "users.acl"))

    assert code != 0 and "users.acl" in errors
