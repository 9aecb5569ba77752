"""Which Sentinel Hub a name means, where its credentials come from, and that they stay secret."""

from pathlib import Path

import pytest

from resources.errors import SettingsError
from resources.sources.sentinel_hub.settings import CDSE, SERVICES, hub_config
from resources.sources.sentinel_hub.source import open_sentinel_hub

SECRET = "s3cr3t-of-the-user"
MINE = f"""
[default-profile]
sh_client_id = "of-services"
sh_client_secret = "{SECRET}"
[cdse]
sh_client_id = "of-cdse"
sh_client_secret = "{SECRET}"
sh_base_url = "https://sh.dataspace.copernicus.eu"
sh_token_url = "{CDSE.token_url}"
download_timeout_seconds = 30
[plain]
sh_client_id = "x"
sh_client_secret = "{SECRET}"
sh_base_url = "http://example.org"
[half]
sh_client_id = "x"
[typing]
sh_client_name = "{SECRET}"
"""


@pytest.fixture(autouse=True)
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "sentinelhub").mkdir()
    path = tmp_path / "sentinelhub" / "config.toml"
    path.write_text(MINE)
    return path


def refused(location: str) -> str:
    with pytest.raises(SettingsError) as caught:
        open_sentinel_hub(location)
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("deployment", [SERVICES, CDSE])
def test_a_preset_takes_its_credentials_from_the_environment(monkeypatch, deployment):
    monkeypatch.setenv("SH_CLIENT_ID", "mine")
    monkeypatch.setenv("SH_CLIENT_SECRET", "other-" + SECRET)
    config = hub_config(deployment.name)
    assert (config.sh_base_url, config.sh_token_url) == (deployment.base_url, deployment.token_url)
    assert (config.sh_client_id, config.sh_client_secret) == ("mine", "other-" + SECRET)
    source = open_sentinel_hub(deployment.name)
    assert source.name == deployment.name
    assert SECRET not in repr(source)
    assert (source.quota is None) == (deployment is SERVICES)


def test_a_preset_takes_them_from_the_profile_of_its_deployment(monkeypatch):
    assert hub_config("sentinelhub").sh_client_id == "of-services"
    monkeypatch.setenv("SH_PROFILE", "cdse")
    assert hub_config("sentinelhub-cdse").sh_client_id == "of-cdse"


def test_a_secret_is_never_taken_to_another_deployment(monkeypatch):
    assert "no client secret was found" in refused("sentinelhub-cdse")
    monkeypatch.setenv("SH_PROFILE", "cdse")
    assert "no client secret was found" in refused("sentinelhub")


def test_a_profile_may_be_named_and_keeps_what_it_sets():
    config = hub_config("sentinelhub:cdse")
    assert config.sh_client_id == "of-cdse"
    assert config.download_timeout_seconds == 30
    assert (config.max_retries, config.download_sleep_time) == (5, 2.0)
    source = open_sentinel_hub("sentinelhub:cdse")
    assert source.name == "sentinelhub-cdse"
    assert source.quota.processing_units_a_month == 10_000


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("sentinelhub:nobody", "no profile 'nobody'"),
        ("sentinelhub:", "is named sentinelhub"),
        ("sentinelhub-moon", "is named sentinelhub"),
        ("sentinelhub:half", "no client secret was found; set SH_CLIENT_ID and SH_CLIENT_SECRET"),
        ("sentinelhub:plain", "must be https, found http://example.org"),
        ("sentinelhub:typing", "cannot read"),
    ],
)
def test_what_cannot_be_used_is_said_with_what_to_do(location, said):
    assert said in refused(location)


def test_a_file_that_is_no_toml_is_said_so(profiles):
    profiles.write_text(f'sh_client_secret = "{SECRET}')
    assert "cannot read" in refused("sentinelhub")


def test_a_folder_that_cannot_be_written_is_said_so(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert "set XDG_CONFIG_HOME" in refused("sentinelhub")


def test_nothing_is_set_up_and_that_is_said_plainly(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "empty"))
    text = refused("sentinelhub")
    assert "no client id or client secret was found" in text
    assert "set SH_CLIENT_ID and SH_CLIENT_SECRET" in text
