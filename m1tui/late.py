"""Lets a package import a module when a name of it is first asked for."""

import sys
from collections.abc import Callable, Collection, Sequence
from importlib import import_module


def names_of(
    package: str, names: Collection[str], modules: Sequence[str]
) -> Callable[[str], object]:
    """Return the `__getattr__` of `package`, which offers `names` out of its `modules`.

    The modules are imported in their order until one has the name: those that bring little come
    first. AttributeError for any other name.
    """

    def find(name: str) -> object:
        if name in names:
            for module in modules:
                found = getattr(import_module(f"{package}.{module}"), name, None)
                if found is not None:
                    setattr(sys.modules[package], name, found)
                    return found
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
