"""A server with the users that `enhanced-alerts redis-acl` makes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.model.partitions import DEFAULT_PARTITIONS
from shared.redis import acl
from tests.support.real_server import RealServer

PASSWORDS = {role: f"{role}-password" for role in acl.RULES}


@contextmanager
def guarded_server(folder: Path) -> Iterator[RealServer]:
    """Serve until the block ends; the test itself enters as the default user, which may do everything."""
    file = folder / "users.acl"
    file.write_text("user default on nopass ~* &* +@all\n" + "\n".join(acl.lines(PASSWORDS, DEFAULT_PARTITIONS)) + "\n")
    server = RealServer(folder, "--aclfile", str(file))
    server.start()
    try:
        yield server
    finally:
        server.stop(kill=True)


def url(server: RealServer, role: str) -> str:
    return f"redis://{acl.user(role)}:{PASSWORDS[role]}@127.0.0.1:{server.port}/0"
