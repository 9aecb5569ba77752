"""Questions of a page of documentation with the answers printed below them.

A question is a block of SQL; its answer is the table after it, or a line that says there are no
rows. An HTML comment before the block may name the watch that is asked.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.session.screen import shown_value

BLOCK = re.compile(
    r"(?:<!-- asked of: (?P<watch>[^\n]*?) -->\n\n)?```sql\n(?P<sql>.*?)```\n"
    r"(?P<answer>\n(?:\|[^\n]*\n)+|\nNo rows\.\n)?",
    re.DOTALL,
)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
Row = dict[str, object]


@dataclass(frozen=True)
class Question:
    """A block of SQL, the watch it is asked of (empty: the page's own), and the printed answer."""

    sql: str
    watch: str
    answer: str


def questions_of(page: str) -> list[Question]:
    """Every question of a page, in order."""
    return [
        Question(found["sql"], found["watch"] or "", (found["answer"] or "").strip())
        for found in BLOCK.finditer(page)
    ]


def with_answers(page: str, ask: Callable[[Question], Sequence[Row]]) -> str:
    """The page with every answer written anew."""

    def answered(found: re.Match[str]) -> str:
        question = Question(found["sql"], found["watch"] or "", "")
        where = f"<!-- asked of: {question.watch} -->\n\n" if question.watch else ""
        return f"{where}```sql\n{question.sql}```\n\n{table(ask(question))}\n"

    return BLOCK.sub(answered, page)


def table(rows: Sequence[Row]) -> str:
    """Rows as a table of Markdown."""
    if not rows:
        return "No rows."
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([_cell(v) for v in r.values()] for r in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def is_same(printed: str, fresh: str) -> bool:
    """Whether two answers say the same: words equal, numbers within one of their last digit."""
    if NUMBER.sub("#", printed) != NUMBER.sub("#", fresh):
        return False
    pairs = zip(NUMBER.findall(printed), NUMBER.findall(fresh), strict=True)
    return all(_is_near(one, other) for one, other in pairs)


def _is_near(one: str, other: str) -> bool:
    """Numbers that differ by rounding at most; whole ones (days, counts, ids) not at all."""
    if "." not in one + other:
        return one == other
    digits = max(len(text.partition(".")[2]) for text in (one, other))
    return abs(float(one) - float(other)) <= 1.01 * 10.0**-digits


def _cell(value: object) -> str:
    """A value in a table of Markdown."""
    if isinstance(value, list):
        return ", ".join(map(_cell, value)) or "none"
    if isinstance(value, float):
        return f"{value:.10g}"
    return shown_value(value).replace("|", "\\|")
