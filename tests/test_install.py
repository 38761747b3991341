"""`make install` puts m1tui on one user's PATH, and `make run` needs no network for nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import install
from tools.complete import missing

CHECKOUT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="make install is for Unix")


def test_one_users_path_gets_the_program_its_page_and_its_completion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert install.main(["--prefix", str(tmp_path)]) == 0
    assert "type m1tui" in capsys.readouterr().out
    ran = subprocess.run(["m1tui", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("m1tui ")
    assert ".TH M1TUI 1" in (tmp_path / "share/man/man1/m1tui.1").read_text()
    assert f'Exec="{tmp_path}/bin/m1tui"' in (tmp_path / install.DESKTOP).read_text()
    # Again, over what it made itself; then all of it is removed.
    assert install.main(["--prefix", str(tmp_path)]) == 0
    assert install.main(["--prefix", str(tmp_path), "--remove"]) == 0
    assert [path for path in tmp_path.rglob("*") if not path.is_dir()] == []


def test_a_program_of_that_name_from_elsewhere_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "m1tui").write_text("#!/bin/sh\necho pipx\n")
    assert install.main(["--prefix", str(tmp_path)]) == 1
    assert "Nothing was changed" in capsys.readouterr().out
    assert install.main(["--prefix", str(tmp_path), "--remove"]) == 0
    assert (tmp_path / "bin" / "m1tui").read_text() == "#!/bin/sh\necho pipx\n"


@pytest.mark.parametrize(
    ("shell", "line", "file"),
    [
        ("/bin/bash", 'export PATH="/x/bin:$PATH"', "~/.profile"),
        ("/bin/zsh", 'export PATH="/x/bin:$PATH"', "~/.zshrc"),
        ("/usr/bin/fish", "fish_add_path /x/bin", "~/.config/fish/config.fish"),
    ],
)
def test_a_folder_that_is_not_on_path_is_said_with_the_line_that_mends_it(
    shell: str, line: str, file: str
) -> None:
    told = install.on_path(Path("/x/bin"), {"PATH": "/bin", "SHELL": shell})
    assert f"  {line}\n" in told
    assert file in told


def make(folder: Path, *words: str) -> list[str]:
    """Run make where .venv's Python only notes its words; return these, call by call."""
    subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, check=True)
    calls = folder / "calls"
    noted = calls.read_text().splitlines() if calls.exists() else []
    calls.unlink(missing_ok=True)
    return noted


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_complete_venv_is_asked_for_nothing_when_only_a_time_changed(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\n')
    python.chmod(0o755)
    own = f"PYTHON={sys.executable}"
    shutil.copy(tmp_path / "pyproject.toml", tmp_path / ".venv" / "run.toml")
    assert make(tmp_path, own, "run") == ["-m m1tui"]
    (tmp_path / "pyproject.toml").touch()
    assert make(tmp_path, own, "run") == ["-m m1tui"]
    assert make(tmp_path, own, "install") == ["-m tools.install"]


@pytest.mark.parametrize(
    ("wanted", "absent"),
    [
        (["m1tui", "textual>=8.0"], []),
        (["textual>=99", "no-such-package-of-anybody"], ["textual", "no-such-package-of-anybody"]),
        (["no-such-package-of-anybody; python_version < '3'"], []),
    ],
)
def test_what_is_missing_in_an_environment_is_named(wanted: list[str], absent: list[str]) -> None:
    assert missing(wanted) == absent


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_a_change_that_asks_for_nothing_new_needs_no_network(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    noted = f'echo "$*" >>{tmp_path}/calls'
    # `python3 -m venv` is the stand-in's, too: it would write over it.
    python.write_text(f"#!/bin/sh\n{noted}\n")
    python.chmod(0o755)
    calls = make(tmp_path, f"PYTHON={python}", "run")
    assert "-m tools.complete" in calls
    assert not [call for call in calls if "pip" in call]
    assert calls[-1] == "-m m1tui"
