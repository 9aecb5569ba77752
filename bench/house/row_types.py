"""What an expression holds, as the annotations round it tell: rows, typed or not, or other things.

No type checker: names stand for the same in all files, and what no annotation leads to is None.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Literal

from bench.house.sources import FunctionNode, Source, scopes

Kind = Literal["typed", "row", "other"] | None
"""A row of a TypedDict, one that is a plain mapping, something else, or unknown."""

MAPPINGS: Final = {"dict", "Dict", "Mapping", "MutableMapping"}
ANYTHING: Final = {"Any", "object"}
PASSING_ON: Final = {
    "sorted", "list", "tuple", "set", "reversed", "iter", "next", "min", "max", "filter", "dict",
    "enumerate", "zip", "map", "groupby", "chain", "pairwise", "cast", "deepcopy", "copy",
}  # fmt: skip
"""Functions that give what they are given."""
METHODS: Final = {"values", "items", "get", "pop", "copy", "setdefault"}
"""Methods that give what their object holds."""


@dataclass(frozen=True, slots=True)
class Types:
    """What the product's annotations name.

    Attributes:
        typed: classes that are TypedDicts.
        aliases: names that stand for a mapping from str to anything.
        told: annotations of attributes, and of what functions return, by name.
        classes: names of all classes.
    """

    typed: frozenset[str]
    aliases: frozenset[str]
    told: dict[str, list[ast.expr]]
    classes: frozenset[str]

    @classmethod
    def of(cls, sources: Sequence[Source]) -> Types:
        """Those of some files."""
        every = [found for source in sources for found in scopes(source.tree.body)]
        classes = [node for _, node in every if isinstance(node, ast.ClassDef)]
        functions = [node for _, node in every if isinstance(node, FunctionNode)]
        told: dict[str, list[ast.expr]] = {}
        for function in functions:
            if function.returns is not None:
                told.setdefault(function.name, []).append(function.returns)
        for source in sources:
            for name, annotation in _attributes(source.tree):
                told.setdefault(name, []).append(annotation)
        return cls(
            frozenset(_typed_dicts(classes)),
            frozenset(name for source in sources for name in _aliases(source.tree)),
            told,
            frozenset(node.name for node in classes),
        )

    @property
    def row_aliases(self) -> frozenset[str]:
        """Aliases that are called rows."""
        return frozenset(name for name in self.aliases if name.endswith("Row"))

    def is_row(self, annotation: ast.expr | None, *, spelt: bool = True) -> bool:
        """Whether an annotation holds an alias that is called a row, or a mapping spelt out.

        Args:
            annotation: of a parameter or a return.
            spelt: whether mappings that are spelt out count.
        """
        return _holds(annotation, self.row_aliases, spelt=spelt)

    def kind(self, annotation: ast.expr) -> Kind:
        """What an annotation stands for."""
        if any(_last_name(node) in self.typed for node in _parts(annotation)):
            return "typed"
        return "row" if _holds(annotation, self.aliases) else "other"

    def names_in(self, scope: ast.AST) -> Names:
        """The names that are bound in a function, or in another piece of a file."""
        names = Names(self)
        for node in ast.walk(scope):
            names.bind(node)
        return names


@dataclass(slots=True)
class Names:
    """Names of a piece of code, with what they are bound to."""

    types: Types
    annotated: dict[str, list[ast.expr]] = field(default_factory=dict)
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)

    def bind(self, node: ast.AST) -> None:
        """Note what a node binds."""
        if isinstance(node, ast.arg) and node.annotation is not None:
            self.annotated.setdefault(node.arg, []).append(node.annotation)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            self.annotated.setdefault(node.target.id, []).append(node.annotation)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node.value)
        elif isinstance(node, ast.NamedExpr):
            self._assign(node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._assign(node.target, node.iter)
        elif isinstance(node, ast.Call):
            self._bind_lambdas(node)

    def kind(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> Kind:
        """What an expression holds, itself or in it."""
        if isinstance(node, ast.Name):
            return self._kind_of_name(node.id, seen)
        if isinstance(node, ast.Attribute):
            return self._kind_told(node.attr)
        if isinstance(node, ast.Call):
            return self._kind_of_call(node, seen)
        return _first([self.kind(part, seen) for part in _inner(node)])

    def _kind_of_name(self, name: str, seen: frozenset[str]) -> Kind:
        if name in self.annotated:
            return _first([self.types.kind(one) for one in self.annotated[name]])
        if name in seen:
            return None
        assigned = self.assigned.get(name, [])
        return _first([self.kind(one, seen | {name}) for one in assigned])

    def _kind_of_call(self, node: ast.Call, seen: frozenset[str]) -> Kind:
        name = _last_name(node.func)
        if name in METHODS and isinstance(node.func, ast.Attribute):
            return self.kind(node.func.value, seen)
        if name in PASSING_ON:
            return _first([self.kind(one, seen) for one in node.args])
        if name in self.types.classes:
            return "typed" if name in self.types.typed else "other"
        return self._kind_told(name)

    def _kind_told(self, name: str) -> Kind:
        """Of attributes of this name, and of what functions of this name return."""
        return _first([self.types.kind(one) for one in self.types.told.get(name, [])])

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        """Bind a name, or each of several, to what holds it."""
        for one in ast.walk(target):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                self.assigned.setdefault(one.id, []).append(value)

    def _bind_lambdas(self, call: ast.Call) -> None:
        """Parameters of lambdas hold what stands beside: `sorted(rows, key=lambda row: ...)`."""
        given = [*call.args, *(one.value for one in call.keywords)]
        beside = [one for one in given if not isinstance(one, ast.Lambda)]
        if isinstance(call.func, ast.Attribute):
            beside.append(call.func.value)
        for one in given:
            if isinstance(one, ast.Lambda) and beside:
                for argument in one.args.args:
                    self.assigned.setdefault(argument.arg, []).append(beside[0])


def _first(kinds: Sequence[Kind]) -> Kind:
    """The kind of what may be several: one that is untyped is untyped."""
    return next((kind for kind in ("row", "typed", "other") if kind in kinds), None)


def _inner(node: ast.expr) -> list[ast.expr]:
    """Parts of an expression whose kind is its own."""
    match node:
        case ast.Subscript(value=one) | ast.Starred(value=one) | ast.Await(value=one):
            found = [one]
        case ast.ListComp(elt=one) | ast.SetComp(elt=one) | ast.GeneratorExp(elt=one):
            found = [one]
        case ast.DictComp(value=one):
            found = [one]
        case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
            found = [one, other]
        case ast.BoolOp(values=several) | ast.List(elts=several) | ast.Tuple(elts=several):
            found = several
        case _:
            found = []
    return found


def _typed_dicts(classes: Sequence[ast.ClassDef]) -> set[str]:
    """Classes that are TypedDicts, those that inherit from one too."""
    found = {"TypedDict"}
    before = 0
    while before < len(found):
        before = len(found)
        found |= {one.name for one in classes if found & {_last_name(base) for base in one.bases}}
    return found - {"TypedDict"}


def _aliases(tree: ast.Module) -> Iterator[str]:
    """Names at the top of a file that stand for a plain mapping."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if _is_plain_mapping(node.value):
                yield _last_name(target)


def _attributes(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Attributes that are annotated, in classes or as `self.name: ...`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                    yield one.target.id, one.annotation
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute):
            yield node.target.attr, node.annotation


def _parts(annotation: ast.expr | None) -> Iterator[ast.AST]:
    """All nodes of an annotation, those of one that is quoted too."""
    for node in ast.walk(annotation) if annotation is not None else ():
        yield node
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            with suppress(SyntaxError):  # a text of Literal or Annotated, which is no annotation
                yield from _parts(ast.parse(node.value, mode="eval").body)


def _holds(annotation: ast.expr | None, aliases: Collection[str], *, spelt: bool = True) -> bool:
    """Whether an annotation has one of some aliases in it, or a plain mapping."""
    return any(
        _last_name(node) in aliases or (spelt and _is_plain_mapping(node))
        for node in _parts(annotation)
    )


def _is_plain_mapping(node: ast.AST) -> bool:
    """Whether it is dict or Mapping from str to anything."""
    if not isinstance(node, ast.Subscript) or _last_name(node.value) not in MAPPINGS:
        return False
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
    names = [_last_name(one) for one in inner]
    return len(names) == 2 and names[0] == "str" and names[1] in ANYTHING  # noqa: PLR2004


def _last_name(node: ast.AST) -> str:
    """Last part of a name, `Row` of `lake.Row`; empty if it is none."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
