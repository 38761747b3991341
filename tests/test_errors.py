from __future__ import annotations

import importlib
import pkgutil
import re

import m1tui
from m1tui import errors

BRANCH = re.compile(r"^((?:[│ ]   )*)(?:[├└]── )?(\w+)")


def drawn() -> dict[str, str]:
    """Return the parent of each error that the tree draws."""
    lines = (errors.__doc__ or "").split("\n\n")[1].splitlines()
    above: list[str] = []
    parents = {}
    for line in lines:
        match = BRANCH.match(line)
        assert match is not None
        depth = 0 if line.startswith("Exception") else len(match[1]) // 4 + 1
        above[depth:] = [match[2]]
        parents[match[2]] = above[depth - 1] if depth else ""
    return parents


def defined() -> dict[str, str]:
    """Return the parent of each error that m1tui defines."""
    parents = {}
    for module in pkgutil.walk_packages(m1tui.__path__, "m1tui."):
        if module.name.endswith("__main__"):
            continue
        for one in vars(importlib.import_module(module.name)).values():
            is_error = isinstance(one, type) and issubclass(one, BaseException)
            if is_error and one.__module__.startswith("m1tui."):
                parents[one.__name__] = one.__bases__[0].__name__
    return parents


def test_the_tree_draws_every_error_below_the_one_that_it_is_a_kind_of() -> None:
    tree = drawn()
    own = defined()
    assert len(own) > 20
    assert {name: tree.get(name) for name in own} == own
    assert tree.keys() - own.keys() == {"Exception", "ValueError", "AssertionError"}
