"""Answers to be taken away from the lake: columns with units, rows with place and attribution.

How they are written to files stands in `exports`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import duckdb

from resources.attribution import credit_lines, is_made_up
from resources.errors import LakeError
from resources.lake.lake import Lake
from resources.lake.questions.witness_credit import OWN_CAUTION, OWN_SERIES, own_series_extent
from resources.lake.schema.quoting import quoted_name
from resources.lake.schema.table import SEEN_TIMES, description_and_unit
from resources.lake.schema.tables import TABLES

NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
WHOLE: Final = re.compile(r"FROM\s+(\w+)", re.IGNORECASE)
"""A question for all rows of a table."""
PLACE: Final = "geometry"
CREDIT: Final = "attribution"
NOT_OF_LOOKS: Final = (
    frozenset(
        column.name
        for table in TABLES.values()
        for column in table.columns
        if column.type == "TIMESTAMPTZ"
    )
    - SEEN_TIMES
)
"""Times of the lake's tables that tell of the writing or the list, not of when ground was seen."""
CAUTION: Final = (
    "Departures of indices at 10 m, not counts of objects; they have ordinary causes. Confirm "
    "independently. No alert is not no activity."
)
NO_LOOKS_YET: Final = "No scenes yet"
NOT_STATED: Final = "not stated"
UNIT_OF_ENDING: Final = {
    "_m2": "m2",
    "_deg": "degrees",
    "_px": "pixels of 10 m",
    "_m": "m",
    "_dn": "digital numbers",
    "_fraction": "0 to 1",
    "_per_year": "1/year",
    "_days": "days",
    "_at": "UTC",
    "_on": "UTC",
}
"""Columns that a question names itself: names end in their unit, as in the tables."""


@dataclass(frozen=True, slots=True)
class AnswerColumn:
    """A column of an answer: name, DuckDB type, what it holds, and in which unit."""

    name: str
    type: str
    description: str
    unit: str

    @property
    def is_geometry(self) -> bool:
        """Whether it holds places."""
        return self.type.startswith("GEOMETRY")


@dataclass(frozen=True, slots=True)
class LakeAnswer:
    """An answer that stands in a temporary table.

    Attributes:
        connection: where `rows_sql` can be asked; good as long as the block that opened it.
        question: SQL that was asked.
        columns: as they stand in `rows_sql`, place and attribution among them.
        credits: lines of attribution of all rows together.
        rows: how many there are.
        simulated: `all`, `some` or `none`: whether the scenes behind the rows are made up.
        caution: what may not be read into them.
        rows_sql: gives the rows in the order of the question.
    """

    connection: duckdb.DuckDBPyConnection
    question: str
    columns: tuple[AnswerColumn, ...]
    credits: tuple[str, ...]
    rows: int
    simulated: str
    caution: str
    rows_sql: str

    @property
    def has_places(self) -> bool:
        """Whether rows have a geometry, degrees in EPSG:4326."""
        return any(column.name == PLACE and column.is_geometry for column in self.columns)


@contextmanager
def open_answer(lake: Lake, question: str) -> Iterator[LakeAnswer]:
    """The answer to a question, or a whole table or view, with places and attribution.

    A row lies where its own geometry is, else where its zone is (as it is now, or in the version
    that the row names), else its site. Its attribution is that of the site's looks in the years
    from its first to its last date; of all years where it has no date or they have no look. Rows
    of witnesses alone are the user's own, and no line of a satellite's is claimed for them.

    Raises:
        LakeError: the question is not one SELECT, or the lake cannot answer it.
    """
    asked = checked_select(question)
    with lake.reading() as connection:
        try:
            connection.execute(f"CREATE TEMP TABLE answer AS FROM ({asked}\n)")
            yield _describe_answer(connection, asked)
        except duckdb.Error as problem:
            raise LakeError(f"The lake cannot answer {asked[:200]!r}. {problem}") from problem


def checked_select(text: str) -> str:
    """One SELECT from a question or from the name of a table or view; LakeError if it is none."""
    if NAME.fullmatch(text.strip()):
        return f"FROM {text.strip()}"
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as problem:
        raise LakeError(f"Expected one question in SQL, found {text[:200]!r}. {problem}") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise LakeError(
            "Expected the name of a table, or one question that begins with SELECT, FROM or WITH,"
            f" found {text[:200]!r}; write one."
        )
    return str(statements[0].query).strip().rstrip(";")


def _describe_answer(connection: duckdb.DuckDBPyConnection, asked: str) -> LakeAnswer:
    """The answer in `temp.answer` with what belongs to it."""
    types = _column_types(connection)
    _make_row_keys(connection, types)
    lines, simulated = _make_credit_lines(connection)
    own = own_series_extent(connection, asked)
    if own != "none":
        lines, simulated = _credit_own_series(connection, lines, simulated, is_all=own == "all")
    select = ["a.*"]
    joins = [
        "FROM temp.answer AS a JOIN temp.keyed AS k ON k.row_id = a.rowid",
        "JOIN temp.credit AS c ON c.site_id IS NOT DISTINCT FROM k.site_id",
        "AND c.first_year IS NOT DISTINCT FROM k.first_year",
        "AND c.last_year IS NOT DISTINCT FROM k.last_year",
    ]
    place = None if PLACE in types else _place_join(types)
    if place is not None:
        select.append(f"p.geometry AS {PLACE}")
        joins.append(place)
        types[PLACE] = "GEOMETRY"
    if CREDIT not in types:
        select.append(f"c.line AS {CREDIT}")
        types[CREDIT] = "VARCHAR"
    counted = connection.execute("SELECT count(*) FROM temp.answer").fetchone()
    return LakeAnswer(
        connection=connection,
        question=asked,
        columns=_answer_columns(connection, asked, types),
        credits=tuple(lines),
        rows=0 if counted is None else int(counted[0]),
        simulated=simulated,
        caution=OWN_CAUTION if own == "all" else CAUTION,
        rows_sql=f"SELECT {', '.join(select)} {' '.join(joins)} ORDER BY a.rowid",
    )


def _column_types(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """DuckDB types of the answer's columns, in order."""
    return dict(
        connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns()"
            " WHERE database_name = 'temp' AND table_name = 'answer' ORDER BY column_index"
        ).fetchall()
    )


def _make_row_keys(connection: duckdb.DuckDBPyConnection, types: Mapping[str, str]) -> None:
    """Make `temp.keyed`: site, first and last year of each row, NULL where it does not tell."""
    times = [
        f"year({quoted_name(name)})"
        for name, kind in types.items()
        if kind.startswith(("DATE", "TIMESTAMP"))
        and not kind.endswith("]")
        and name not in NOT_OF_LOOKS
    ]
    span = f"least({', '.join(times)}), greatest({', '.join(times)})" if times else "NULL, NULL"
    site, join = "NULL", ""
    if "site_id" in types:
        site = "a.site_id"
    elif "alert_id" in types:
        site, join = "s.site_id", "LEFT JOIN alerts AS s USING (alert_id)"
    connection.execute(
        "CREATE TEMP TABLE keyed (row_id BIGINT, site_id VARCHAR, first_year INT, last_year INT)"
    )
    connection.execute(
        f"INSERT INTO temp.keyed SELECT a.rowid, {site}, {span} FROM temp.answer AS a {join}"
    )


def _make_credit_lines(connection: duckdb.DuckDBPyConnection) -> tuple[list[str], str]:
    """Make `temp.credit`, a line for each site and span of years; lines of all, and if made up."""
    looks = connection.execute(
        "SELECT DISTINCT site_id, year(sensed_at), attribution FROM scenes"
        " WHERE attribution IS NOT NULL"
    ).fetchall()
    keys = connection.execute(
        "SELECT DISTINCT site_id, first_year, last_year FROM temp.keyed"
    ).fetchall()
    connection.execute(
        "CREATE TEMP TABLE credit (site_id VARCHAR, first_year INT, last_year INT, line VARCHAR)"
    )
    behind: set[tuple[int, str]] = set()
    for site, first, last in keys or [(None, None, None)]:
        own = {(year, line) for of, year, line in looks if site is None or of == site}
        dated = {look for look in own if first is not None and first <= look[0] <= last}
        behind |= dated or own
        line = "; ".join(credit_lines(dated or own)) or NO_LOOKS_YET
        connection.execute("INSERT INTO temp.credit VALUES (?, ?, ?, ?)", [site, first, last, line])
    made_up = {is_made_up(line) for _, line in behind}
    simulated = {frozenset({True}): "all", frozenset({True, False}): "some"}
    return credit_lines(behind) or [NO_LOOKS_YET], simulated.get(frozenset(made_up), "none")


def _credit_own_series(
    connection: duckdb.DuckDBPyConnection, lines: list[str], simulated: str, *, is_all: bool
) -> tuple[list[str], str]:
    """Say in `temp.credit` that rows are the user's own, wholly or beside what scenes show."""
    own = "?" if is_all else "line || '; ' || ?"
    connection.execute(f"UPDATE temp.credit SET line = {own}", [OWN_SERIES])
    return ([OWN_SERIES], "none") if is_all else ([*lines, OWN_SERIES], simulated)


def _place_join(types: Mapping[str, str]) -> str | None:
    """The join that gives each row the geometry of its zone or site; None if it names neither."""
    if not types.keys() & {"site_id", "alert_id"}:
        return None
    if "zone_id" not in types:
        return "LEFT JOIN sites AS p ON p.site_id = k.site_id"
    if "zone_version" in types:
        version = "p.zone_version = a.zone_version"
    else:
        version = (
            "p.zone_version = (SELECT max(z.zone_version) FROM zones AS z"
            " WHERE z.site_id = p.site_id AND z.zone_id = p.zone_id)"
        )
    return f"LEFT JOIN zones AS p ON p.site_id = k.site_id AND p.zone_id = a.zone_id AND {version}"


def _answer_columns(
    connection: duckdb.DuckDBPyConnection, asked: str, types: Mapping[str, str]
) -> tuple[AnswerColumn, ...]:
    """What the lake's comments say of each column; of a table asked for whole, its own alone."""
    whole = WHOLE.fullmatch(asked)
    comments = connection.execute(
        "SELECT table_name = ?, column_name, comment FROM duckdb_columns()"
        " WHERE comment IS NOT NULL AND database_name = 'watch' ORDER BY table_name",
        [whole[1].lower() if whole else ""],
    ).fetchall()
    own = {name: [comment] for is_own, name, comment in comments if is_own}
    known: dict[str, list[str]] = {}
    for _, name, comment in comments:
        known.setdefault(name, []).append(comment)
    found = known | own
    return tuple(_answer_column(name, kind, found.get(name, [])) for name, kind in types.items())


def _answer_column(name: str, kind: str, comments: list[str]) -> AnswerColumn:
    """A column; where the tables disagree on the unit of its name, or have none, as it ends."""
    told = [description_and_unit(comment) for comment in comments]
    description = told[0][0] if told else "named by the question"
    units = {unit for _, unit in told}
    if len(units) == 1:
        return AnswerColumn(name, kind, description, units.pop())
    ending = next((unit for end, unit in UNIT_OF_ENDING.items() if name.endswith(end)), NOT_STATED)
    return AnswerColumn(name, kind, description, ending)
