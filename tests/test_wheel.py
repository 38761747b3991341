"""The wheel, built from the source distribution, works in a venv that knows no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(*command: str | Path, folder: Path = CHECKOUT) -> str:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder)
    (sdist,) = folder.glob("*.tar.gz")
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sdist)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of programs of a venv that holds the wheel."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv)
    python = venv / "bin" / "python"
    run(*PIP, "--python", python, "install", "--no-deps", wheel)
    # The dependencies are lent by the environment of the tests: fetching them takes a minute.
    # A path file inside a lent folder is not read, so an editable m1tui there stays unseen.
    (site_packages,) = venv.glob("lib/python*/site-packages")
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "lent.pth").write_text("\n".join(sorted(lent)) + "\n")
    return venv / "bin"


def test_the_wheel_carries_every_screen_and_asset_inside_the_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    data = [
        path.relative_to(CHECKOUT).as_posix()
        for folder in ("screens", "assets")
        for path in (CHECKOUT / folder).rglob("*")
        if path.is_file() and "screenshots" not in path.parts
    ]
    assert data
    assert {f"m1tui/{name}" for name in data} <= carried
    elsewhere = ("tests/", "screens/", "assets/", "m1tui/assets/screenshots/")
    assert not any(name.startswith(elsewhere) for name in carried)


def test_the_installed_program_lists_its_procedures_outside_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    listed = run(installed / "m1tui", "procedures", "list", folder=tmp_path)
    procedures = [path.stem for path in (CHECKOUT / "screens").glob("*.toml")]
    assert procedures
    for procedure in procedures:
        assert procedure in listed


def test_the_installed_program_reads_its_own_files_and_none_of_the_checkout(
    installed: Path, tmp_path: Path
) -> None:
    told = run(
        installed / "python",
        "-c",
        "from m1tui.resources import assets_folder, screens_folder\n"
        "print(screens_folder(), assets_folder(), sep='\\n')",
        folder=tmp_path,
    )
    for folder in told.split():
        assert Path(folder).is_relative_to(installed.parent.resolve())
