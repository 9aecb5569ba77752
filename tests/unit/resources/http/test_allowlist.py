"""What may be fetched: listed hosts and buckets, this machine if allowed, and nothing else."""

import pytest

from resources.http.allowlist import Bucket, FetchAllowlist, redacted_href

REACH = FetchAllowlist(
    hosts=frozenset({"a.example.org", "b.example.org:8443", "10.0.0.8", "93.184.216.34"}),
    buckets=(Bucket("scenes"), Bucket("eodata", endpoint="https://eodata.example.org")),
)
HERE = FetchAllowlist(is_loopback=True)


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("https://a.example.org/x/B04.tif", None),
        ("https://A.example.org:443/x/B04.tif", None),
        ("https://b.example.org:8443/x", None),
        ("https://93.184.216.34/x", None),
        ("s3://scenes/x/B04.tif", "https://scenes.s3.amazonaws.com/x/B04.tif"),
        ("s3://scenes/x%20y", "https://scenes.s3.amazonaws.com/x%2520y"),
        ("s3://eodata/x=1", "https://eodata.example.org/eodata/x%3D1"),
    ],
)
def test_listed_hosts_and_buckets_may_be_read(href: str, url: str | None) -> None:
    assert REACH.checked(href) == href
    assert REACH.target(href).url == (url or href)


@pytest.mark.parametrize(
    ("href", "reason"),
    [
        ("https://c.example.org/x", "'c.example.org', which is not a host"),
        ("https://a.example.org.evil.org/x", "not a host"),
        ("https://a.example.org:8443/x", "not a host"),
        ("https://b.example.org/x", "not a host"),
        ("http://a.example.org/x", "must be an https address"),
        ("https://10.0.0.8/x", "not a host"),
        ("https://169.254.169.254/latest/meta-data", "not a host"),
        ("https://[::ffff:10.0.0.8]/x", "not a host"),
        ("https://127.0.0.1/x", "this machine"),
        ("https://[::1]/x", "this machine"),
        ("https://localhost/x", "this machine"),
        ("https://2130706433/x", "not a host"),
        ("https://0x7f.1/x", "not a host"),
        ("https://user:pass@a.example.org/x", "credentials, query or fragment"),
        ("https://a.example.org@evil.org/x", "credentials, query or fragment"),
        ("https://a.example.org/x?y", "credentials, query or fragment"),
        ("https://a.example.org/x?", "credentials, query or fragment"),
        ("https://a.example.org/x#y", "credentials, query or fragment"),
        ("https://a.example.org/../x", "steps upward"),
        ("https://a.example.org/x y", "odd characters"),
        ("https://a.example.org/x\r\nHost: b", "odd characters"),
        ("https://a.example.org\\@evil.org/x", "odd characters"),
        ("https://\u0430.example.org/x", "odd characters"),
        ("https://a.example.org:port/x", "cannot be understood"),
        ("https://[a.example.org/x", "cannot be understood"),
        ("https:///x", "not a host"),
        ("https://a.example.org/" + "x" * 3000, "3022 characters"),
        ("", "must be an https or s3 address"),
        ("x/B04.tif", "must be an https or s3 address"),
        ("/etc/passwd", "must be an https or s3 address"),
        ("file:///etc/passwd", "must be an https or s3 address"),
        ("ftp://a.example.org/x", "must be an https or s3 address"),
        ("/vsicurl/https://a.example.org/x", "must be an https or s3 address"),
        ("data:text/plain,x", "must be an https or s3 address"),
        ("s3://other/x", "bucket 'other', which scenes are not read from"),
        ("s3://scenes", "bucket 'scenes'"),
        ("s3://scenes/", "bucket 'scenes'"),
        ("s3://scenes/../x", "steps upward"),
        ("s3://scenes/x?versionId=1", "credentials, query or fragment"),
        ("s3://key:secret@scenes/x", "credentials, query or fragment"),
    ],
)
def test_everything_else_is_refused(href: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        REACH.checked(href)


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost:8080", "[::1]:9", "127.8.8.8"])
def test_this_machine_may_be_read_where_allowed_and_others_stay_refused(host: str) -> None:
    for scheme in ("http", "https"):
        assert HERE.checked(f"{scheme}://{host}/x") == f"{scheme}://{host}/x"
    for other in ("http://10.0.0.1/x", "https://10.0.0.1/x", "https://example.org/x"):
        with pytest.raises(ValueError, match=r"is on|must be"):
            HERE.checked(other)


@pytest.mark.parametrize(
    ("bucket", "url"),
    [
        (Bucket("b-1", region="eu-central-1"), "https://b-1.s3.eu-central-1.amazonaws.com/k"),
        (Bucket("b.with.dots"), "https://s3.amazonaws.com/b.with.dots/k"),
        (Bucket("UPPER", region="r"), "https://s3.r.amazonaws.com/UPPER/k"),
        (Bucket("b-1", endpoint="http://127.0.0.1:9/"), "http://127.0.0.1:9/b-1/k"),
    ],
)
def test_an_object_has_the_address_that_its_server_knows(bucket: Bucket, url: str) -> None:
    assert bucket.url("k") == url


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "a/b"},
        {"name": "../x"},
        {"endpoint": "http://minio.example.org"},
        {"endpoint": "https://user:SECRET@minio.example.org"},
        {"endpoint": "https://minio.example.org/?x=SECRET"},
        {"endpoint": "minio.example.org"},
        {"key_id": "KEY"},
        {"secret": "SECRET"},
    ],
)
def test_a_bucket_that_makes_no_sense_is_refused_without_its_secret(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"bucket|endpoint") as caught:
        Bucket(**({"name": "scenes"} | wrong))
    assert "SECRET" not in str(caught.value)


def test_no_secret_is_shown() -> None:
    bucket = Bucket("scenes", key_id="KEYID", secret="HIDDEN", token="TOKEN")
    assert not any(
        word in repr(FetchAllowlist(buckets=(bucket,))) for word in ("KEYID", "HIDDEN", "TOKEN")
    )
    assert redacted_href("https://u:HIDDEN@h/x?HIDDEN#HIDDEN") == "https://h/x"


def test_this_machine_may_be_read_at_the_listed_ports_only() -> None:
    reach = FetchAllowlist(is_loopback=True, loopback_ports=frozenset({8080, 443}))
    for href in ("http://127.0.0.1:8080/x", "https://localhost/x"):
        assert reach.checked(href) == href
    for href in ("http://127.0.0.1:8081/x", "http://localhost/x", "https://[::1]:80/x"):
        with pytest.raises(ValueError, match="is on port 80"):
            reach.checked(href)
