"""The streams that a publisher appends to: which there are, and how a batch gets into one exactly once."""

import secrets
import time
import zlib
from dataclasses import dataclass
from typing import Any

from redis.exceptions import ConnectionError, RedisError, ResponseError, WatchError
from redis.sentinel import SentinelConnectionPool

from producers import connection
from producers.markers import Marker

DEFAULT_PARTITIONS = 8
LOOK_S, NEXT_LOOK_S = 1.0, 10.0
"""How often the sentinels are asked for the master while events are sent; and how much later when none answered."""

TRIES = 10
"""How often a marker is chosen that another publisher uses, and a batch is sent whose marker another publisher took."""


def name_of(partition: int) -> str:
    """Return the key of a partition's stream."""
    return f"ea:{{{partition}}}:events"


@dataclass(slots=True)
class Batch:
    """Entries of one stream, sent at once."""

    stream: str
    entries: list[bytes]
    events: int
    number: int = 0
    """Given when it is first sent; 0: no earlier attempt can have written it."""


class Refused(Exception):
    """One stream refuses entries: its key holds another type, or it has no id left. Other streams accept entries."""


class Streams:
    """
    The streams of one server, for one publisher in one process; used by one thread.

    A batch whose answer was lost is sent again, and must not be written twice. So the transaction that writes a batch
    also sets the stream's marker to the batch's number, and it is sent only on a connection that already watches the
    marker: of several attempts, the server carries out one. No script is needed, so the publisher's user of Redis may
    run none. The markers are watched again in the round trip that sends a batch.

    Two publishers that chose the same marker at the same time cost each other an attempt, never an event: the server
    refuses the second one's transaction, and that publisher chooses another marker.
    """

    def __init__(self, url: str, *, max_entries: int, timeout_s: float) -> None:
        """
        Args:
            max_entries: A stream is cut beyond this, approximately.
        """
        self._url = url
        self._max_entries = max_entries
        self._timeout_s = timeout_s
        self._partitions = DEFAULT_PARTITIONS
        self._pool: Any = None
        self._line: Any = None
        """A connection of its own: the server forgets with a connection what it watches."""
        self._markers: dict[str, Marker] = {}
        """By stream. They stay when the connection ends."""
        self._watch: tuple[str, ...] = ()
        self._look_at_s = 0.0

    @property
    def is_connected(self) -> bool:
        return self._line is not None

    def connect(self) -> None:
        """
        Connect, and read how many partitions there are.

        Raises:
            RedisError, OSError: the server cannot be reached or used.
            ValueError: it states no usable number of partitions.
        """
        client = connection.client(self._url, self._timeout_s)
        connection.refuse_cluster(client)
        stored = client.get("ea:partitions")
        partitions = int(stored) if stored else DEFAULT_PARTITIONS
        if partitions < 1:
            raise ValueError(f"ea:partitions is {partitions}")
        self._partitions = partitions
        for stream in map(name_of, range(partitions)):
            if stream not in self._markers:
                self._markers[stream] = Marker(stream)
        self._pool = client.connection_pool
        line = self._pool.make_connection()
        line.connect()
        self._choose_markers(line)
        self._line = line
        self._pool.disconnect()
        self._look_at_s = time.monotonic() + LOOK_S

    def disconnect(self) -> None:
        """Forget the server; it has to be connected to again."""
        if self._line is not None:
            self._line.disconnect()
        self._line = self._pool = None

    def partition_of(self, plugin_id: str) -> int:
        """Return the partition of a plugin, on the server last connected to."""
        return zlib.crc32(plugin_id.encode()) % self._partitions

    def append(self, batch: Batch) -> None:
        """
        Append a batch. After an error, except `Refused`, it may be written or not: `disconnect`, and append it again.

        Raises:
            Refused: this stream takes nothing, whatever it is sent.
            RedisError, OSError: the server cannot be reached or used.
        """
        if time.monotonic() >= self._look_at_s:
            self._look()
        marker = self._markers[batch.stream]
        was_sent = bool(batch.number)
        if was_sent and _ask(self._line, ("GET", marker.key)) == b"%d" % batch.number:
            marker.settle(batch.number)
            return
        # At random: no other publisher has it, and none can set the marker to it before the batch is written.
        batch.number = batch.number or secrets.randbits(62) + 1
        for _ in range(TRIES):
            marker.is_in_doubt = True
            if self._write(batch, marker):
                return
            if was_sent:
                raise WatchError("an earlier attempt to write the same events ended only now")
            # Nothing of it is written: another publisher took one of the markers, or one was too old.
            marker.is_in_doubt = False
            self._choose_markers(self._line)
        batch.number = 0
        raise WatchError("other publishers took each marker that was chosen")

    def _write(self, batch: Batch, marker: Marker) -> bool:
        """
        Send the transaction of a batch; returns whether the server carried it out.

        Raises:
            As `append` does.
        """
        add = ("XADD", batch.stream, "MAXLEN", "~", self._max_entries, "*", "e")
        commands = [
            ("MULTI",),
            *((*add, entry) for entry in batch.entries),
            *marker.setting(batch.number),
            ("EXEC",),
            self._watch,
        ]
        self._line.send_packed_command(self._line.pack_commands(commands), check_health=False)
        *queued, written, watched = [_answer(self._line) for _ in commands]
        for answer in (*queued, written, watched):
            # Of a command that was not queued, and then none was carried out.
            if isinstance(answer, ResponseError):
                raise answer
        if written is None:
            return False
        marker.settle(batch.number)
        for answer in written:
            if isinstance(answer, ResponseError):
                # The marker was set all the same.
                batch.number = 0
                if any(words in str(answer) for words in ("WRONGTYPE", "exhausted the last possible ID")):
                    raise Refused(str(answer)) from answer
                raise answer
        return True

    def release(self) -> None:
        """
        Leave the markers to other publishers, except those that may be asked for a batch yet.

        Raises:
            RedisError, OSError: the server cannot be reached or used; the markers run out.
        """
        names = [marker.key for marker in self._markers.values() if marker.number and not marker.is_in_doubt]
        if self._line is not None and names:
            for command in (("MULTI",), ("DEL", *names), ("EXEC",)):
                _ask(self._line, command)

    def _choose_markers(self, line: Any) -> None:
        """Watch a marker for each stream: one that no other publisher uses, as long as such markers are found."""
        markers = list(self._markers.values())
        for tries_left in reversed(range(TRIES)):
            names = [marker.key for marker in markers]
            self._watch = ("WATCH", *names)
            _ask(line, self._watch)
            values = _ask(line, ("MGET", *names))
            taken = [marker for marker, value in zip(markers, values, strict=True) if marker.is_of_another(value)]
            if not taken or not tries_left:
                return
            for marker in taken:
                marker.choose()

    def _look(self) -> None:
        """
        Behind Sentinel, make sure that the master is still the same one.

        After a planned failover the old master takes writes for some ten seconds more, which it then throws away.

        Raises:
            ConnectionError: it is another one.
        """
        self._look_at_s = time.monotonic() + LOOK_S
        if not isinstance(self._pool, SentinelConnectionPool):
            return
        try:
            master = self._pool.get_master_address()
        except RedisError:
            # No sentinel answers; asking costs time, and the master that is known may be well.
            self._look_at_s += NEXT_LOOK_S
            return
        if tuple(master) != (self._line.host, self._line.port):
            raise ConnectionError(f"{self._line.host}:{self._line.port} is no longer the master")


def _ask(line: Any, command: tuple[str, ...]) -> Any:
    """
    Return the answer to one command.

    Raises:
        RedisError, OSError: the server refused it, or cannot be reached.
    """
    line.send_packed_command(line.pack_commands([command]), check_health=False)
    return line.read_response(disable_decoding=True)


def _answer(line: Any) -> Any:
    """Return the next answer, or the error with which the server refused."""
    try:
        return line.read_response(disable_decoding=True)
    except ResponseError as error:
        return error
