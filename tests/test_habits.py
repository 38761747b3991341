"""What comes with the checkout says the same as the checks do."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def checks(text: str) -> list[str]:
    """Return the checks that a text names, in order, without the folder of their programs."""
    plain = text.replace("$(BIN)/", "").replace(".venv/bin/", "")
    wanted = re.compile(
        r"ruff check \.|ruff format --check \.|python -m mypy|lint-imports"
        r"|python -m pytest -n auto --dist worksteal"
    )
    return [
        found
        for line in plain.splitlines()
        if "name:" not in line
        for found in wanted.findall(line)
    ]


def test_pre_commit_and_the_workflow_run_what_make_test_runs() -> None:
    makefile = (CHECKOUT / "Makefile").read_text()
    test = checks(makefile[makefile.index("\ntest:") : makefile.index("\nbench:")])
    assert len(test) == 5
    hooks = (CHECKOUT / ".pre-commit-config.yaml").read_text()
    assert checks("\n".join(re.findall(r"entry: (.*)", hooks))) == test
    workflow = (CHECKOUT / ".github" / "workflows" / "test.yml").read_text()
    assert checks("\n".join(re.findall(r"- run: (.*)", workflow))) == test


def test_the_workflow_has_every_system_and_python_that_the_package_names() -> None:
    workflow = (CHECKOUT / ".github" / "workflows" / "test.yml").read_text()
    project = (CHECKOUT / "pyproject.toml").read_text()
    pythons = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', project)
    assert [f'"{one}"' in workflow for one in pythons] == [True] * 4
    assert all(f"{one}-latest" in workflow for one in ("ubuntu", "macos", "windows"))


def test_the_licence_and_the_notice_are_there_and_in_the_metadata() -> None:
    project = (CHECKOUT / "pyproject.toml").read_text()
    assert 'license = "MIT"' in project
    assert "the m1tui authors" in (CHECKOUT / "LICENSE").read_text()
    notice = (CHECKOUT / "NOTICE").read_text()
    assert "trademarks of Korg" in notice
    credit = "Electropict"
    for place in ("NOTICE", "README.md", "assets/CREDITS.md", "assets/serial-numbers.toml"):
        assert credit in (CHECKOUT / place).read_text(encoding="utf-8")


def test_the_changelog_has_the_release_that_the_program_is() -> None:
    from m1tui import __version__

    assert re.search(
        rf"^## {re.escape(__version__)} - \d{{4}}-\d\d-\d\d$",
        (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
