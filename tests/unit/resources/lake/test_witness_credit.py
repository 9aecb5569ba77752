"""Which questions are of the user's own series, told from their SQL alone."""

import duckdb
import pytest

from resources.lake.questions.witness_credit import own_series_extent


@pytest.mark.parametrize(
    ("question", "own"),
    [
        ("FROM witnesses", "all"),
        ("FROM Watch.Witness_Values JOIN witnesses USING (site_id, name)", "all"),
        ("WITH mine AS (FROM witness_alarms) SELECT * FROM mine", "all"),
        ("SELECT * FROM witness_latest JOIN sites USING (site_id)", "all"),
        ("FROM witness_latest WHERE zone_id IN (SELECT zone_id FROM activity)", "some"),
        ("FROM witness_latest, timeline('a', 'b')", "some"),
        ("FROM alerts", "none"),
        ("FROM sites", "none"),
        ("SELECT 1", "none"),
        ("SHOW TABLES", "none"),
        ("no SQL", "none"),
    ],
)
def test_a_question_is_told_by_the_tables_it_names(question: str, own: str) -> None:
    with duckdb.connect() as connection:
        assert own_series_extent(connection, question) == own
