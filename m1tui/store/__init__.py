"""Backups and settings on disk: plain files, written whole or not at all."""

from m1tui.store.atomic import write_named, write_new
from m1tui.store.backups import Manifest, Savable, StoredBackup
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
    "default_data_dir",
    "local_now",
    "printable_path",
    "write_named",
    "write_new",
]
