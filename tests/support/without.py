"""
`python -m tests.support.without SWITCH=VALUE,… MODULE ARGUMENT…`: a process of the product with tuning switched off.

A switch is a constant of a module, e.g. `dispatchers.quick_worker.ENABLED=False`. Benchmarks start all their
processes so when BENCH_WITHOUT is set: `BENCH_WITHOUT=dispatchers.quick_worker.ENABLED=False make bench ONLY=storm`.
"""

import ast
import os
import runpy
import sys
from collections.abc import Mapping
from importlib import import_module

VARIABLE = "BENCH_WITHOUT"


def arguments(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return what stands before the module of a process that is started: nothing, or this module and its switches."""
    wanted = environ.get(VARIABLE, "")
    return ["tests.support.without", wanted] if wanted else []


def switch(settings: str) -> None:
    """Set constants: `package.module.NAME=value`, separated by commas."""
    for setting in settings.split(","):
        place, _, value = setting.partition("=")
        module, _, name = place.strip().rpartition(".")
        found = import_module(module)
        if not hasattr(found, name):
            raise SystemExit(f"There is no {name} in {module}.")
        setattr(found, name, ast.literal_eval(value))


if __name__ == "__main__":
    switch(sys.argv[1])
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
