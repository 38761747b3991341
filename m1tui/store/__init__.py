"""Backups and settings on disk: plain files, written whole or not at all.

A module is imported when something of it is first asked for: the app's first screen needs the
data folder's place alone.
"""

from typing import TYPE_CHECKING

from m1tui.late import offer

if TYPE_CHECKING:
    from m1tui.store.atomic import printable_path, write_named, write_new
    from m1tui.store.backups import Manifest, StoredBackup
    from m1tui.store.catalogue import Catalogue, ProgressHandler, TemporaryCatalogue
    from m1tui.store.catalogue_file import remove_catalogue
    from m1tui.store.importing import Imported, Importer
    from m1tui.store.library import Store, local_now
    from m1tui.store.log import ServiceLog
    from m1tui.store.paths import Folders, default_data_dir

_MODULES = (
    "paths",
    "atomic",
    "backups",
    "library",
    "log",
    "catalogue",
    "catalogue_file",
    "importing",
)
"""Where the names stand: those that bring little first."""

if not TYPE_CHECKING:  # a type checker knows the names, and finds those that are not there
    __getattr__ = offer(__name__, _MODULES)
