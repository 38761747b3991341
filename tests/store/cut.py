"""Ends a program before each call to the system that an action makes, one after the other.

    python -m tests.store.cut FOLDER ACTION LINKS

The action runs in a child, which ends at once before its first call that changes a disk, another
one before the second, and so on until the action comes to its end. After each cut everything is
looked at, then `clean` is run as if hours had gone by, and everything is looked at again.
Printed is what was found after each cut, a line each.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from m1tui.store import Store
from m1tui.store.atomic import PARTIAL, clean
from m1tui.sysex import Bank, Part, decode
from tests.store.memories import dump, memory
from tests.store.test_store import Reading

CALLS = ("open", "write", "fsync", "close", "link", "rename", "replace", "unlink", "mkdir")
CUT = 9
CONTENTS = memory("kept")
DUMP = dump(CONTENTS)


def back_up(store: Store) -> None:
    reading = Reading(CONTENTS, DUMP, Part.ALL, Bank.INTERNAL)
    store.save_backup(reading, instrument="M1", link="x")


def delete(store: Store) -> None:
    store.delete(store.backups()[0].path)


ACTIONS: dict[str, Callable[[Store], None]] = {"back_up": back_up, "delete": delete}


def main(folder: Path, action: str, links: bool) -> None:
    number = 0
    while True:
        number += 1
        place = folder / str(number)
        if action == "delete":
            back_up(Store(place))
        if not cut_at(number, ACTIONS[action], Store(place), links=links):
            print("done", found(Store(place)))
            return
        before = found(Store(place))
        for partial in partials(place):
            os.utime(partial, (1, 1))
            clean(partial.parent)
        after = found(Store(place))
        print(before, after)


def cut_at(number: int, act: Callable[[Store], None], store: Store, *, links: bool) -> bool:
    """Do `act` in a child that ends before its call of that number; False if there are fewer."""
    child = os.fork()
    if child == 0:
        try:
            patch(number, links=links)
            act(store)
            os._exit(0)
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, CUT), code
    return code == CUT


def patch(number: int, *, links: bool) -> None:
    """Let this process end before its call of that number; without `links` let `link` fail."""
    left = number

    def cutting(call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def cut(*words: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(CUT)
            if name == "link" and not links:
                raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
            return call(*words, **named)

        return cut

    for name in CALLS:
        setattr(os, name, cutting(getattr(os, name), name))


def partials(place: Path) -> list[Path]:
    return [path for path in place.rglob(".m1tui-*") if PARTIAL.fullmatch(path.name)]


def found(store: Store) -> str:
    """Say what is in the library, in the bin and under passing names; all of it must be whole."""
    listed = len(store.backups())
    for one in (*store.backups(), *store.binned()):
        data = one.path.read_bytes()
        decode(data)
        assert data == DUMP
        assert one.intact() is not False
    with store.catalogue() as catalogue:
        entries = catalogue.entries()
    assert len(entries) == listed
    assert not any(entry.facts.problem for entry in entries)
    whole = sum(path.read_bytes() == DUMP for path in partials(store.data_dir))
    return f"listed={listed} binned={len(store.binned())} passing={whole}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "links")
