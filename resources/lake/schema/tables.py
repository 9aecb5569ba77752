"""The tables of the lake: their columns with types and units, keys and layout.

Tables of alerts are in `alert_tables`, of the user's own series in
`witness_tables`. What a table is stands in `schema.table`, views and
macros in `views`, writing in `row_writer`.
"""

from __future__ import annotations

from resources.errors import LakeError
from resources.lake.schema.alert_tables import (
    ALERT_EVIDENCE,
    ALERT_LOG,
    ALERTS,
    ASSESSMENTS,
    OUTBOX,
    RECEIVERS,
    SITE_TESTS,
)
from resources.lake.schema.table import LakeTable, columns_of
from resources.lake.schema.witness_tables import (
    OF_WITNESSES,
    WITNESS_ALARMS,
    WITNESS_TESTS,
    WITNESS_VALUES,
    WITNESSES,
)
from resources.models import NO_LOOKS

__all__ = [
    "ACTIVITY", "ALERTS", "ALERT_EVIDENCE", "ALERT_LOG", "ASSESSMENTS", "CLOUD_MASKS",
    "DETECTABILITY", "LEVELS", "NO_LOOK", "OUTBOX", "PASSES", "RECEIVERS", "REFUSALS",
    "REGISTRATIONS", "SCENES", "SITES", "SITE_MONTHS", "SITE_TESTS", "TABLES", "WITNESSES",
    "WITNESS_ALARMS", "WITNESS_TESTS", "WITNESS_VALUES", "ZONES", "table_named",
]  # fmt: skip

NO_LOOK = str(NO_LOOKS)
"""States of rows of `scenes` that are no looks, in SQL."""

SITES = LakeTable(
    name="sites",
    key=("site_id",),
    comment="Places on the watch list, each with the one grid of 10 m that is read of it",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        name VARCHAR: name for people; no unit
        geometry GEOMETRY: ground inside the site's zones; degrees, EPSG:4326
        epsg INTEGER: projected CRS of the grid; EPSG code
        margin_m DOUBLE: ground that pictures show round the zones; m
        false_alarms_per_year DOUBLE: rate asked for, all zones and indices together; 1/year
        grid_west DOUBLE: left edge of the grid; m in the grid's CRS
        grid_south DOUBLE: lower edge of the grid; m in the grid's CRS
        grid_east DOUBLE: right edge of the grid; m in the grid's CRS
        grid_north DOUBLE: upper edge of the grid; m in the grid's CRS
        source VARCHAR: catalogue that the site was last read from, NULL if never; no unit
        config_hash VARCHAR: hash of all that was configured; no unit
        added_at TIMESTAMPTZ: when the site came on the list; UTC
        retired_at TIMESTAMPTZ: when it left the list, NULL while it is watched; UTC
    """),
)

ZONES = LakeTable(
    name="zones",
    key=("site_id", "zone_id", "zone_version"),
    comment="Polygons of sites; an edited polygon or kind is a new version with a new series",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        zone_id VARCHAR: the zone's slug within its site; no unit
        zone_version INTEGER: 1, 2, ... as the polygon or kind was edited; count
        position INTEGER: place in the watch list, from 0; count
        name VARCHAR: name for people; no unit
        kind VARCHAR: what the ground is used for, such as apron; no unit
        geometry GEOMETRY: the polygon; degrees, EPSG:4326
        is_approximate BOOLEAN: drawn by hand, edges are not exact; true or false
        area_m2 DOUBLE: area on the ellipsoid; m2
        valid_from TIMESTAMPTZ: when this version came into use; UTC
        valid_to TIMESTAMPTZ: when it went out of use, NULL while in use; UTC
    """),
)

SCENES = LakeTable(
    name="scenes",
    key=("site_id", "acquisition_id"),
    comment="Looks of a satellite at a site, also those that showed nothing or were refused",
    month_column="sensed_at",
    sorted_by=("site_id", "sensed_at"),
    is_by_year=True,
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        acquisition_id VARCHAR: platform, datatake, orbit: S2B_20241213T081911_R078; no unit
        sensed_at TIMESTAMPTZ: when the tile was seen; UTC
        datatake_at TIMESTAMPTZ: start of the datatake, minutes earlier, NULL if unknown; UTC
        platform VARCHAR: satellite, such as sentinel-2b; no unit
        relative_orbit INTEGER: 1 to 143, NULL if unknown; number
        mgrs_tiles VARCHAR[]: tiles that were used; MGRS names
        item_ids VARCHAR[]: catalogue items that were used; no unit
        collection VARCHAR: collection of the items; no unit
        source VARCHAR: catalogue of the items; no unit
        processing_baseline VARCHAR: version of ESA's processor, such as 05.11; no unit
        offset_dn DOUBLE: added to stored numbers before division by 10000; digital numbers
        offset_source VARCHAR: what decided the offset; no unit
        offset_conflict BOOLEAN: declared values and evidence disagree; true or false
        item_offsets_dn DOUBLE[]: offset_dn of each item, in the order of item_ids; digital numbers
        dark_dn DOUBLE: 1 % of the stored numbers of the darkest band lie below; digital numbers
        coverage_fraction DOUBLE: part of the box round the zones with pixels; 0 to 1
        sun_elevation_deg DOUBLE: height of the sun; degrees above the horizon
        sun_azimuth_deg DOUBLE: direction of the sun; degrees clockwise from north
        view_zenith_deg DOUBLE: angle of view from the vertical; degrees
        published_at TIMESTAMPTZ: when the catalogue listed it, NULL if unknown; UTC
        fetched_at TIMESTAMPTZ: when its pixels were read; UTC
        bytes_read BIGINT: bytes that came over the network, or of pixels of a folder; bytes
        chip_uris VARCHAR[]: files of the chips in the archive, item after item as in item_ids; keys
        chip_sha256s VARCHAR[]: SHA-256 of those files, in the same order; hexadecimal
        state VARCHAR: valid, partial, cloudy, snow, no_data, superseded or refused; no unit
        superseded_by VARCHAR: acquisition_id that took its place, NULL if none; no unit
        reason VARCHAR: why it was refused or what replaced it, NULL for a look; no unit
        attribution VARCHAR: line of credit the licence asks for; no unit
    """),
)

PASSES = LakeTable(
    name="passes",
    key=("site_id", "expected_on", "platform"),
    comment="Expected passes of satellites and what became of them",
    month_column="expected_on",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        expected_on DATE: day of the pass; UTC
        platform VARCHAR: satellite, such as sentinel-2b; no unit
        state VARCHAR: seen, no_data, expected_not_published, late, no_pass, not_in_source; no unit
        acquisition_id VARCHAR: the look, NULL unless seen; no unit
    """),
)

REFUSALS = LakeTable(
    name="refusals",
    key=("site_id", "month", "item_id"),
    comment="Catalogue items and rasters that could not be used, and why",
    month_column="month",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        month DATE: first day of the month that was asked for; UTC
        item_id VARCHAR: the catalogue item; no unit
        reason VARCHAR: what was expected and what was found; no unit
        source VARCHAR: catalogue of the item; no unit
        recorded_at TIMESTAMPTZ: when this row was written; UTC
    """),
)

SITE_MONTHS = LakeTable(
    name="site_months",
    key=("site_id", "month", "stage"),
    comment="Work done: one row a stage and site-month, also when there was no look at all",
    month_column="month",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        month DATE: first day of the month, 0001-01-01 for anomalies of all months; UTC
        stage VARCHAR: scenes, cloud_masks, activity or anomalies; no unit
        inputs_hash VARCHAR: hash of what the stage read; no unit
        outputs_hash VARCHAR: hash of what the stage made; no unit
        rows BIGINT: rows the stage made; count
        method_version VARCHAR: version of the stage's method; no unit
        recorded_at TIMESTAMPTZ: when this row was written; UTC
    """),
)

CLOUD_MASKS = LakeTable(
    name="cloud_masks",
    key=("site_id", "acquisition_id", "zone_id"),
    comment="What could be seen of each zone at each look",
    month_column="sensed_at",
    sorted_by=("site_id", "zone_id", "sensed_at"),
    is_by_year=True,
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        acquisition_id VARCHAR: the look; no unit
        zone_id VARCHAR: the zone's slug within its site; no unit
        sensed_at TIMESTAMPTZ: when the tile was seen; UTC
        clear_fraction DOUBLE: part of the zone that could be seen; 0 to 1
        cloud_fraction DOUBLE: part of the zone under cloud; 0 to 1
        shadow_fraction DOUBLE: part of the zone in shadow; 0 to 1
        snow_fraction DOUBLE: part of the zone under snow; 0 to 1
        haze_fraction DOUBLE: part of the zone under haze or thin cloud; 0 to 1
        no_data_fraction DOUBLE: part of the zone without usable pixels; 0 to 1
        state VARCHAR: valid, partial, cloudy, snow, no_data or superseded; no unit
        method VARCHAR: how pixels were classed; no unit
        method_version VARCHAR: version of that method; no unit
    """),
)

ACTIVITY = LakeTable(
    name="activity",
    key=("site_id", "zone_id", "acquisition_id", "index_name"),
    comment="Indices of each zone at each look, beside what was expected from earlier looks",
    month_column="sensed_at",
    sorted_by=("site_id", "zone_id", "sensed_at"),
    is_by_year=True,
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        zone_id VARCHAR: the zone's slug within its site; no unit
        acquisition_id VARCHAR: the look; no unit
        index_name VARCHAR: brightness, ndvi, texture, changed_area, objects_large, ...; no unit
        sensed_at TIMESTAMPTZ: when the tile was seen; UTC
        relative_orbit INTEGER: 1 to 143, NULL if unknown; number
        value DOUBLE: of the look's own pixels; m2 for areas such as changed_area, otherwise no unit
        standard_error DOUBLE: error of value; as value
        expected DOUBLE: what earlier looks of the zone let expect of this day; as value
        expected_error DOUBLE: error of expected; as value
        level_effect DOUBLE: what light and air of the look add to the value; as value
        season_effect DOUBLE: what this year's season adds, as like ground shows it; as value
        departure DOUBLE: value - expected - level_effect - season_effect; as value
        z DOUBLE: departure divided by both errors together; standard errors
        clear_px DOUBLE: clear pixels of 10 m, parts counted; pixels
        clear_fraction DOUBLE: part of the zone that could be seen; 0 to 1
        baseline_n INTEGER: earlier looks behind expected; count
        shift_px DOUBLE: length of the shift that was taken out; pixels of 10 m
        state VARCHAR: state of the look over the zone, or learning; no unit
        flags VARCHAR[]: reasons for caution; no unit
        method_version VARCHAR: version of the method; no unit
    """),
)

REGISTRATIONS = LakeTable(
    name="registrations",
    key=("site_id", "zone_id", "acquisition_id"),
    comment="Where each look lies at each zone, against looks of the year before; taken out",
    month_column="sensed_at",
    sorted_by=("site_id", "sensed_at"),
    is_by_year=True,
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        zone_id VARCHAR: the zone round which it was told; no unit
        acquisition_id VARCHAR: the look; no unit
        sensed_at TIMESTAMPTZ: when the tile was seen; UTC
        relative_orbit INTEGER: 1 to 143, NULL if unknown; number
        east_px DOUBLE: how far its content lay east; pixels of 10 m
        south_px DOUBLE: how far its content lay south; pixels of 10 m
        error_px DOUBLE: standard error of either; pixels of 10 m
        pixels INTEGER: clear pixels that told it; count
        state VARCHAR: registered, or unsure (0, with the error the mission states); no unit
    """),
)

LEVELS = LakeTable(
    name="levels",
    key=("site_id", "acquisition_id", "zone_id", "band"),
    comment="Gain and offset of each look and band beside a zone; see level_effect of activity",
    month_column="sensed_at",
    sorted_by=("site_id", "zone_id", "sensed_at"),
    is_by_year=True,
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        acquisition_id VARCHAR: the look; no unit
        zone_id VARCHAR: the zone that was measured; no unit
        band VARCHAR: common name of the band; no unit
        sensed_at TIMESTAMPTZ: when the tile was seen; UTC
        gain DOUBLE: of the look against what was expected, NULL without the band; no unit
        offset_reflectance DOUBLE: of the look, NULL without the band; reflectance
        blocks INTEGER: blocks of 60 m beside the zone that carried the fit; count
        residual DOUBLE: robust spread of what gain and offset leave, NULL unknown; reflectance
    """),
)

DETECTABILITY = LakeTable(
    name="detectability",
    key=("site_id", "zone_id", "index_name", "shape", "paint", "length_m"),
    comment="How likely an object of a size would be seen in a zone, from planted objects",
    columns=columns_of("""
        site_id VARCHAR: the site's slug; no unit
        zone_id VARCHAR: the zone's slug within its site; no unit
        index_name VARCHAR: index that would show it, any of them, or presence; no unit
        shape VARCHAR: plan of the planted objects, such as aircraft or vessel; no unit
        paint VARCHAR: bright or dark; no unit
        length_m DOUBLE: length of the planted objects; m
        size_class VARCHAR: class of their area, NULL under the smallest; no unit
        area_m2 DOUBLE: area of the planted objects seen from above; m2
        probability DOUBLE: part of the looks in which they were seen; 0 to 1
        probability_error DOUBLE: standard error of that, binomial; 0 to 1
        looks INTEGER: looks that were tried; count
        threshold_z DOUBLE: departure that counts as seen, NULL for any and presence; sigma
        length_50_m DOUBLE: shortest object seen in half of the looks, NULL if none; m
        length_90_m DOUBLE: shortest object seen in nine of ten looks, NULL if none; m
        false_alarms_per_year DOUBLE: rate of false alarms in use, of the whole site; 1/year
        computed_for DATE: last day of the looks that were tried; UTC
        inputs_hash VARCHAR: hash of configuration, methods and quarter; hexadecimal
        method_version VARCHAR: version of the method; no unit
    """),
)

TABLES: dict[str, LakeTable] = {
    table.name: table
    for table in (
        SITES, ZONES, SCENES, PASSES, REFUSALS, SITE_MONTHS, CLOUD_MASKS,
        ACTIVITY, REGISTRATIONS, LEVELS, DETECTABILITY, ALERTS, ALERT_EVIDENCE, ALERT_LOG,
        SITE_TESTS, ASSESSMENTS, OUTBOX, RECEIVERS, *OF_WITNESSES,
    )
}  # fmt: skip
"""Every table of the lake by name."""


def table_named(name: str) -> LakeTable:
    """The table of this name; LakeError if the lake has none."""
    try:
        return TABLES[name]
    except KeyError:
        known = ", ".join(sorted(TABLES))
        raise LakeError(f"The lake has no table {name!r}; it has {known}") from None
