"""
How `up` starts a component: on Linux as a fork of itself, which shares the memory of all imported code with it.

A fork needs about 10 MB of its own where a program of its own needs 25 to 60 MB, and it is ready sooner. `up` runs no
thread and holds no connection when it forks. Elsewhere every component is a program of its own, because libraries of
macOS do not work after a fork. So is the relay everywhere, because gevent must patch Python before other imports.
"""

import ctypes
import gc
import importlib
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared import plugins, vault
from shared.supervisor import Child, Fork, die_with_parent

_PROGRAMS = ("api.relay",)
_KINDS = ("dispatchers.channels", "evaluator.conditions")
"""Packages whose modules a component imports when it starts."""
_PR_SET_NAME = 15
"""From <linux/prctl.h>."""
_NAME_BYTES = 15
"""The kernel keeps no more of a process's name."""


def is_forked(module: str) -> bool:
    """Tell whether the component of *module* starts as a fork."""
    return sys.platform == "linux" and module not in _PROGRAMS


def preload(modules: Sequence[str]) -> None:
    """Import what forks will need, once, and keep Python's collector from touching, and so copying, these pages."""
    forked = [module for module in modules if is_forked(module)]
    for module in forked:
        importlib.import_module(f"{module}.__main__")
    if forked:
        for package in _KINDS:
            plugins.scan(package)
        gc.collect()
        gc.freeze()


def start(name: str, arguments: Sequence[str], environment: Mapping[str, str], errors: Path) -> Child:
    """
    Start a component in a session of its own: Ctrl-C reaches `up` alone, which then ends the others in order.

    Args:
        arguments: Of `python -m`: the module, and what its command line holds.
        environment: Of the new process: these variables beside those of this process.
        errors: A file for what it writes to stderr.
    """
    with errors.open("wb") as opened:
        if is_forked(arguments[0]):
            if threading.active_count() > 1:
                # The fork could begin with a lock that a thread held, and wait for it for ever.
                raise RuntimeError(f"up runs threads: {threading.enumerate()}")
            sys.stdout.flush()
            sys.stderr.flush()
            return Fork(lambda: _become(name, arguments, environment, opened.fileno()))
        parent = os.getpid()
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=opened,
            start_new_session=True,
            preexec_fn=lambda: die_with_parent(parent),  # noqa: PLW1509  This process runs no other thread.
        )


def _become(name: str, arguments: Sequence[str], environment: Mapping[str, str], errors: int) -> int:
    """Be the process of a component until it ends; return its exit code."""
    try:
        os.setsid()
        _name_process(f"ea-{name}")
        nothing = os.open(os.devnull, os.O_RDWR)
        for ours, descriptor in ((nothing, 0), (nothing, 1), (errors, 2)):
            os.dup2(ours, descriptor)
        os.close(nothing)
        os.close(errors)
        os.environ.update(environment)
        sys.argv = list(arguments)
        # Its keys may have been replaced since `up` read them.
        vault.current.cache_clear()
        return int(importlib.import_module(f"{arguments[0]}.__main__").main())
    except SystemExit as end:
        # So gunicorn ends, and its worker, which is a fork of this fork.
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stderr.flush()


def _name_process(name: str) -> None:
    """Name this process as `ps -e` and `top` show it; its command line is that of `up`."""
    ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode()[:_NAME_BYTES], 0, 0, 0)
