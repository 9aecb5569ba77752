"""The file of receivers: what it gives, and the one clear error for each mistake in it."""

import datetime as dt
from pathlib import Path

import pytest

from resources.errors import SettingsError
from resources.notify.receivers import QuietHours, Receivers, WeeklySlot
from resources.notify.receivers_file import read_receivers

SECRET = "json://user:hunter2@127.0.0.1/T0KEN"


def read(tmp_path: Path, text: str, **variables: str) -> Receivers:
    file = tmp_path / "notify.toml"
    file.write_text(text)
    return read_receivers(file, variables.get)


def target(*lines: str, url: str = f'url = "{SECRET}"') -> str:
    return "\n".join(["[[target]]", 'name = "desk"', url, *lines])


def test_no_file_is_nobody() -> None:
    assert read_receivers(None, {}.get).targets == {}


def test_a_receiver_without_more_gets_confirmed_alerts_and_a_digest(tmp_path: Path) -> None:
    found = read(tmp_path, target())
    desk = found.targets["desk"]
    assert (desk.address, desk.minimum_status, desk.quiet) == (SECRET, "confirmed", None)
    assert desk.wants("anything")
    assert desk.digest == WeeklySlot(0, dt.time(7))
    assert (found.link, found.news_days) == (None, 30)


def test_every_field_is_read(tmp_path: Path) -> None:
    text = target(
        'minimum_status = "possible"', 'sites = ["port", "air_base"]', 'timezone = "Asia/Tokyo"',
        'quiet_hours = "22:30-06:15"', 'digest = "friday 17:45"',
        url='url_variable = "SITEWATCH_DESK"',
    )  # fmt: skip
    head = 'link = "https://watch.example.org/x/"\nnews_days = 7\n'
    found = read(tmp_path, head + text, SITEWATCH_DESK=SECRET)
    desk = found.targets["desk"]
    assert (found.link, found.news_days) == ("https://watch.example.org/x", 7)
    assert (desk.address, desk.minimum_status) == (SECRET, "possible")
    assert [desk.wants(site_id) for site_id in ("port", "air_base", "base")] == [True, True, False]
    assert desk.timezone.key == "Asia/Tokyo"
    assert desk.quiet == QuietHours(dt.time(22, 30), dt.time(6, 15))
    assert desk.digest == WeeklySlot(4, dt.time(17, 45))
    assert read(tmp_path, target('digest = "none"')).targets["desk"].digest is None


def test_no_address_is_in_a_repr(tmp_path: Path) -> None:
    found = read(tmp_path, target())
    assert "hunter2" not in repr(found)
    assert "T0KEN" not in f"{found.targets}"


FAULTS = {
    "name =": ("[[target]\n" + SECRET, "is no TOML at line 1"),
    "secret in broken TOML": (f'[[target]]\nurl = "{SECRET}\n', "is no TOML at line 2"),
    "wrong table": ('target = "x"', r"target must be tables; begin each with \[\[target\]\]"),
    "no name": (f'[[target]]\nurl = "{SECRET}"', "target 1: name must be up to 40"),
    "bad name": (f'[[target]]\nname = "A B"\nurl = "{SECRET}"', "target 1: name must be"),
    "twice": (target() + "\n" + target(), "name 'desk' is there 2 times; rename one"),
    "no url": (target(url=""), r"target 1 \(desk\): either url or url_variable.*neither"),
    "both": (target('url_variable = "SITEWATCH_X"'), r"either url or url_variable.*both"),
    "unset": (target(url='url_variable = "SITEWATCH_X"'), "names SITEWATCH_X, which is unset"),
    "secret as variable": (target(url=f'url_variable = "{SECRET}"'), "must be the name of a var"),
    "no url at all": (target(url='url = "hunter2"'), "url must hold one Apprise URL"),
    "two urls": (target(url=f'url = "{SECRET} {SECRET}"'), "url must hold one Apprise URL"),
    "number": (target(url="url = 5"), "url must be a text in quotes"),
    "status": (target('minimum_status = "closed"'), "must be possible or confirmed, found 'closed"),
    "no site": (target('sites = ["Port of x"]'), "sites must be a list of site ids"),
    "sites": (target('sites = "port"'), "sites must be a list of site ids"),
    "zone": (target('timezone = "Mars/Base"'), "name of the IANA list.*'Mars/Base'"),
    "path as zone": (target('timezone = "../../etc/passwd"'), "name of the IANA list"),
    "quiet": (target('quiet_hours = "22-7"'), "like '22:00-07:00', found '22-7'"),
    "always quiet": (target('quiet_hours = "07:00-07:00"'), "two different times"),
    "digest": (target('digest = "someday 07:00"'), "'monday 07:00', or 'none'"),
    "misspelt": (target('quiethours = "22:00-07:00"'), "has no field 'quiethours'; it may have"),
    "link": ('link = "javascript:alert(1)"', "link must be an address like"),
    "key in link": ('link = "https://u:p@h"', "link must be an address like"),
    "days": ("news_days = 0", "news_days must be a whole number"),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS)
def test_a_mistake_is_one_error_with_file_field_and_remedy(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as problem:
        read(tmp_path, text)
    assert str(tmp_path / "notify.toml") in str(problem.value)
    for secret in ("hunter2", "T0KEN"):
        assert secret not in str(problem.value)
    assert problem.value.__cause__ is None


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.toml: cannot be read .*SITEWATCH_NOTIFY"):
        read_receivers(tmp_path / "gone.toml", {}.get)
