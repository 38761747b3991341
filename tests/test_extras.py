"""The command that installs what is missing works where it is told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from m1tui.extras import DEBIAN, PACKAGES, install_command

WEB = "'textual-serve>=1.1,<2' 'aiohttp>=3.10'"


def command(
    prefix: str, *, has_pip: bool = True, managed: bool = False, platform: str = "linux"
) -> str:
    return install_command(
        "web",
        prefix=prefix,
        base_prefix="/usr",
        executable=f"{prefix}/bin/python",
        has_pip=has_pip,
        managed=managed,
        platform=platform,
    )


@pytest.mark.parametrize(
    ("prefix", "has_pip", "managed", "told"),
    [
        ("/home/a/m1tui/.venv", True, True, f"/home/a/m1tui/.venv/bin/python -m pip install {WEB}"),
        ("/home/a b/.venv", True, False, f"'/home/a b/.venv/bin/python' -m pip install {WEB}"),
        ("/home/a/.local/share/pipx/venvs/m1tui", False, True, f"pipx inject m1tui {WEB}"),
        (
            "/home/a/.local/share/uv/tools/m1tui",
            False,
            True,
            f"uv pip install --python /home/a/.local/share/uv/tools/m1tui/bin/python {WEB}",
        ),
        (
            "/usr",
            True,
            True,
            f"/usr/bin/python -m pip install --user --break-system-packages {WEB}",
        ),
        ("/usr", True, False, f"/usr/bin/python -m pip install --user {WEB}"),
    ],
)
def test_each_way_of_installing_has_its_command(
    prefix: str, has_pip: bool, managed: bool, told: str
) -> None:
    assert command(prefix, has_pip=has_pip, managed=managed) == told


def test_debians_own_python_takes_debians_package() -> None:
    told = install_command("rtmidi", prefix="/usr", base_prefix="/usr", has_pip=True, managed=True)
    assert told == f"sudo apt install {DEBIAN['rtmidi']}"


def test_windows_gets_double_quotes_which_cmd_understands() -> None:
    told = command("C:\\m1 tui\\.venv", platform="win32")
    assert told.startswith('"C:\\m1 tui\\.venv')
    assert '"textual-serve>=1.1,<2"' in told
    assert "'" not in told


def test_the_packages_are_those_that_the_project_asks_for() -> None:
    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())[
        "project"
    ]
    asked = [*project["dependencies"], *project["optional-dependencies"]["web"]]
    known = {one.name: one.specifier for one in map(Requirement, asked)}
    for packages in PACKAGES.values():
        for one in map(Requirement, packages):
            assert known.get(one.name, one.specifier) == one.specifier
