"""
A connection to Redis that speaks through hiredis alone, for what goes over it by the hundred.

redis-py takes 5 µs to send a command or to read an answer, ten times as long as hiredis, because of what it looks up
and guards each time; and its connection shows neither its socket, which a selector waits on, nor an answer that has
come in part. Here redis-py still reads the address and its options, finds the master through Sentinel, retries, and
names the errors; the socket and its bytes are ours. Answers are of RESP3, their texts bytes.
"""

import os
import select
import socket
import ssl
from collections import deque
from typing import Any
from weakref import WeakKeyDictionary

import hiredis
from redis import Redis
from redis.connection import ConnectionPool, DefaultParser
from redis.exceptions import ConnectionError, InvalidResponse, RedisError
from redis.exceptions import TimeoutError as NoAnswer

from shared.redis import dialing, sentinel
from shared.redis.sentinel import MasterConnection
from shared.redis.wire import Word, pack

READ_BYTES = 131_072
PENDING = object()
"""What `take` returns when the answer has not come whole."""


class HiredisConnection:
    """
    One connection, opened by `connect` or the first use. It belongs to one thread at a time.

    After an error of the connection it is closed, and the next use opens another: what rested on the old one (keys that
    are watched, an answer that is due) is lost with it, which the caller learns by the error.
    """

    _sock: socket.socket | None = None

    def __init__(self, redis: Redis) -> None:
        """
        Args:
            redis: Whose address, credentials, timeouts and retries it takes over.
        """
        self._model: Any = redis.connection_pool.make_connection()
        """A connection of redis-py that is never opened: it holds what is known of the server."""
        self._is_by_sentinel = isinstance(self._model, MasterConnection)

    def __del__(self) -> None:
        self.disconnect()

    @property
    def is_connected(self) -> bool:
        return self._sock is not None

    def open_socket(self) -> socket.socket:
        """
        Return the socket, for a selector to wait on.

        Raises:
            ConnectionError: it is closed.
        """
        if self._sock is None:
            raise ConnectionError("the connection is closed")
        return self._sock

    def connect(self) -> None:
        """
        Open the connection and sign in, unless it is open.

        Raises:
            ConnectionError, TimeoutError: the server cannot be reached, or is no master.
            AuthenticationError: it refuses the credentials.
        """
        if self._sock is None:
            self._model.retry.call_with_retry(self._open, lambda _error: None)

    def disconnect(self) -> None:
        sock, self._sock = self._sock, None
        if sock is not None:
            sock.close()

    def is_usable(self) -> bool:
        """Tell whether it is open, leads to the current master, and nothing came unasked, such as the server's end."""
        if self._sock is None or self._moved():
            return False
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return False
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return not poll.poll(0)

    def send(self, packed: bytes) -> None:
        """
        Send commands, packed; connects first if need be.

        Raises:
            ConnectionError, TimeoutError: the connection was lost, and is closed.
        """
        if self._sock is not None and (moved := self._moved()):
            # An error, not a silent change: what rests on this connection is lost with it.
            self.disconnect()
            raise ConnectionError(moved)
        self.connect()
        try:
            self.open_socket().sendall(packed)
        except OSError as error:
            raise self._lost(error) from error
        except BaseException:
            self.disconnect()  # Half a command may have been sent.
            raise

    def ask(self, *words: Word) -> Any:
        """
        Send one command and return its answer.

        Raises:
            ResponseError: the server refused.
            ConnectionError, TimeoutError: the connection was lost, and is closed.
        """
        self.send(pack(words))
        (answer,) = self.read(1)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def take(self) -> Any:
        """
        Return the next answer if all of it has arrived, else `PENDING`. It never waits; the caller watches the socket.

        Raises:
            ResponseError: the server refused.
            ConnectionError: the connection was lost, and is closed.
        """
        sock = self.open_socket()
        while (answer := self._next()) is PENDING:
            # All there is: what TLS has decrypted already wakes no selector.
            sock.settimeout(0.0)
            try:
                piece = sock.recv(READ_BYTES)
                sock.settimeout(self._model.socket_timeout)
            except (BlockingIOError, ssl.SSLWantReadError):
                sock.settimeout(self._model.socket_timeout)
                return PENDING
            except OSError as error:
                raise self._lost(error) from error
            except BaseException:
                self.disconnect()  # Its timeout is still that of this look.
                raise
            self._feed(piece)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def read(self, count: int) -> list[Any]:
        """
        Wait for the answers of *count* commands.

        Returns:
            Each as the server gives it: bytes, int, None, a list or dict of them; or the `ResponseError` it was refused
            with.

        Raises:
            ConnectionError, TimeoutError: the connection was lost, and is closed.
        """
        sock = self.open_socket()
        answers: list[Any] = []
        try:
            while len(answers) < count:
                if (answer := self._next()) is PENDING:
                    self._feed(sock.recv(READ_BYTES))
                else:
                    answers.append(answer)
        except OSError as error:
            raise self._lost(error) from error
        except BaseException:
            self.disconnect()  # The rest of the answers would be taken for those of the next commands.
            raise
        return answers

    def _next(self) -> Any:
        """Return the next answer that has come whole, a refusal as an exception; or `PENDING`."""
        try:
            while isinstance(answer := self._reader.gets(False), hiredis.PushNotification):
                pass
        except RedisError:
            self.disconnect()  # These are no answers of a Redis.
            raise
        if isinstance(answer, Exception) and (loss := self._loss(answer)):
            self.disconnect()
            raise loss
        return answer

    def _loss(self, refusal: Exception) -> Exception | None:
        """Return what an answer says of the whole connection; None if it speaks of its command alone."""
        if isinstance(refusal, ConnectionError):
            return refusal  # As redis-py has it: a server that is still loading is one that is away.
        if self._is_by_sentinel and sentinel.is_demoted(refusal):
            return ConnectionError(f"{dialing.name_of(self._model)} is no longer the master ({refusal})")
        return None

    def _feed(self, piece: bytes) -> None:
        if not piece:
            self.disconnect()
            raise ConnectionError("the connection was lost (the server closed it)")
        self._reader.feed(piece)

    def _lost(self, error: OSError) -> RedisError:
        self.disconnect()
        if isinstance(error, TimeoutError):
            return NoAnswer(f"{dialing.name_of(self._model)} did not answer in time")
        return ConnectionError(f"the connection was lost ({error})")

    def _moved(self) -> str:
        return self._model.moved() if self._is_by_sentinel else ""

    def _open(self) -> None:
        model = self._model
        if self._is_by_sentinel:
            model.host, model.port = model.connection_pool.get_master_address()
        try:
            self._sock = dialing.dial(model)
            self._reader = hiredis.Reader(
                protocolError=InvalidResponse, replyError=DefaultParser.parse_error, notEnoughData=PENDING
            )
            self._sign_in()
        except RedisError:
            self.disconnect()
            if self._is_by_sentinel:
                model.connection_pool.sentinel_manager.doubt()
            raise

    def _sign_in(self) -> None:
        model = self._model
        credentials = (model.username, model.password)
        if model.credential_provider:
            *name, password = model.credential_provider.get_credentials()
            credentials = (name[0] if name else None, password)
        hello: list[Word] = ["HELLO", 3]
        if any(credentials):
            hello += ["AUTH", credentials[0] or "default", credentials[1] or ""]
        self.ask(*hello)
        if model.client_name:
            self.ask("CLIENT", "SETNAME", model.client_name)
        if model.db:
            self.ask("SELECT", model.db)
        if self._is_by_sentinel:
            sentinel.check_master(self.ask, dialing.name_of(self._model))


_idle: WeakKeyDictionary[ConnectionPool, deque[HiredisConnection]] = WeakKeyDictionary()
"""Of each client of the process; the newest is used first."""
os.register_at_fork(after_in_child=_idle.clear)


def borrow(redis: Redis) -> HiredisConnection:
    """Return an idle connection of this client, or another that will be opened; `give_back` must follow."""
    idle = _idle.setdefault(redis.connection_pool, deque())
    while True:
        try:
            connection = idle.pop()
        except IndexError:
            return HiredisConnection(redis)
        if connection.is_usable():
            return connection
        connection.disconnect()


def give_back(redis: Redis, connection: HiredisConnection) -> None:
    """Keep the connection for the next user, if it is open. No answer may be due, and no key watched."""
    if connection.is_connected:
        _idle.setdefault(redis.connection_pool, deque()).append(connection)
