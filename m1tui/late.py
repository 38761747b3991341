"""Lets a package import a module when a name of it is first asked for."""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module


def offer(package: str, modules: Sequence[str]) -> Callable[[str], object]:
    """Return the `__getattr__` of `package`, which offers the names in its `modules`.

    The modules are imported in their order until one has the name: those that bring little come
    first. AttributeError for a name that none of them has, or that begins with an underscore.
    """

    def find(name: str) -> object:
        if not name.startswith("_"):
            for module in modules:
                found = getattr(import_module(f"{package}.{module}"), name, None)
                # A class of another package is not offered: Python has a Sequence, too.
                foreign = isinstance(found, type) and not found.__module__.startswith(package)
                if found is not None and not foreign:
                    setattr(sys.modules[package], name, found)
                    return found
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
