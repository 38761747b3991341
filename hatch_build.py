"""Gives a source distribution and a wheel the build that they are, and their version."""

from __future__ import annotations

import importlib.util
import re
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

CHECKOUT = Path(__file__).resolve().parent


def _build_module() -> Any:
    # By its path: while a package is built, it cannot be imported by its name.
    spec = importlib.util.spec_from_file_location("build_of_m1tui", CHECKOUT / "m1tui" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _release() -> str:
    text = (CHECKOUT / "m1tui" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found is not None
    return found[1]


class VersionHook(MetadataHookInterface):
    """The version of the metadata: the release, and behind a plus sign the commit after it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the version."""
        metadata["version"] = _build_module().build(_release()).version


class StampHook(BuildHookInterface[Any]):
    """Writes `build.txt` into what leaves the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file, unless the package is installed from the checkout as it is."""
        if version == "editable":
            return
        module = _build_module()
        folder = Path(tempfile.mkdtemp(prefix="m1tui-build-"))
        path = folder / module.STAMP
        path.write_text(module.stamp(module.build(_release())), encoding="utf-8")
        build_data["force_include"][str(path)] = f"m1tui/{module.STAMP}"
        self._folder = folder

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the file away again."""
        folder = getattr(self, "_folder", None)
        if folder is not None:
            for one in folder.iterdir():
                one.unlink()
            folder.rmdir()
