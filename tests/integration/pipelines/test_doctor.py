"""The doctor: a line for each thing that was tried, no trace left, no secret told."""

import datetime as dt
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from doubles.sentinel_hub_contract import Contract
from doubles.sentinel_hub_scenes import romania as scenes_of_romania
from doubles.sentinel_hub_scenes import zagreb
from doubles.sentinel_hub_server import PROCESS, SEARCH, TOKEN, Fault, Hub
from rich.console import Console

from pipelines.cli.doctor import run_doctor
from resources.clock import utc_now
from resources.lake.lake import Lake, LakeLocation
from resources.settings import load_settings

pytestmark = pytest.mark.shared


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, romania) -> Path:
    """A data folder that is not there, with the archive of romania as the configured source."""
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SITEWATCH_SOURCE", str(romania.archive))
    return tmp_path / "data"


def doctor(data: Path, sites: Path, *locations: str) -> tuple[bool, list[str]]:
    """Whether all is well, and the lines that were printed."""
    console = Console(file=io.StringIO(), width=160)
    is_well = run_doctor(console, locations, data=data, sites=sites)
    return is_well, console.file.getvalue().splitlines()


def test_before_there_is_a_lake_sources_are_read_and_nothing_is_written(
    data: Path, romania, shared: Path
) -> None:
    other = shared / "real/zagreb/archive"
    is_well, lines = doctor(data, romania.sites, str(other))
    assert is_well
    assert [line.split(": ")[0] for line in lines] == [
        f"ok    {romania.archive} search",
        f"ok    {romania.archive} read",
        f"ok    {other} search",
        f"ok    {other} read",
        "ok    lake",
        "ok    archive",
    ]
    assert "140 items of all times and places, the newest of 2021-01-01" in lines[0]
    assert "16x16 px of red and scl of S2A_RO_20210101_0_L2A" in lines[1]
    assert "there is none yet" in lines[4]
    assert not data.exists()


def test_a_lake_is_attached_and_left_as_it_was(data: Path, romania) -> None:
    settings = load_settings(data=data)
    lake = Lake(LakeLocation(settings.catalog, settings.files))
    lake.ensure()
    before = lake.query("SELECT count(*) FROM watch.snapshots()")
    is_well, lines = doctor(data, romania.sites)
    assert is_well
    assert "lake: attached, 0 sites and 0 rows of scenes" in lines[2]
    assert lake.query("SELECT count(*) FROM watch.snapshots()") == before
    lake.close()


def test_each_thing_that_fails_is_one_clear_line_and_the_rest_is_tried(
    data: Path, romania, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites = tmp_path / "bad.geojson"
    sites.write_text('{"type": "FeatureCollection", "features": []}')
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "catalog.json").write_text("{")
    monkeypatch.setenv("SITEWATCH_ARCHIVE_BUCKET", "chips")
    monkeypatch.setenv("SITEWATCH_S3_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "geheim")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    data.mkdir()
    (data / "lake").mkdir()
    (data / "lake" / "catalog.sqlite").write_bytes(b"no database at all" * 100)
    places = (
        str(broken),
        "https://me:geheim@example.org/v1",
        "https://me:ge?heim@example.org/v1",
        "s3://AKIA:ge/heim@bucket/p",
        "http://[x",
        "https://\x1b[31m",
        str(tmp_path / "nowhere"),
    )
    is_well, lines = doctor(data, sites, *places)
    assert not is_well
    assert [line.split(": ")[0] for line in lines] == [
        "FAIL  watch list",
        f"ok    {romania.archive} search",
        f"ok    {romania.archive} read",
        f"FAIL  {broken} search",
        "FAIL  https://example.org/v1 search",
        "FAIL  https://*** search",
        "FAIL  s3://bucket/p search",
        "FAIL  http://[x search",
        "FAIL  https://?[31m search",
        f"FAIL  {tmp_path / 'nowhere'} search",
        "FAIL  lake",
        "FAIL  archive",
    ]
    assert not any(word in line for line in lines for word in ("ge?", "heim", "AKIA", "Trace"))
    assert all(line.isprintable() for line in lines)


def test_a_catalogue_that_refuses_everything_is_told_with_the_first_reason(
    data: Path, romania, tmp_path: Path
) -> None:
    folder = tmp_path / "empty"
    (folder / "one").mkdir(parents=True)
    item = json.loads((romania.archive / "S2A_RO_20150801_0_L2A/item.json").read_text())
    (folder / "one" / "item.json").write_text(json.dumps(item))  # its files are not there
    links = [{"rel": "item", "href": "./one/item.json"}]
    catalog = {"type": "Catalog", "stac_version": "1.0.0", "id": "one", "description": "one"}
    (folder / "catalog.json").write_text(json.dumps({**catalog, "links": links}))
    is_well, lines = doctor(data, romania.sites, str(folder))
    assert not is_well
    (told,) = [line for line in lines if line.startswith("FAIL")]
    assert "all of 1 items" in told
    assert "S2A_RO_20150801_0_L2A" in told


def test_sentinel_hub_gives_a_few_pixels(data: Path, romania, shared: Path, tmp_path: Path) -> None:
    profile = tmp_path / "config" / "sentinelhub" / "config.toml"
    profile.parent.mkdir(parents=True)
    scene = scenes_of_romania(shared)[-1]
    at = (utc_now() - dt.timedelta(days=5)).replace(hour=9, minute=26)
    name = scene.product.replace(f"{scene.sensed_at:%Y%m%d}", f"{at:%Y%m%d}")
    recent = replace(scene, sensed_at=at, product=name)
    with Hub(Contract(shared), [recent]) as hub:
        profile.write_text(hub.profile(download_sleep_time=0.01, download_timeout_seconds=20))
        is_well, lines = doctor(data, romania.sites, "sentinelhub:double")
        bodies = hub.asked[PROCESS]
    assert is_well, lines
    assert "1 items of the last 30 days" in lines[2]
    assert "16x16 px of red and scl" in lines[3]
    assert [(body["output"]["width"], body["output"]["height"]) for body in bodies] == [(16, 16)]


def test_sentinel_hub_is_tried_and_its_secrets_are_not_told(
    data: Path, romania, shared: Path, tmp_path: Path
) -> None:
    profile = tmp_path / "config" / "sentinelhub" / "config.toml"
    profile.parent.mkdir(parents=True)
    with Hub(Contract(shared), zagreb(shared)) as hub:
        profile.write_text(hub.profile(download_sleep_time=0.01, download_timeout_seconds=20))
        is_well, lines = doctor(data, romania.sites, "sentinelhub:double")
        assert is_well, lines
        assert "lists nothing here of the last 365 days; no read was tried" in lines[2]
        assert hub.seen.count(SEARCH) == 2

        hub.fail(SEARCH, Fault(403, {"error": "no"}, echo=str))
        is_well, refused = doctor(data, romania.sites, "sentinelhub:double")
        assert not is_well
        assert refused[2].startswith("FAIL  sentinelhub:double search: ")

        hub.fail(TOKEN, Fault(401, {"error": "no"}, echo=str))
        is_well, unknown = doctor(data, romania.sites, "sentinelhub:double")
        assert not is_well
        told = "\n".join([*lines, *refused, *unknown])
        assert not any(secret in told for secret in hub.secrets)
