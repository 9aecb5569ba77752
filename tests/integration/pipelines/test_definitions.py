"""What Dagster is told: a golden list of it all, and checks that fail when they should."""

from collections.abc import Callable

import dagster as dg
import pytest
from places import ROOT
from shapely.geometry import box

from assets.partitions import HISTORY, SITE_MONTHS, partition_key
from assets.retries import retried_on_failure
from pipelines.automation.due import MonthRange
from pipelines.automation.jobs import range_tags
from pipelines.definitions import build_defs
from resources.archive.dossier_folder import DossierFiles, alert_page, site_page
from resources.clock import utc_now
from resources.models import Bounds, Grid, Site, Zone
from resources.months import Month
from resources.settings import load_settings
from resources.wiring.dagster import build_resources

GOLDEN_ASSETS = {
    "scenes": (
        "site x month",
        set(),
        {
            "scene_keys_are_unique",
            "no_look_is_from_the_future",
            "offset_conflicts_are_none",
            "latest_look_is_not_stale",
        },
    ),
    "cloud_masks": ("site x month", {"scenes"}, {"mask_keys_are_unique", "fractions_sum_to_one"}),
    "activity": (
        "site x month",
        {"scenes", "cloud_masks"},
        {"activity_keys_are_unique", "no_value_without_a_state"},
    ),
    "anomalies": (
        "site",
        {"activity"},
        {
            "alert_keys_are_unique",
            "alerts_begin_at_known_looks",
            "no_alert_is_open",
        },
    ),
    "detectability": ("site", {"activity"}, set()),
    "dossiers": (
        "site",
        {"anomalies", "detectability"},
        {"every_alert_has_its_page", "no_page_is_too_large"},
    ),
    "lake_upkeep": ("whole", set(), set()),
}
GOLDEN_JOBS = {
    "watch_months": {"scenes", "cloud_masks", "activity"},
    "watch_site": {"anomalies", "dossiers"},
    "site_detectability": {"detectability", "dossiers"},
    "upkeep": {"lake_upkeep"},
    "notify": set(),
}
GOLDEN_SCHEDULES = {
    "daily_watch": ("watch_months", "30 6 * * *"),
    "weekly_detectability": ("site_detectability", "45 7 * * 6"),
    "weekly_upkeep": ("upkeep", "15 3 * * 0"),
}
GOLDEN_SENSORS = {
    "watch_list_changes": ("watch_months", "STOPPED"),
    "new_acquisitions": ("watch_months", "STOPPED"),
    "months_behind_their_history": ("watch_months", "RUNNING"),
    "new_activity": ("watch_site", "RUNNING"),
    "messages_due": ("notify", "RUNNING"),
}
SITE_ID = "field"
MARCH = Month(2020, 3)
SENSED = MARCH.start.replace(hour=9)


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    settings = load_settings(data=tmp_path_factory.mktemp("definitions"))
    return build_defs(build_resources(settings))


def cut(spec: dg.AssetSpec) -> str:
    """How an asset is partitioned, in words."""
    if spec.partitions_def is None:
        return "whole"
    if isinstance(spec.partitions_def, dg.MultiPartitionsDefinition):
        return " x ".join(part.name for part in reversed(spec.partitions_def.partitions_defs))
    return {"sites": "site"}[spec.partitions_def.name]


def test_definitions_load_and_hold_together(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_asset_its_partitions_and_its_checks(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    found = {}
    for spec in definitions.resolve_all_asset_specs():
        checks = {key.name for key in graph.asset_check_keys if key.asset_key == spec.key}
        deps = {dep.asset_key.to_user_string() for dep in spec.deps}
        found[spec.key.to_user_string()] = (cut(spec), deps, checks)
    assert found == GOLDEN_ASSETS


def test_every_asset_and_check_tells_what_it_is(definitions: dg.Definitions) -> None:
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description
        assert spec.owners == ["team:sitewatch"]
        assert spec.kinds
        assert spec.group_name in ("watch", "dossiers", "upkeep")
    graph = definitions.resolve_asset_graph()
    for key in graph.asset_check_keys:
        assert graph.get_check_spec(key).description


def test_every_asset_writes_through_the_one_pool_in_single_runs(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    for asset in definitions.assets or []:
        assert asset.op.pool == "lake_writer"
        assert asset.op.retry_policy is None, "Dagster's takes an interrupt for a fault"
        assert asset.op.compute_fn.decorated_fn.__code__ is retried_on_failure(print).__code__
        policy = graph.get(asset.key).backfill_policy
        assert policy == (
            dg.BackfillPolicy.single_run()
            if asset.key.to_user_string() in GOLDEN_JOBS["watch_months"]
            else None
        )


def test_every_job_schedule_and_sensor(definitions: dg.Definitions) -> None:
    jobs = {
        job.name: {key.to_user_string() for key in job.asset_layer.selected_asset_keys}
        for job in definitions.resolve_all_job_defs()
        if not job.name.startswith("__")
    }
    assert jobs == GOLDEN_JOBS
    sensors = {
        sensor.name: (sensor.job_name, sensor.default_status.value)
        for sensor in definitions.sensors or []
    }
    assert sensors == GOLDEN_SENSORS
    schedules = {
        schedule.name: (schedule.job_name, schedule.cron_schedule)
        for schedule in definitions.schedules or []
    }
    assert schedules == GOLDEN_SCHEDULES


def test_each_schedule_and_sensor_says_what_it_does_and_whether_to_switch_it_on(
    definitions: dg.Definitions,
) -> None:
    for one in (*(definitions.schedules or []), *(definitions.sensors or [])):
        said = one.description or ""
        is_off = "STOPPED" in str(one.default_status)
        assert said.count(". ") == 1, one.name
        assert said.endswith("."), one.name
        assert ("Switch it on" in said) is is_off, one.name
        assert ("Leave it on" in said) is not is_off, one.name


def test_the_operators_guide_names_whatever_runs_by_itself_and_every_check(
    definitions: dg.Definitions,
) -> None:
    guide = (ROOT / "docs/operator.md").read_text()
    checks = {spec.name for check in definitions.asset_checks or [] for spec in check.check_specs}
    assert checks
    for name in {*GOLDEN_SCHEDULES, *GOLDEN_SENSORS, *checks}:
        assert f"`{name}`" in guide, name


def test_a_month_leans_on_itself_and_the_24_months_before() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("sites", ["a", "b"])
        found = HISTORY.get_upstream_mapped_partitions_result_for_partitions(
            SITE_MONTHS.subset_with_partition_keys([partition_key("a", Month(2020, 3))]),
            SITE_MONTHS,
            SITE_MONTHS,
            dynamic_partitions_store=instance,
        )
        keys = set(found.partitions_subset.get_partition_keys())
    assert keys == {partition_key("a", Month(2020, 3).plus(-back)) for back in range(25)}


def test_the_current_month_is_a_partition() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("sites", ["a"])
        keys = SITE_MONTHS.get_partition_keys(dynamic_partitions_store=instance)
    assert partition_key("a", Month.of(utc_now())) in keys
    assert partition_key("a", Month(2015, 6)) in keys
    assert partition_key("a", Month(2015, 5)) not in keys


# --- checks that must fail


PARTS = ("cloud", "shadow", "snow", "haze", "no_data")
LOOK = {"acquisition_id": "LOOK", "sensed_at": SENSED, "state": "valid"}
IN_ZONE = LOOK | {"zone_id": "yard"}
SOUND = {
    "scenes": [LOOK | {"platform": "sentinel-2a", "offset_conflict": False}],
    "cloud_masks": [
        IN_ZONE | {"clear_fraction": 1.0} | {f"{part}_fraction": 0.0 for part in PARTS}
    ],
    "activity": [IN_ZONE | {"index_name": "ndvi", "value": 0.3, "standard_error": 0.1, "z": 0.5}],
}
SOUND_ALERT = {
    "alert_id": "ALERT",
    "status": "closed",
    "summary": "Something moved.",
    "first_acquisition_id": "LOOK",
}
ALERT_PAGE = alert_page(str(SOUND_ALERT["alert_id"]))


@pytest.fixture(scope="module")
def made(post_at: Callable, tmp_path_factory: pytest.TempPathFactory):
    """A lake with one site."""
    post = post_at(tmp_path_factory.mktemp("field") / "data")
    ground = box(22.15, 45.2, 22.16, 45.21)
    site = Site(SITE_ID, "Field", 32634, 0.0, (Zone("yard", "Yard", "yard", ground),), "hash")
    post.lake.put_site(site, Grid(32634, Bounds(600_000, 5_000_000, 601_000, 5_001_000)), None)
    post.instance.add_dynamic_partitions("sites", [SITE_ID])
    return post


@pytest.fixture
def field(made):
    """The lake with one look, its mask, its activity, an alert and pages, all of them sound."""
    made.lake.replace_site(SITE_ID, SOUND, run_id="sound")
    made.lake.replace_alerts(SITE_ID, [SOUND_ALERT], [], [], run_id="sound")
    for page in (ALERT_PAGE, site_page(SITE_ID)):
        DossierFiles(made.settings.dossiers).put(page, b"a page")
    return made


def failing(post, asset: str) -> dict[str, tuple[float, str]]:
    """Checks of an asset that do not pass, with their number and severity; only they are run."""
    job = dg.define_asset_job("only_checks", selection=dg.AssetSelection.checks_for_assets(asset))
    definitions = dg.Definitions.merge(post.definitions, dg.Definitions(jobs=[job]))
    result = definitions.resolve_job_def("only_checks").execute_in_process(
        instance=post.instance,
        tags={"dagster/partition": SITE_ID}
        if asset in ("anomalies", "dossiers")
        else range_tags(MonthRange(SITE_ID, MARCH, MARCH)),
    )
    evaluations = result.get_asset_check_evaluations()
    assert {one.check_name for one in evaluations} == GOLDEN_ASSETS[asset][2]
    return {
        one.check_name: (one.metadata["number"].value, one.severity.value)
        for one in evaluations
        if not one.passed and one.check_name != "latest_look_is_not_stale"
    }


def plant(post, sql: str) -> None:
    """Change the lake behind the project's back."""
    with post.lake.writing(message="planted") as connection:
        connection.execute(sql)


@pytest.mark.parametrize("asset", GOLDEN_ASSETS)
def test_a_sound_lake_passes_every_check(field, asset: str) -> None:
    assert failing(field, asset) == {}


@pytest.mark.parametrize(
    ("asset", "sql", "check"),
    [
        ("scenes", "INSERT INTO scenes FROM scenes", "scene_keys_are_unique"),
        ("cloud_masks", "INSERT INTO cloud_masks FROM cloud_masks", "mask_keys_are_unique"),
        ("activity", "INSERT INTO activity FROM activity", "activity_keys_are_unique"),
        ("anomalies", "INSERT INTO alerts FROM alerts", "alert_keys_are_unique"),
        ("cloud_masks", "UPDATE cloud_masks SET cloud_fraction = 0.2", "fractions_sum_to_one"),
        (
            "cloud_masks",
            "UPDATE cloud_masks SET clear_fraction = 1.2, cloud_fraction = -0.2",
            "fractions_sum_to_one",
        ),
        ("cloud_masks", "UPDATE cloud_masks SET clear_fraction = NULL", "fractions_sum_to_one"),
        (
            "scenes",
            "UPDATE scenes SET sensed_at = now() + INTERVAL 1 DAY",
            "no_look_is_from_the_future",
        ),
        ("activity", "UPDATE activity SET state = NULL", "no_value_without_a_state"),
        ("activity", "UPDATE activity SET state = 'cloudy'", "no_value_without_a_state"),
        ("activity", "UPDATE activity SET value = NULL", "no_value_without_a_state"),
        (
            "anomalies",
            "UPDATE alerts SET first_acquisition_id = 'GONE'",
            "alerts_begin_at_known_looks",
        ),
    ],
)
def test_a_fault_in_the_lake_fails_its_check(field, asset: str, sql: str, check: str) -> None:
    plant(field, sql)
    assert failing(field, asset) == {check: (1, "ERROR")}


def test_a_conflict_of_offsets_only_warns(field) -> None:
    plant(field, "UPDATE scenes SET offset_conflict = true")
    assert failing(field, "scenes") == {"offset_conflicts_are_none": (1, "WARN")}


def test_a_back_fill_of_the_job_fails_and_says_what_to_do(field) -> None:
    """Dagster names the first partition beside the range, and would work that one only."""
    last = MARCH.plus(1)
    field.instance.add_dynamic_partitions("sites", [SITE_ID])
    result = field.definitions.resolve_job_def("watch_months").execute_in_process(
        instance=field.instance,
        tags={
            **range_tags(MonthRange(SITE_ID, MARCH, last)),
            "dagster/partition/month": MARCH.key,
            "dagster/partition/site": SITE_ID,
        },
        raise_on_error=False,
    )
    assert not result.success
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert "back-fill the assets instead" in str(failed.step_failure_data.user_failure_data)


def test_a_lost_page_and_one_that_is_too_large_fail_their_checks(field) -> None:
    page = field.settings.dossiers / ALERT_PAGE
    page.write_bytes(b" " * 3_000_001)
    assert failing(field, "dossiers") == {"no_page_is_too_large": (3.000001, "ERROR")}
    page.unlink()
    assert failing(field, "dossiers") == {"every_alert_has_its_page": (1, "ERROR")}


def test_upkeep_changes_no_row(field) -> None:
    before = field.rows()
    assert field.definitions.resolve_job_def("upkeep").execute_in_process().success
    assert field.rows() == before
    assert any(before.values())


@pytest.mark.parametrize(("status", "severity"), [("possible", "WARN"), ("confirmed", "ERROR")])
def test_an_open_alert_has_the_severity_of_its_status(field, status: str, severity: str) -> None:
    plant(field, f"UPDATE alerts SET status = '{status}'")
    assert failing(field, "anomalies") == {"no_alert_is_open": (1, severity)}
