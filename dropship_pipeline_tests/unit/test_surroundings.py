"""What the shell says of proxies and certificates: heard where it is meant, never for loopback, and in a sentence."""

import json
import os
import ssl
from pathlib import Path

import certifi
import httpx
import pytest
from pydantic import SecretStr

from dropship_pipeline.errors import SettingsError, TransientError
from dropship_pipeline.marketplaces.fields import json_of
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.client import PaidClient
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.models import ApiRequest
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.images.fetch import GuardedFetcher
from dropship_pipeline.storage.images.network_guard import FetchError
from dropship_pipeline.surroundings import Proxy, proxy_of, route
from dropship_pipeline_tests.soak import foreign
from dropship_pipeline_tests.unit.marketplace_fakes import FakeClock, MemoryLedger

SEARCH = ApiRequest("rainforest", "/request", {"type": "search"})
LIVE = "https://api.scraperapi.com"
VARIABLES = [
    f"{name}_proxy" for name in ("http", "https", "all", "no")
] + [f"{name}_PROXY" for name in ("HTTP", "HTTPS", "ALL", "NO")] + ["SSL_CERT_FILE", "SSL_CERT_DIR"]  # fmt: skip


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment without settings of ours."""
    for name in list(os.environ):
        if name.startswith(("DROPSHIP", "RAINFOREST", "SCRAPERAPI", "AWS_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("value", ["http://proxy.example:3128", "proxy.example:3128", " http://u:p@proxy.example:1 "])
def test_a_live_call_goes_through_the_proxy_that_the_shell_names(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    proxy = route(LIVE).proxy
    assert proxy is not None
    assert httpx.URL(proxy.url).host == "proxy.example"
    assert "u:p" not in repr(proxy) + route(LIVE).words


def test_all_proxy_is_for_what_has_no_proxy_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", "http://general:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://own:1")
    assert [proxy_of(LIVE), proxy_of("http://a.example")] == [
        Proxy("HTTPS_PROXY", "http://own:1"), Proxy("all_proxy", "http://general:1"),
    ]  # fmt: skip


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9", "http://127.8.9.1"])
@pytest.mark.parametrize("value", ["http://proxy.example:3128", "socks5://127.0.0.1:1080", "http://[", "::::"])
def test_loopback_is_never_asked_through_a_proxy_however_bad_it_is(
    monkeypatch: pytest.MonkeyPatch, url: str, value: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SSL_CERT_FILE", "/missing.pem")
    assert route(url).proxy is None


@pytest.mark.parametrize(
    "value",
    ["socks5://127.0.0.1:1080", "socks4://h:1", "http://", "http://h:port", "http://[", "ftp://h:1", "http://h:0",
     "http://a host:1", ":3128"],
)  # fmt: skip
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_cannot_be_used_is_a_sentence_that_names_the_variable_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable) as refused:
        route(LIVE)
    assert "\n" not in str(refused.value)
    assert "127.0.0.1" not in str(refused.value)  # the address may hold a password


@pytest.mark.parametrize(
    ("listed", "excepted"),
    [
        ("*", True), ("api.scraperapi.com", True), (".scraperapi.com", True), ("scraperapi.com", True),
        ("*.scraperapi.com", True), ("localhost,[::1], SCRAPERAPI.com", True), ("api.scraperapi.com:443", True),
        ("api.scraperapi.com:8443", False), ("raperapi.com", False), ("localhost,[::1]", False), ("", False),
        ("[", False), ("10.0.0.0/8,,", False), ("[::1]:80", False), (".", False),
    ],
)  # fmt: skip
def test_no_proxy_is_read_in_every_form_that_people_write(
    monkeypatch: pytest.MonkeyPatch, listed: str, excepted: bool
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("NO_PROXY", listed)
    assert (proxy_of(LIVE) is None) == excepted


@pytest.mark.parametrize(
    ("listed", "url", "excepted"),
    [
        ("10.0.0.0/8", "http://10.1.2.3", True), ("10.1.2.3", "http://10.1.2.3:90", True),
        ("192.168.0.0/16", "http://10.1.2.3", False), ("[fd00::1]", "http://[fd00::1]", True),
        ("fd00::/8", "http://[fd00::1]:8080", True), ("[fd00::1]:81", "http://[fd00::1]:80", False),
    ],
)  # fmt: skip
def test_no_proxy_knows_addresses_and_networks(
    monkeypatch: pytest.MonkeyPatch, listed: str, url: str, excepted: bool
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("no_proxy", listed)
    assert (proxy_of(url) is None) == excepted


def test_certificates_that_the_shell_names_are_those_that_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    verify = route(LIVE).verify
    assert isinstance(verify, ssl.SSLContext)
    assert route(LIVE).verify is verify  # read once


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_certificates_that_cannot_be_read_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, content: bytes | None
) -> None:
    named = tmp_path / "ca.pem"
    if content is not None:
        named.write_bytes(content)
    monkeypatch.setenv(variable, str(named))
    with pytest.raises(SettingsError, match=f"{variable} names {named}"):
        route(LIVE)


async def test_calls_and_pictures_reach_the_world_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with foreign.proxy() as (url, asked):
        monkeypatch.setenv("http_proxy", url)
        async with live_client() as client, GuardedFetcher(["pictures.example"]) as fetcher:
            with pytest.raises(TransientError):
                await client.ask(SEARCH, json_of)
            with pytest.raises(FetchError, match="HTTP 502"):
                await fetcher.fetch("http://pictures.example/a.jpg")
    assert {line.split()[1].partition("?")[0] for line in asked} == {
        "http://api.example/request", "http://pictures.example/a.jpg",
    }  # fmt: skip


async def test_a_proxy_that_is_away_is_named_where_a_call_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with live_client() as client:
        with pytest.raises(TransientError, match="through the proxy of HTTP_PROXY"):
            await client.ask(SEARCH, json_of)


def live_client() -> PaidClient:
    return PaidClient(
        "rainforest", "http://api.example", SecretStr("key"), ledger=MemoryLedger(), meter=CallMeter(),
        pace=Pace(60_000, 5), sleep=FakeClock().sleep,
    )  # fmt: skip


@pytest.mark.parametrize("blank", ["\n", " ", "\t", "\u00a0", "\u200b", "\ufeff", "\r\n"])
def test_white_space_around_keys_and_addresses_is_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    monkeypatch.setenv("RAINFOREST_API_KEY", f"{blank}abc{blank}")
    monkeypatch.setenv("DROPSHIP_DATABASE_URL", f"postgresql://u:p@db:5432/dropship{blank}")
    monkeypatch.setenv("DROPSHIP_S3_ENDPOINT_URL", blank)
    (folder / ".env").write_text(f'SCRAPERAPI_KEY="d e{blank}"\n', encoding="utf-8")
    settings = load_settings()
    assert settings.api_key("rainforest").get_secret_value() == "abc"
    assert settings.api_key("scraperapi").get_secret_value() == "d e"
    assert settings.require_database_url() == "postgresql://u:p@db:5432/dropship"
    assert settings.s3_endpoint_url is None


@pytest.mark.parametrize(
    "raw", ["SCRAPERAPI_KEY=x\n".encode("utf-16"), "# für uns\nSCRAPERAPI_KEY=x\n".encode("latin-1"), None]
)
def test_an_env_file_that_cannot_be_read_is_a_sentence(folder: Path, raw: bytes | None) -> None:
    if raw is None:
        (folder / ".env").mkdir()
        assert load_settings().scraperapi_key is None  # a folder of that name is no file, and none is read
        return
    (folder / ".env").write_bytes(raw)
    with pytest.raises(SettingsError, match=r"\.env is not written in UTF-8"):
        load_settings()


def stack_file(folder: Path) -> None:
    settings = {
        "DROPSHIP_DATABASE_URL": "postgresql://u:p@127.0.0.1/dropship",
        "DROPSHIP_S3_BUCKET": "dropship",
        "DROPSHIP_S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "ours",
        "AWS_SECRET_ACCESS_KEY": "own",
    }
    (folder / ".dropship").mkdir()
    (folder / ".dropship" / "stack.json").write_text(json.dumps({"settings": settings}), encoding="utf-8")


def access(settings: Settings) -> tuple[str | None, ...]:
    keys = (settings.aws_access_key_id, settings.aws_secret_access_key, settings.aws_session_token)
    return (settings.s3_endpoint_url, settings.s3_bucket, *(key.get_secret_value() if key else None for key in keys))


SOMEBODYS = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:9"])
def test_somebodys_aws_keys_in_the_shell_are_not_shown_to_the_stacks_store(
    folder: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str | None
) -> None:
    stack_file(folder)
    for name, value in {**SOMEBODYS, "AWS_DEFAULT_REGION": "eu-north-1"}.items():
        monkeypatch.setenv(name, value)
    if endpoint:
        monkeypatch.setenv("DROPSHIP_S3_ENDPOINT_URL", endpoint)
    assert access(load_settings()) == ("http://127.0.0.1:9", "dropship", "ours", "own", None)


def test_a_bucket_of_ones_own_is_asked_with_ones_own_keys_beside_a_stack(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack_file(folder)
    for name, value in {**SOMEBODYS, "DROPSHIP_S3_BUCKET": "mine"}.items():
        monkeypatch.setenv(name, value)
    assert access(load_settings()) == (None, "mine", "AKIA", "s", "t")
