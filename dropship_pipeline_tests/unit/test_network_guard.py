"""Hosts and addresses: which are on the list, which are public."""

import httpx
import pytest

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.storage.images.network_guard import AllowedHosts, FetchError, is_loopback, is_public

ALLOWED = AllowedHosts.parse(["images.example", "cdn.example:8443", "127.0.0.1:8123", "[::1]:8123", "bücher.example"])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::6810:84e5", "64:ff9b::5db8:d822"])
def test_an_address_of_the_public_internet_is_not_refused(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.216.34",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "100::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:5db8:d822::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2130706433",
        "0x7f000001",
        "127.1",
        "0177.0.0.1",
        "",
    ],
)
def test_an_address_that_is_not_of_the_public_internet_does_not_pass(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "2130706433", "127.1", "10.0.0.1", "64:ff9b::7f00:1"])
def test_loopback_in_disguise_does_not_count_as_the_loopback_that_was_allowed(address: str) -> None:
    assert not is_loopback(address)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://images.example/I/a._AC_UL300_SR300,200_.jpg", "images.example"),
        ("http://IMAGES.example./a", "images.example"),
        ("http://images.example:80/a", "images.example"),
        ("https://images.example:443/a", "images.example"),
        ("https://cdn.example:8443/a", "cdn.example"),
        ("http://127.0.0.1:8123/a", "127.0.0.1"),
        ("http://[::1]:8123/a", "::1"),
        ("http://[0:0:0:0:0:0:0:1]:8123/a", "::1"),
        ("http://BÜCHER.example/a", "xn--bcher-kva.example"),
    ],
)
def test_an_allowed_host_is_not_refused_for_the_way_it_is_written(url: str, host: str) -> None:
    assert ALLOWED.check(httpx.URL(url)).raw_host.decode() == host


@pytest.mark.parametrize(
    "url",
    [
        "ftp://images.example/a",
        "file:///etc/passwd",
        "gopher://images.example/a",
        "//images.example/a",
        "images.example/a",
        "http:///a",
        "http://user@images.example/a",
        "http://user:password@images.example/a",
        "http://images.example@evil.example/a",
        "http://images.example\\@evil.example/a",
        "http://evil.example/images.example",
        "http://evil.example#images.example",
        "http://images.example.evil.example/a",
        "http://evil-images.example/a",
        "http://images.example../a",
        "http://images.example%2eevil.example/a",
        "http://images.example:8080/a",
        "http://images.example:443/a",
        "https://cdn.example/a",
        "https://cdn.example:443/a",
        "http://127.0.0.1/a",
        "http://127.0.0.1:22/a",
        "http://127.0.0.2:8123/a",
        "http://localhost:8123/a",
        "http://2130706433:8123/a",
        "http://0x7f000001:8123/a",
        "http://0x7f.0.0.1:8123/a",
        "http://127.1:8123/a",
        "http://[::ffff:127.0.0.1]:8123/a",
        "http://[::]:8123/a",
        "http://10.0.0.1/a",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_url_that_leads_off_the_list_does_not_pass(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        ALLOWED.check(httpx.URL(url))
    assert caught.value.kind == "image_refused"


def test_a_refusal_does_not_repeat_the_password_in_the_url() -> None:
    with pytest.raises(FetchError) as caught:
        ALLOWED.check(httpx.URL("http://user:hunter2@images.example/a"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("entry", ["127.0.0.1", "localhost", "[::1]"])
def test_a_loopback_host_named_without_port_is_not_bound_to_port_80(entry: str) -> None:
    url = httpx.URL(f"http://{entry}:8123/a")
    assert AllowedHosts.parse([entry]).check(url) == url


@pytest.mark.parametrize(
    "entry",
    ["", "http://images.example", "images.example/", "a@images.example", "images.example:port", "::1"],
)
def test_an_entry_that_cannot_be_read_is_not_silently_dropped(entry: str) -> None:
    with pytest.raises(SettingsError, match="DROPSHIP_IMAGE_HOSTS"):
        AllowedHosts.parse([entry])
