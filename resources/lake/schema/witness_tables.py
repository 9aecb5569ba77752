"""The tables of witnesses: dated series of the user's own, and what the count test says of them.

None of their numbers comes of Sentinel-2. How a file becomes rows is in `witness_csv.file`.
"""

from __future__ import annotations

from resources.lake.schema.table import LakeTable, columns_of

WITNESSES = LakeTable(
    name="witnesses",
    key=("site_id", "name"),
    comment="Dated series of the user's own, each from a file; none comes of Sentinel-2",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        name VARCHAR: name that the user gave, the only one of its site; no unit
        zone_id VARCHAR: slug of the zone that it is of, NULL for the whole site; no unit
        unit VARCHAR: what is counted, in the user's words; no unit
        source VARCHAR: where it is from, in the user's words, NULL if not told; no unit
        sha256 VARCHAR: SHA-256 of the file that was read; hexadecimal
        added_at TIMESTAMPTZ: when it came in as it is now; UTC
    """),
)

WITNESS_VALUES = LakeTable(
    name="witness_values",
    key=("site_id", "name", "counted_on"),
    comment="Values of witnesses, a row a day: the user's own numbers, not from Sentinel-2",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        name VARCHAR: the witness; no unit
        counted_on DATE: day that the value is of; UTC
        value DOUBLE: things counted, all cells together; in unit
        cells DOUBLE[]: things in each cell, NULL where unseen, NULL if not told by cell; in unit
        cells_valid INTEGER: cells that were seen, NULL if not told; count
        share_seen DOUBLE: part of the ground that was seen, NULL if not told; 0 to 1
        error DOUBLE: standard error of value as told, kept and not tested; in unit
    """),
)

WITNESS_TESTS = LakeTable(
    name="witness_tests",
    key=("site_id", "name"),
    comment="Whether a witness is tested or still learning, and whether it is in alarm now",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        name VARCHAR: the witness; no unit
        state VARCHAR: learning, or what its newest value is: quiet, rise or fall; no unit
        looks_missing INTEGER: values still to come until it is tested; count
        looks INTEGER: values that saw something; count
        witnesses INTEGER: witnesses of the site, which share the rate; count
        false_alarms_per_year_asked DOUBLE: rate asked for, of all of them together; 1/year
        method_version VARCHAR: version of the method; no unit
    """),
)

WITNESS_ALARMS = LakeTable(
    name="witness_alarms",
    key=("site_id", "name", "direction", "opened_on"),
    comment="Times in which a witness showed more or less than its own past lets expect",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        name VARCHAR: the witness; no unit
        direction VARCHAR: rise or fall of the counts; no unit
        opened_on DATE: day of the first value in alarm; UTC
        last_on DATE: day of the newest value in alarm; UTC
        looks INTEGER: values in alarm; count
        looks_on DATE[]: days of the values in alarm; UTC
        mean_value DOUBLE: mean of the values in alarm of its first 30 days; in unit
        mean_expected DOUBLE: mean of what was expected of those; in unit
        peak_on DATE: day of the value that departed most, in roots of what was expected; UTC
        peak_value DOUBLE: value of that day; in unit
        peak_expected DOUBLE: what earlier values let expect of it; in unit
        false_alarms_per_year DOUBLE: at which quiet witnesses of a site would show as much; 1/year
        false_alarms_per_year_asked DOUBLE: rate asked for, of all of them together; 1/year
        summary VARCHAR: what was counted, in words; no unit
        method_version VARCHAR: version of the method; no unit
    """),
)

OF_WITNESSES = (WITNESSES, WITNESS_VALUES, WITNESS_TESTS, WITNESS_ALARMS)
"""All of them."""
