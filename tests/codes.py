"""Finds the code of every message for a person in the source, and prints where it is made.

    python -m tests.codes

prints for each code its places, and what happened there as far as the source says it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "m1tui"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, order=True)
class Place:
    """Where the source gives a message its code."""

    code: str
    file: str
    """Relative to the checkout."""
    line: int
    happened: str
    """The beginning of the message, `…` for what is put in; empty where it comes from elsewhere."""
    cause: str = ""
    """The likely cause in the same way."""
    next_step: str = ""
    """What to do now in the same way."""


class UnknownCode(Exception):
    """The source gives a message a code in a way that is not understood here."""


@cache
def places(source: Path = SOURCE) -> tuple[Place, ...]:
    """Return every place in `source`, by code. Raises UnknownCode."""
    paths = sorted(source.rglob("*.py"))
    known = _Known()
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    for tree in trees.values():
        known.learn(tree)
    modules = (_Module(path, source, tree, known) for path, tree in trees.items())
    return tuple(sorted(place for module in modules for place in module.places()))


ADVICE = ("code", "happened", "safe", "cause", "next_step")


class _Known:
    """Of all modules: the parameters of functions, and the texts that have a name."""

    def __init__(self) -> None:
        self.parameters: dict[str, tuple[str, ...]] = {"Advice": ADVICE}
        self.texts: dict[str, str] = {}
        """By their names; a text in each row of a table by both: "_TABLE[].cause"."""

    def learn(self, tree: ast.Module) -> None:
        """Take in a module; a name that a later one has, too, is that one's."""
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                names = (one.arg for one in node.args.args if one.arg != "self")
                self.parameters[node.name] = tuple(names)
        fields: dict[str, tuple[str, ...]] = {}
        for one in tree.body:
            match one:
                case ast.ClassDef(name=name, body=body):
                    fields[name] = tuple(
                        part.target.id
                        for part in body
                        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
                    )
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(values=rows)):
                    for field, texts in self._in_rows(rows, fields).items():
                        self.texts[f"{name}[].{field}"] = texts
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if said(value):
                    self.texts[name] = said(value, self.texts)

    def _in_rows(
        self, rows: list[ast.expr], fields: Mapping[str, tuple[str, ...]]
    ) -> dict[str, str]:
        """Return the texts of a table's rows by the fields of their class, as alternatives."""
        found: dict[str, list[str]] = {}
        for row in rows:
            if isinstance(row, ast.Call) and _name(row.func) in fields:
                for field, value in zip(fields[_name(row.func)], row.args, strict=False):
                    found.setdefault(field, []).append(said(value, self.texts))
        return {field: _or(texts) for field, texts in found.items()}

    def with_own(self, tree: ast.Module) -> _Known:
        """Return the same where a module's own names come first."""
        own = _Known()
        own.parameters, own.texts = dict(self.parameters), dict(self.texts)
        own.learn(tree)
        return own


def said(value: ast.expr, texts: Mapping[str, str] | None = None) -> str:
    """Return a text as far as the source says it, `…` for what is put in; "" for another value."""
    texts = texts or {}
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return texts.get(name, "")
        case ast.Attribute(value=ast.Name(id=name), attr=field):
            return texts.get(f"{name}.{field}", "")
        case ast.FormattedValue(value=inner):
            return said(inner, texts) or "…"
        case ast.JoinedStr(values=parts):
            return "".join(said(part, texts) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return (said(left, texts) or "…") + (said(right, texts) or "…")
        case ast.IfExp(body=body, orelse=orelse):
            return _or((said(body, texts), said(orelse, texts)))
        case ast.Call(func=ast.Attribute(value=inner, attr="strip")):
            return said(inner, texts)
    return ""


def _or(alternatives: Iterable[str]) -> str:
    """Return texts of which one is said; those that say nothing are left out."""
    first, *others = [*dict.fromkeys(filter(None, alternatives))] or [""]
    return first + "".join(
        f"{' Or: ' if one.lstrip()[:1].isupper() else ' / '}{one.lstrip()}" for one in others
    )


def _local_texts(function: Function | None, known: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that a function gives a name, the first where it gives it several."""
    found: dict[str, str] = {}
    for node in ast.walk(function) if function is not None else ():
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if said(value, known):
                found.setdefault(name, said(value, known))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Subscript(value=tables)):
                names = [one.id for one in ast.walk(tables) if isinstance(one, ast.Name)]
                rows: dict[str, list[str]] = {}
                for table in names:
                    for key in known:
                        if key.startswith(f"{table}[]."):
                            rows.setdefault(key.partition("[].")[2], []).append(known[key])
                found.update((f"{name}.{field}", _or(texts)) for field, texts in rows.items())
    return found


class _Module:
    """A module's calls that give a message its code: of Advice, or with `code=` of what makes one.

    Where a code is handed on (a parameter, or another advice's) it was given elsewhere.
    """

    def __init__(self, path: Path, source: Path, tree: ast.Module, known: _Known) -> None:
        self._file = path.relative_to(source.parent).as_posix()
        self._tree = tree
        self._known = known.with_own(tree)

    def places(self) -> Iterator[Place]:
        for call, inside in _calls(self._tree, None):
            given = next((one.value for one in call.keywords if one.arg == "code"), None)
            if given is None and _name(call.func) == "Advice":
                given = call.args[0]
            if given is not None:
                for code in self._codes(given, inside):
                    words = self._words(call, inside)
                    happened = words.get("happened") or _happened(call)
                    yield Place(
                        str(code.value),
                        self._file,
                        code.lineno,
                        happened,
                        words.get("cause", ""),
                        words.get("next_step", ""),
                    )

    def _words(self, call: ast.Call, inside: Function | None) -> dict[str, str]:
        """Return the texts that a call is given, by the names of the parameters."""
        texts = {**self._known.texts, **(_local_texts(inside, self._known.texts))}
        names = self._known.parameters.get(_name(call.func), ())
        given = {**dict(zip(names, call.args, strict=False))}
        given |= {one.arg: one.value for one in call.keywords if one.arg is not None}
        return {
            name: re.sub("…{2,}", "…", " ".join(said(value, texts).split()))
            for name, value in given.items()
        }

    def _codes(self, given: ast.expr, inside: Function | None) -> Iterator[ast.Constant]:
        match given:
            case ast.Constant(value=str()):
                yield given
            case ast.IfExp(body=body, orelse=orelse):
                yield from self._codes(body, inside)
                yield from self._codes(orelse, inside)
            case ast.Subscript(value=ast.Name(id=table)):
                yield from self._in_table(table)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=table), attr="get"), args=[_, other]
            ):
                yield from self._in_table(table)
                yield from self._codes(other, inside)
            case ast.Attribute(attr="code"):
                return
            case ast.Attribute(value=ast.Name(id=name), attr="value") if inside is not None:
                yield from self._in_enum(_parameters(inside)[name])
            case ast.Name(id=name) if inside is not None and name in _parameters(inside):
                return
            case ast.Name(id=name) if inside is not None:
                yield from _constants(_assigned(inside, name))
            case _:
                raise UnknownCode(f"{self._file}:{given.lineno}: {ast.unparse(given)}")

    def _in_table(self, name: str) -> Iterator[ast.Constant]:
        for value in _assigned(self._tree, name):
            assert isinstance(value, ast.Dict)
            yield from _constants(value.values)

    def _in_enum(self, annotation: ast.expr | None) -> Iterator[ast.Constant]:
        for node in self._tree.body:
            if isinstance(node, ast.ClassDef) and node.name == _name(annotation):
                yield from _constants(one.value for one in node.body if isinstance(one, ast.Assign))


def _calls(node: ast.AST, inside: Function | None) -> Iterator[tuple[ast.Call, Function | None]]:
    """Yield all calls below `node`, each with the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, inside
        within = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else inside
        yield from _calls(child, within)


def _parameters(function: Function) -> dict[str, ast.expr | None]:
    """Return the names of a function's parameters, each with its annotation."""
    taken = function.args
    return {one.arg: one.annotation for one in (*taken.args, *taken.kwonlyargs)}


def _assigned(node: ast.AST, name: str) -> list[ast.expr]:
    """Return what is assigned to `name` below `node`."""
    values = [
        one.value
        for one in ast.walk(node)
        if isinstance(one, ast.Assign) and any(_name(target) == name for target in one.targets)
    ]
    if not values:
        raise UnknownCode(f"nothing is assigned to {name}")
    return values


def _constants(values: Iterator[ast.expr] | list[ast.expr]) -> Iterator[ast.Constant]:
    for value in values:
        if not (isinstance(value, ast.Constant) and isinstance(value.value, str)):
            raise UnknownCode(f"line {value.lineno}: {ast.unparse(value)}")
        yield value


def _name(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _happened(call: ast.Call) -> str:
    """Return what happened as the source says it, in one line; empty where it is a variable."""
    given = [*(one.value for one in call.keywords if one.arg == "happened"), *call.args]
    code = given[:1] if _name(call.func) == "Advice" and call.args else []
    for said in given[len(code) :]:
        if isinstance(said, ast.Constant) and isinstance(said.value, str):
            return said.value
        if isinstance(said, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in said.values)
            return "".join(map(str, parts)).replace("\n", " ")
        if _name(call.func) == "Advice":
            break
    return ""


def main() -> None:
    """Print every code with its places."""
    for code, there in groupby(places(), key=lambda place: place.code):
        print(code)
        for place in there:
            print(f"    {place.file}:{place.line}  {place.happened}".rstrip())


if __name__ == "__main__":
    main()
