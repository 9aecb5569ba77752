"""Every way in which Sentinel Hub fails ends in a bounded retry or one clear message, no secret."""

import datetime as dt
import json
import logging
import re
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from doubles.sentinel_hub_contract import Contract
from doubles.sentinel_hub_scenes import romania
from doubles.sentinel_hub_server import (
    PROCESS,
    SEARCH,
    TOKEN,
    Fault,
    Hub,
    broken,
    error,
    quota_gone,
    too_many,
)
from sentinelhub.config import SHConfig

from resources.errors import CatalogError, SceneUnreadable
from resources.models import Bounds, Item, ItemReading
from resources.sources.sentinel_hub.answers import mask_secrets
from resources.sources.sentinel_hub.source import SentinelHub, open_sentinel_hub

pytestmark = pytest.mark.shared

PLACE = Bounds(22.145, 45.200, 22.159, 45.209)
WEST, NORTH = 5271982.576551932, 2533004.2149151857
BOX = Bounds(WEST, NORTH - 100, WEST + 100, NORTH)
APRIL = dt.datetime(2017, 4, 1, tzinfo=dt.UTC), dt.datetime(2017, 5, 1, tzinfo=dt.UTC)
ATTEMPTS, RETRIES = 3, 2
IN_TIME_S = 10.0  # for anything here: bounded, with room for a busy machine
VRT = b"""<VRTDataset rasterXSize="10" rasterYSize="10"><VRTRasterBand dataType="UInt16" band="1">
<SimpleSource><SourceFilename>/etc/hostname</SourceFilename></SimpleSource></VRTRasterBand>
</VRTDataset>"""
ODD_SECRET = """geheim'"\\% +/wort&\u00e9="""
ALL_FAILED = "attempts; try again later"


class Heard(logging.Handler):
    """Everything that is logged anywhere, as text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@pytest.fixture(scope="module")
def model(shared: Path) -> Hub:
    """A server that is not running, with the answers to what tests here ask for."""
    made = Hub(Contract(shared), romania(shared))
    with made as running:
        config = SHConfig(
            use_defaults=True,
            sh_client_id=running.client_id,
            sh_client_secret=running.client_secret,
            sh_base_url=running.url,
            sh_token_url=running.url + TOKEN,
        )
        source = SentinelHub(config)
        for bands in (["red", "scl"], ["red"]):
            source.read(item_of(source), bands, BOX, 3035)
    return made


@pytest.fixture
def hub(model: Hub) -> Iterator[Hub]:
    with Hub(model.contract, model.scenes) as running:
        running.made, running.is_remembering = model.made, True
        yield running


@pytest.fixture
def timeout_s() -> float:
    """Of an attempt: long enough for a busy machine, where it is not what is tested."""
    return 20.0


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler, root = Heard(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def source(
    hub: Hub,
    heard: Heard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    timeout_s: float,
) -> Iterator[SentinelHub]:
    """Opened by a profile that is quick to give up; whatever a test does, no secret is heard."""
    for name in ("SH_CLIENT_ID", "SH_CLIENT_SECRET", "SH_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "sentinelhub").mkdir()
    (tmp_path / "sentinelhub/config.toml").write_text(
        hub.profile(
            max_download_attempts=ATTEMPTS,
            max_retries=RETRIES,
            download_sleep_time=0.01,
            download_timeout_seconds=timeout_s,
        )
    )
    opened = open_sentinel_hub("sentinelhub:double")
    started = time.monotonic()
    yield opened
    assert time.monotonic() - started < IN_TIME_S
    heard.texts += [repr(opened), str(vars(opened)), repr(opened._client)]  # noqa: SLF001
    assert any("POST" in text for text in heard.texts), "requests are logged at this level"
    secrets = hub.secrets
    assert [text for text in heard.texts if any(one in text for one in secrets)] == []


def item_of(source: SentinelHub) -> Item:
    return source.search(PLACE, *APRIL).items[0]


def read(source: SentinelHub) -> ItemReading:
    return source.read(item_of(source), ["red", "scl"], BOX, 3035)


def message(heard: Heard, call, *arguments) -> str:
    """The one message of what fails; its whole trace is searched for secrets, too."""
    with pytest.raises((SceneUnreadable, CatalogError)) as caught:
        call(*arguments)
    heard.texts += traceback.format_exception(caught.value)
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 600
    return text


@pytest.mark.parametrize("is_wrapped", [True, False])
@pytest.mark.parametrize("path", [PROCESS, SEARCH, TOKEN])
def test_a_busy_server_is_given_the_milliseconds_it_asks_for(hub, source, path, is_wrapped):
    hub.fail(path, *[too_many(150, wrapped=is_wrapped)] * RETRIES)
    started = time.monotonic()
    reading = read(source)
    assert 0.15 * RETRIES <= time.monotonic() - started < 3
    assert reading.requests == (1 + RETRIES if path == PROCESS else 1)
    assert reading.rasters["red"].pixels.max() > 1000


@pytest.mark.parametrize("header", [{}, {"Retry-After": "soon"}, {"Retry-After": "-5"}])
def test_a_busy_server_that_does_not_say_how_long_is_tried_again_soon(hub, source, header):
    hub.fail(PROCESS, Fault(429, {"status": 429}, header))
    assert read(source).requests == 2


def test_a_server_that_stays_busy_is_left_after_bounded_waits(hub, heard, source):
    item = item_of(source)
    hub.fail(PROCESS, *[too_many(10)] * 50)
    text = message(heard, source.read, item, ["red"], BOX, 3035)
    assert "429" in text
    assert "try again later" in text
    assert len(hub._faults[PROCESS]) == 50 - 1 - RETRIES  # noqa: SLF001


def test_a_server_that_asks_for_an_hour_is_left_at_once(hub, heard, source):
    hub.fail(SEARCH, too_many(3_600_000))
    assert "asks to wait 3600 s" in message(heard, item_of, source)


def test_an_expired_token_is_renewed_once(hub, source):
    item = item_of(source)
    hub.end_tokens()
    reading = source.read(item, ["red"], BOX, 3035)
    assert (reading.requests, len(hub.tokens)) == (2, 2)


def test_a_token_that_is_about_to_expire_is_renewed_before_it_is_used(hub, source):
    hub.token_life_s = 0.5
    item = item_of(source)
    time.sleep(0.5)
    assert source.read(item, ["red"], BOX, 3035).requests == 1
    assert len(hub.tokens) == 2


def test_tokens_that_are_always_refused_end_in_a_message_about_credentials(hub, heard, source):
    item = item_of(source)
    told = error(401, "Unauthorized", "The token has expired.", "COMMON_UNAUTHORIZED")
    hub.fail(PROCESS, *[Fault(401, told)] * 10)
    text = message(heard, source.read, item, ["red"], BOX, 3035)
    assert "refused the credentials (HTTP 401)" in text
    assert "SH_CLIENT_ID" in text
    assert (len(hub._faults[PROCESS]), len(hub.tokens)) == (8, 2)  # noqa: SLF001


def test_wrong_credentials_are_told_by_what_to_check(hub, heard, source):
    right, hub.client_secret = hub.client_secret, "another"
    text = message(heard, item_of, source)
    assert "Invalid client" in text
    assert "SH_CLIENT_SECRET" in text
    hub.client_secret = right


def test_one_token_serves_many_requests_and_threads(hub, source):
    item = item_of(source)
    with ThreadPoolExecutor(8) as pool:
        readings = list(pool.map(lambda _: source.read(item, ["red"], BOX, 3035), range(16)))
    assert len({reading.rasters["red"].pixels.tobytes() for reading in readings}) == 1
    assert len(hub.tokens) == 1


def test_a_token_that_ends_under_many_threads_is_renewed_once(hub, source):
    item = item_of(source)
    hub.end_tokens()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: source.read(item, ["red"], BOX, 3035), range(8)))
    assert len(hub.tokens) == 2


@pytest.mark.parametrize("path", [PROCESS, SEARCH])
def test_a_quota_that_is_used_up_is_said_so(hub, heard, source, path):
    item = item_of(source)
    hub.fail(path, quota_gone())
    call = (source.read, item, ["red"], BOX, 3035) if path == PROCESS else (item_of, source)
    text = message(heard, *call)
    assert "the monthly quota of processing units is used up" in text
    assert "Insufficient processing units" in text


def test_a_missing_permission_is_not_called_a_quota(hub, heard, source):
    told = error(403, "Forbidden", "Not yours.", "COMMON_INSUFFICIENT_PERMISSIONS")
    hub.fail(SEARCH, Fault(403, told))
    text = message(heard, item_of, source)
    assert "quota" not in text
    assert "Not yours." in text


@pytest.mark.parametrize("path", [PROCESS, SEARCH, TOKEN])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (broken(), "HTTP 503"),
        (broken(500), "HTTP 500"),
        (Fault(cut=True), "no whole answer"),
        (Fault(cut=True, is_chunked=False), "no whole answer"),
    ],
)
def test_what_may_pass_is_tried_again_and_then_said(hub, heard, source, path, fault, said):
    hub.fail(path, *[fault] * (ATTEMPTS - 1))
    assert read(source).requests == (ATTEMPTS if path == PROCESS else 1)
    item = item_of(source)
    hub.end_tokens()
    hub.fail(path, *[fault] * 20)
    if path == PROCESS:  # the first answer is 401, as tokens have ended
        hub.fail(PROCESS)
    text = (
        message(heard, source.read, item, ["red"], BOX, 3035)
        if path != SEARCH
        else message(heard, item_of, source)
    )
    assert said in text
    assert ALL_FAILED in text
    assert len(hub._faults[path]) == 20 - ATTEMPTS  # noqa: SLF001


@pytest.mark.parametrize("timeout_s", [0.5])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(slow_s=2),
        Fault(header_drip_s=0.05),
        Fault(drip_s=0.05),
        Fault(drip_s=0.05, is_chunked=False),
    ],
)
def test_an_answer_that_does_not_end_is_left_in_time(hub, heard, source, fault, timeout_s):
    item = item_of(source)
    hub.fail(PROCESS, *[fault] * ATTEMPTS)
    started = time.monotonic()
    assert ALL_FAILED in message(heard, source.read, item, ["red"], BOX, 3035)
    assert ATTEMPTS * timeout_s <= time.monotonic() - started < ATTEMPTS * (timeout_s + 1)
    assert source.read(item, ["red"], BOX, 3035).requests >= 1


def test_a_redirect_is_not_followed(hub, heard, source):
    with Hub(hub.contract, []) as elsewhere:
        hub.fail(TOKEN, Fault(307, {}, {"Location": elsewhere.url + TOKEN}))
        assert "redirect (HTTP 307)" in message(heard, item_of, source)
        hub.fail(SEARCH, Fault(307, {}, {"Location": elsewhere.url + SEARCH}))
        assert "redirect (HTTP 307)" in message(heard, item_of, source)
        assert not elsewhere.seen
    assert hub.seen


def test_a_password_kept_for_the_host_does_not_take_the_token_s_place(
    source, tmp_path, monkeypatch
):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password something")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert read(source).requests == 1


def test_no_proxy_of_the_environment_is_used(source, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nothing listens
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert read(source).requests == 1


@pytest.mark.parametrize("echo", [str, repr, quote, quote_plus, json.dumps])
@pytest.mark.parametrize("path", [PROCESS, SEARCH, TOKEN])
def test_a_server_that_repeats_our_secrets_is_not_quoted(hub, heard, source, path, echo):
    item = item_of(source) if path == PROCESS else None
    hub.fail(path, Fault(400, echo=echo))
    call = (item_of, source) if item is None else (source.read, item, ["red"], BOX, 3035)
    assert "***" in message(heard, *call)


@pytest.mark.parametrize("echo", [str, repr, quote, quote_plus, json.dumps])
def test_no_part_of_a_long_token_or_an_odd_secret_is_quoted(hub, heard, source, echo):
    source._config.sh_client_secret = hub.client_secret = ODD_SECRET  # noqa: SLF001
    hub.token_bytes = 1125  # 1,500 characters, as real ones have
    hub.fail(SEARCH, Fault(400, echo=echo))
    text = message(heard, item_of, source)
    hub.fail(TOKEN, Fault(400, echo=echo))
    hub.end_tokens()
    text += message(heard, item_of, source)
    assert text.count("***") == 2
    (token,) = hub.tokens
    assert len(token) == 1500
    assert not any(token[start : start + 20] in text for start in range(0, 1480, 10))
    assert not any(part in text.lower() for part in ("geheim", "wort"))


def test_a_secret_in_any_writing_is_masked():
    forms = (ODD_SECRET, repr(ODD_SECRET), quote(ODD_SECRET).lower(), quote_plus(ODD_SECRET))
    for written in forms:
        text = mask_secrets(f"no such client: {written}!", ["", ODD_SECRET])
        assert re.fullmatch(r"no such client: ['\"]?\*\*\*['\"]?!", text)


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[]", b'{"access_token": 7}', b'{"access_token": "two\\nlines"}']
)
def test_an_answer_without_a_token_is_said_so(hub, heard, source, body):
    hub.fail(TOKEN, Fault(200, body))
    assert "holds none" in message(heard, item_of, source)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "expected a TIFF"),
        (b"II*\0" + b"\xff" * 200, "not a whole TIFF"),
        (VRT, "expected a TIFF"),
        (b"x" * 2_000_000, "more than"),
    ],
)
def test_an_answer_that_is_no_tiff_of_ours_is_refused(hub, heard, source, body, said):
    item = item_of(source)
    hub.fail(PROCESS, Fault(200, body))
    assert said in message(heard, source.read, item, ["red"], BOX, 3035)


def test_a_tiff_of_another_size_is_refused(hub, heard, source):
    item = item_of(source)
    real, kept = hub.answer, []

    def answer_of_another_box(path, headers, body):
        sent = real(path, headers, body.replace(b'"width": 10', b'"width": 11'))
        kept.append(path)
        return sent

    hub.answer = answer_of_another_box
    text = message(heard, source.read, item, ["red"], BOX, 3035)
    assert "expected (6, 10, 10)" in text
    assert "found (6, 10, 11)" in text
    assert kept


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[1, 2]",
        b'{"features": 7}',
        b'{"features": [], "context": 7}',
        b'{"features": [], "context": {"next": {}}}',
        b"[" * 100_000,
    ],
)
def test_a_search_answered_with_nonsense_is_said_so(hub, heard, source, body):
    hub.fail(SEARCH, Fault(200, body))
    assert "makes no sense" in message(heard, item_of, source)


def test_pages_that_do_not_end_are_left(hub, heard, source):
    page = {"features": [], "context": {"next": 5}}
    hub.fail(SEARCH, *[Fault(200, page)] * 50)
    assert "do not end" in message(heard, item_of, source)
    assert len(hub._faults[SEARCH]) == 48  # noqa: SLF001


def test_a_search_without_bounds_is_left(hub, heard, source):
    hub.fail(SEARCH, *[Fault(200, {"features": [], "context": {"next": n}}) for n in range(300)])
    assert "200 pages" in message(heard, item_of, source)


def test_a_server_that_is_not_there_is_said_so(hub, heard, source):
    item_of(source)
    hub.__exit__()
    assert ALL_FAILED in message(heard, item_of, source)


def test_a_window_larger_than_any_site_is_refused_before_anything_is_sent(hub, heard, source):
    item = item_of(source)
    huge = Bounds(WEST, NORTH - 60_000, WEST + 60_000, NORTH)
    assert "larger than any site" in message(heard, source.read, item, ["red"], huge, 3035)
    assert not hub.asked[PROCESS]
