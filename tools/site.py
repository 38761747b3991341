"""Builds the pages of docs/ as a website: `python -m tools.site [FOLDER]`, by default build/site.

MkDocs takes one folder, and the pages show pictures and name files that are beside it, so both are
brought together first.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BESIDE = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
NAVIGATION = (
    ("What it is", "index.md"),
    ("Using m1tui", "using.md"),
    ("A Raspberry Pi beside the M1", "raspberry-pi.md"),
    ("Windows and macOS", "windows-macos.md"),
    ("The battery job in pictures", "battery-story.md"),
    ("On a tablet", "serving.md"),
    ("Messages and what to do", "troubleshooting.md"),
    ("Hardware reports", "hardware-report.md"),
    ("Security", "SECURITY.md"),
    ("Changes", "CHANGELOG.md"),
    ("Contributing", "CONTRIBUTING.md"),
    ("Architecture", "architecture.md"),
    ("The M1's System Exclusive", "protocol.md"),
)


def main() -> int:
    """Build the site; MkDocs' own exit code."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else CHECKOUT / "build" / "site").absolute()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder)
        gather(source / "docs")
        (source / "mkdocs.yml").write_text(configuration(source / "docs"), encoding="utf-8")
        words = ("build", "--strict", "--quiet", "--site-dir", str(target))
        ran = subprocess.run([sys.executable, "-m", "mkdocs", *words], cwd=source, check=False)
    if ran.returncode == 0:
        print(target / "index.html")
    return ran.returncode


def gather(docs: Path) -> None:
    """Bring pages and pictures into one folder, and let the links follow."""
    shutil.copytree(CHECKOUT / "docs", docs)
    shutil.copytree(CHECKOUT / "assets" / "screenshots", docs / "assets" / "screenshots")
    for name in BESIDE:
        shutil.copy(CHECKOUT / name, docs)
    shutil.copy(CHECKOUT / "README.md", docs / "index.md")
    for page in docs.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(re.sub(r"\]\((?:\.\./|docs/)", "](", text), encoding="utf-8")


def configuration(docs: Path) -> str:
    """Return MkDocs' settings: every page once, those that are not named above at the end."""
    named = [name for _, name in NAVIGATION]
    others = sorted(page.name for page in docs.glob("*.md") if page.name not in named)
    lines = [f'  - "{title}": {name}' for title, name in NAVIGATION]
    lines += [f"  - {name}" for name in others]
    return "\n".join(
        ["site_name: m1tui", "theme: readthedocs", "use_directory_urls: false", "nav:", *lines, ""]
    )


if __name__ == "__main__":
    sys.exit(main())
