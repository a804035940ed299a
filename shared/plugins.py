"""Find implementations by scanning a folder: one file is one kind, and the file's name is the kind."""

import importlib
import pkgutil
from types import ModuleType


def scan(package: str) -> dict[str, ModuleType]:
    """
    Import every module of *package* (dotted name) and return them by kind, sorted.

    A module whose name begins with an underscore is not a kind.
    """
    folder = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(folder.__path__) if not m.name.startswith("_"))
    return {name: importlib.import_module(f"{package}.{name}") for name in names}
