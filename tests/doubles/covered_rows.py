"""Rows of covered area made up from shares of the usual: what the course of a site is told from."""

from typing import Any

from doubles.site_rows import series_rows

USUAL = 10_000.0  # m2 a zone


def rows_of(
    shares: list[float | None], *, zone: str = "park", error: float = 500.0, **columns: Any
) -> list[dict[str, Any]]:
    """Rows of a zone's covered area with these shares of the usual, a look every six days."""
    rows = series_rows([None if one is None else 0.0 for one in shares], zone=zone, index="texture")
    for row, share in zip(rows, shares, strict=True):
        value = None if share is None else share * USUAL
        row.update(
            index_name="covered_area",
            value=value,
            expected=USUAL,
            departure=None if value is None else value - USUAL,
            z=None if value is None else (value - USUAL) / error,
            standard_error=0.8 * error,
            expected_error=0.6 * error,
            **columns,
        )
    return rows


def zones_of(shares: list[float | None], number: int = 4, **more: Any) -> list[dict[str, Any]]:
    """The same of several zones: what one of them is told wrong by, others are not."""
    return [row for n in range(number) for row in rows_of(shares, zone=f"park-{n}", **more)]
