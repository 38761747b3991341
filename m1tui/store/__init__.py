"""Backups and settings on disk: plain files, written whole or not at all.

A module is imported when something of it is first asked for: the app's first screen needs the
data folder's place alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m1tui.store.atomic import write_named, write_new
    from m1tui.store.backups import Manifest, Savable, StoredBackup, WithoutManifest
    from m1tui.store.library import Store, local_now
    from m1tui.store.paths import Folders, default_data_dir
    from m1tui.store.trouble import StoreError, printable_path

__all__ = [
    "Folders",
    "Manifest",
    "Savable",
    "Store",
    "StoreError",
    "StoredBackup",
    "WithoutManifest",
    "default_data_dir",
    "local_now",
    "printable_path",
    "write_named",
    "write_new",
]

_MODULES = ("paths", "trouble", "atomic", "backups", "library")
"""Where the names stand: those that bring little first."""

if not TYPE_CHECKING:  # a type checker knows the names, and finds those that are not there

    def __getattr__(name: str) -> object:
        if name in __all__:
            for module in _MODULES:
                found = getattr(import_module(f"{__name__}.{module}"), name, None)
                if found is not None:
                    globals()[name] = found
                    return found
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
