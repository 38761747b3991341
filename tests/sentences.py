"""Prints every sentence that a person can meet, with its place: `python -m tests.sentences`.

Screens, messages, help, reports and the command line's words stand in the program's strings; the
procedures' texts in `screens/`; the rest in the documents. What is left out is what nobody reads:
docstrings, names, patterns and queries.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "CHANGELOG.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")))
_WORDS = re.compile(r"[A-Za-z][a-z']+ [a-z(\"{]")
"""Two words of a text for people; names, paths and bytes have none."""
_CODE = re.compile(
    r"\bSELECT\b|\bINSERT\b|\bCREATE\b|\bDELETE FROM\b|\(\?P?|\\[dwsb]|[{};]\s*$|--[a-z]+="
)


@cache
def sentences() -> tuple[tuple[str, str], ...]:
    """Return (place, text) of each: "screens/play.toml: which" or "m1tui/files.py:71"."""
    return tuple(_sentences())


def _sentences() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "m1tui").rglob("*.py")):
        yield from _of_code(path)
    for path in sorted((ROOT / "screens").glob("*.toml")):
        yield from _of_procedure(path)
    for name in DOCUMENTS:
        yield from _of_document(ROOT / name)


def _of_code(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text("utf-8"))
    silent = _unread(tree)
    for node in ast.walk(tree):
        if id(node) in silent:
            continue
        text = _text_of(node)
        if text and _WORDS.search(text) and not _CODE.search(text):
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}", " ".join(text.split())


def _unread(tree: ast.AST) -> set[int]:
    """Return the nodes that no person reads by themselves: docstrings, pieces of a longer text."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            found.update(id(part) for part in node.values)
            found.update(
                id(inner)
                for part in node.values
                if isinstance(part, ast.FormattedValue) and part.format_spec is not None
                for inner in ast.walk(part.format_spec)
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            found.update((id(node.left), id(node.right)) if _text_of(node).strip("…") else ())
    return found


def _text_of(node: ast.AST) -> str:
    """Return the text of a literal, with `…` where a value stands; "" for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) or "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        pieces = [_text_of(part) for part in (node.left, node.right)]
        return "".join(piece or "…" for piece in pieces) if any(pieces) else ""
    return ""


def _of_procedure(path: Path) -> Iterator[tuple[str, str]]:
    procedure = tomllib.loads(path.read_text("utf-8"))
    name = path.relative_to(ROOT)
    for text in _texts_in({key: value for key, value in procedure.items() if key != "steps"}):
        yield f"{name}", text
    for step in procedure["steps"]:
        for text in _texts_in(step):
            yield f"{name}: {step['id']}", text


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        for paragraph in value.split("\n\n"):
            if _WORDS.search(paragraph):
                yield " ".join(paragraph.split())
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)


def _of_document(path: Path) -> Iterator[tuple[str, str]]:
    inside = False
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        inside ^= line.startswith("```")
        if not inside and _WORDS.search(line):
            yield f"{path.relative_to(ROOT)}:{number}", line.strip()


def main() -> None:
    """Print all, a line each."""
    for place, text in sentences():
        print(f"{place}\t{text}")


if __name__ == "__main__":
    main()
