"""
Child processes kept alive: started, started again when they die, and ended within a deadline.

`enhanced-alerts up` supervises one process per component with it, the dispatch worker one process per channel.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from shared.loops import for_each
from shared.model import backoff

HEALTHY_S = 60.0
"""After a child ran for this long, its earlier deaths no longer lengthen the pause before a restart."""
_POLL_S = 0.05
_ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>."""


class Child(Protocol):
    """A process that was started: a `subprocess.Popen`, or a `Fork`."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process runs."""

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class Fork:
    """A copy of this process that calls one function; what the function returns is the exit code."""

    def __init__(self, run: Callable[[], int]) -> None:
        """
        Fork. The parent must run no thread and hold no lock, so that the child begins without a held lock.

        Args:
            run: Called in the child. An exception ends the child with exit code 1; *run* has to log it.
        """
        parent = os.getpid()
        self._exit_code: int | None = None
        # A signal that came between the fork and the reset would end up in a handler of the parent, and be lost.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        self.pid = os.fork()
        if self.pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
            return
        exit_code = 1
        try:
            for number in _ENDING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
            die_with_parent(parent)
            exit_code = run()
        finally:
            # Not sys.exit: the frames and exit handlers of the parent must not run in the child.
            os._exit(exit_code)

    def poll(self) -> int | None:
        if self._exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._exit_code = os.waitstatus_to_exitcode(status)
        return self._exit_code

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        # A child that was reaped has given its pid back.
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a child that nobody asked for."""

    name: str
    exit_code: int
    ran_s: float
    restart_in_s: float


@dataclass(slots=True)
class _Member:
    child: Child | None = None
    started_at_s: float = 0.0
    deaths: int = 0
    """In a row; a child that ran for `HEALTHY_S` ends the row."""
    restart_at_s: float | None = None
    is_wanted: bool = True
    is_leaving: bool = False
    """The child was asked to end. Another child replaces it if the name is still wanted, or wanted again."""


class Supervisor:
    """Keeps one child process alive for each name that was added. For one thread."""

    def __init__(
        self,
        start: Callable[[str], Child],
        *,
        first_pause_ms: int,
        longest_pause_ms: int,
        died: Callable[[Death], object],
    ) -> None:
        """
        Args:
            start: Starts the process of a name.
            first_pause_ms: Between the first death and the next start; it doubles with each death in a row.
            died: Called once for each death that nobody asked for.
        """
        self._start_child = start
        self._first_pause_ms = first_pause_ms
        self._longest_pause_ms = longest_pause_ms
        self._died = died
        self._members: dict[str, _Member] = {}

    def child(self, name: str) -> Child | None:
        """Return the running process of *name*; None before its first start and between two starts."""
        member = self._members.get(name)
        return member.child if member else None

    def running(self) -> list[str]:
        """Return the names whose process runs, those told to end among them, in the order of adding."""
        return [name for name, member in self._members.items() if member.child and member.child.poll() is None]

    def add(self, name: str) -> None:
        """Start the process of *name*, and keep it alive; if an earlier one is still ending, start when it has."""
        member = self._members.setdefault(name, _Member())
        member.is_wanted = True
        if member.child is None:
            self._start(name, member)

    def remove(self, name: str) -> None:
        """Tell the process of *name* to end, and start no other."""
        if member := self._members.get(name):
            member.is_wanted = False
            if member.child is None:
                del self._members[name]
            else:
                member.is_leaving = True
                member.child.terminate()

    def tend(self) -> None:
        """Look after all children once: note who died, and start who is due."""
        # A start that fails is tried again the next time, and takes no other child along.
        for_each(list(self._members), self._tend_one)

    def end(self, within_s: float, *, each_s: float = 0.0) -> list[str]:
        """
        Ask all children to end, in the order of adding, and kill those that still run after *within_s*.

        Args:
            each_s: How long a child may take before the next one is asked to end. 0: all are asked at once.

        Returns:
            The names of those that had to be killed.
        """
        running = {name: member.child for name, member in self._members.items() if member.child}
        deadline_s = time.monotonic() + within_s
        for child in running.values():
            child.terminate()
            if each_s:
                _await([child], min(time.monotonic() + each_s, deadline_s))
        # The last child was asked last; it gets its full time too.
        _await(running.values(), max(deadline_s, time.monotonic() + each_s))
        late = {name: child for name, child in running.items() if child.poll() is None}
        for child in late.values():
            child.kill()
        _await(late.values(), time.monotonic() + 5.0)
        self._members.clear()
        return list(late)

    def _tend_one(self, name: str) -> None:
        member, now_s = self._members[name], time.monotonic()
        if member.child is not None and (exit_code := member.child.poll()) is not None:
            member.child = None
            if not member.is_wanted:
                del self._members[name]
            elif member.is_leaving:
                member.restart_at_s = now_s
            else:
                self._note_death(name, member, exit_code, now_s)
        if member.restart_at_s is not None and now_s >= member.restart_at_s:
            self._start(name, member)

    def _note_death(self, name: str, member: _Member, exit_code: int, now_s: float) -> None:
        ran_s = now_s - member.started_at_s
        member.deaths = 1 if ran_s > HEALTHY_S else member.deaths + 1
        pause_ms = backoff.delay_ms(member.deaths, base_ms=self._first_pause_ms, cap_ms=self._longest_pause_ms)
        member.restart_at_s = now_s + pause_ms / 1000
        self._died(Death(name, exit_code, ran_s, pause_ms / 1000))

    def _start(self, name: str, member: _Member) -> None:
        member.child = self._start_child(name)
        member.started_at_s, member.restart_at_s, member.is_leaving = time.monotonic(), None, False


def die_with_parent(parent_pid: int) -> None:
    """
    Have the kernel end this process when its parent dies, even by `kill -9` (Linux; elsewhere nothing is done).

    Args:
        parent_pid: The parent as it was before the fork; if it has ended already, this process ends here.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent_pid:
            os._exit(1)


def _await(children: Iterable[Child], deadline_s: float) -> None:
    waiting = list(children)
    while (waiting := [child for child in waiting if child.poll() is None]) and time.monotonic() < deadline_s:
        time.sleep(_POLL_S)
