"""The wheel, built from the source distribution, works in a venv that knows no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


def run(*command: str | Path, folder: Path = CHECKOUT) -> str:
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    ran = subprocess.run(command, cwd=folder, env=outside, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_the_wheel_works_in_a_venv_that_knows_no_checkout(tmp_path: Path) -> None:
    """One test, since the wheel and the venv take seconds to make."""
    (tmp_path / "dist").mkdir()
    wheel = built(tmp_path / "dist")
    expect_every_screen_and_asset_inside_the_package(wheel)
    programs = installed(wheel, tmp_path / "venv")
    expect_its_procedures_to_be_listed(programs, tmp_path)
    expect_its_own_files_and_none_of_the_checkout(programs, tmp_path)


def built(folder: Path) -> Path:
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", folder)
    (sdist,) = folder.glob("*.tar.gz")
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, sdist)
    (wheel,) = folder.glob("*.whl")
    return wheel


def installed(wheel: Path, venv: Path) -> Path:
    """Return the folder of programs of a venv that holds the wheel."""
    run(sys.executable, "-m", "venv", "--without-pip", venv)
    python = venv / "bin" / "python"
    run(*PIP, "--python", python, "install", "--no-deps", wheel)
    # The dependencies are lent by the environment of the tests: fetching them takes a minute.
    # A path file inside a lent folder is not read, so an editable m1tui there stays unseen.
    (site_packages,) = venv.glob("lib/python*/site-packages")
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site_packages / "lent.pth").write_text("\n".join(sorted(lent)) + "\n")
    return venv / "bin"


def expect_every_screen_and_asset_inside_the_package(wheel: Path) -> None:
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


def expect_its_procedures_to_be_listed(programs: Path, folder: Path) -> None:
    listed = run(programs / "m1tui", "procedures", "list", folder=folder)
    procedures = [path.stem for path in (CHECKOUT / "screens").glob("*.toml")]
    assert procedures
    for procedure in procedures:
        assert procedure in listed


def expect_its_own_files_and_none_of_the_checkout(programs: Path, folder: Path) -> None:
    told = run(
        programs / "python",
        "-c",
        "from m1tui.resources import assets_folder, screens_folder\n"
        "print(screens_folder(), assets_folder(), sep='\\n')",
        folder=folder,
    )
    for place in told.split():
        assert Path(place).is_relative_to(programs.parent.resolve())
