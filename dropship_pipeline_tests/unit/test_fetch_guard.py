"""Where images are fetched from. The server is real; for a public host, only the last step is diverted to it."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dropship_pipeline.storage.images.fetch import Fetched, GuardedFetcher
from dropship_pipeline_tests.image_host import (
    IMAGE,
    LIMITS,
    PUBLIC_ADDRESS,
    PUBLIC_ADDRESS_V6,
    DivertedBackend,
    ImageHost,
    Names,
    answer,
    image_host,
    redirect,
    refused,
)

NAME = "images.example"


def public(host: ImageHost, names: Names) -> tuple[GuardedFetcher, DivertedBackend]:
    """May reach `images.example`; what was judged a good address leads to the test's server."""
    backend = DivertedBackend(host.port)
    return GuardedFetcher([NAME], resolve=names, backend=backend, limits=LIMITS), backend


async def test_an_image_arrives_whole(host: ImageHost, fetcher: GuardedFetcher) -> None:
    assert await fetcher.fetch(host.url()) == Fetched(IMAGE, None, None)


async def test_the_server_is_not_told_anything_untrue(host: ImageHost, fetcher: GuardedFetcher) -> None:
    await fetcher.fetch(host.url())
    headers = host.requests[0].headers
    assert headers["user-agent"].startswith("dropship-pipeline")
    assert headers["accept"].startswith("image/")
    assert (headers["accept-encoding"], headers["host"]) == ("identity", host.authority)


async def test_path_and_query_are_not_rewritten_on_the_way(host: ImageHost, fetcher: GuardedFetcher) -> None:
    path = "/images/I/61a%2Bb+c-d._AC_UL300_SR300,200_.jpg?x=1&y=%20"
    host.routes[path] = answer(IMAGE)
    await fetcher.fetch(host.url(path))
    assert host.paths == [path]


async def test_a_second_image_does_not_cost_a_second_connection(host: ImageHost, fetcher: GuardedFetcher) -> None:
    await fetcher.fetch(host.url())
    await fetcher.fetch(host.url())
    assert host.connections == 1


@pytest.mark.parametrize(
    "url",
    [
        "not a url",
        "http://[",
        "http://images.example:port/",
        "http://images.example:99999999/",
        "http://\x00.example/",
        "",
        "data:image/png;base64,AAAA",
        "http://127.0.0.1:1/a.jpg",
        "http://2130706433/a.jpg",
        "http://0177.0.0.1/a.jpg",
        "http://[::ffff:127.0.0.1]/a.jpg",
        "http://user:password@images.example/a.jpg",
    ],
)
async def test_a_url_that_may_not_be_fetched_opens_no_connection(host: ImageHost, url: str) -> None:
    names = Names([PUBLIC_ADDRESS])
    fetcher, backend = public(host, names)
    async with fetcher:
        assert (await refused(fetcher, url)).kind == "image_refused"
    assert (names.asked, backend.connected) == ([], [])


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["fd00:ec2::254"],
        ["64:ff9b::a9fe:a9fe"],
        [PUBLIC_ADDRESS, "10.0.0.1"],
        ["fe80::1%eth0", PUBLIC_ADDRESS],
    ],
)
async def test_a_name_that_leads_to_a_private_address_opens_no_connection(
    host: ImageHost, addresses: list[str]
) -> None:
    fetcher, backend = public(host, Names(addresses))
    async with fetcher:
        assert (await refused(fetcher, f"http://{NAME}/a.jpg")).kind == "image_refused"
    assert backend.connected == []


async def test_a_name_that_changes_its_address_after_the_check_is_not_followed(host: ImageHost) -> None:
    names = Names([PUBLIC_ADDRESS], ["127.0.0.1"])
    fetcher, backend = public(host, names)
    async with fetcher:
        await fetcher.fetch(f"http://{NAME}/a.jpg")
    assert backend.connected == [(PUBLIC_ADDRESS, 80)]
    assert names.asked == [NAME]


async def test_a_name_is_judged_again_for_each_new_connection(host: ImageHost) -> None:
    host.routes["/closing"] = answer(IMAGE, headers=[("Connection", "close")])
    fetcher, backend = public(host, Names([PUBLIC_ADDRESS], ["127.0.0.1"]))
    async with fetcher:
        await fetcher.fetch(f"http://{NAME}/closing")
        assert (await refused(fetcher, f"http://{NAME}/a.jpg")).kind == "image_refused"
    assert backend.connected == [(PUBLIC_ADDRESS, 80)]


async def test_a_kept_connection_does_not_ask_for_the_name_again(host: ImageHost) -> None:
    names = Names([PUBLIC_ADDRESS_V6])
    fetcher, _ = public(host, names)
    async with fetcher:
        await fetcher.fetch(f"http://{NAME}/a.jpg")
        await fetcher.fetch(f"http://{NAME}./a.jpg")
    assert names.asked == [NAME]


async def test_localhost_is_not_believed_when_it_leads_elsewhere(host: ImageHost) -> None:
    backend = DivertedBackend(host.port)
    async with GuardedFetcher(["localhost"], resolve=Names(["10.0.0.1"]), backend=backend) as fetcher:
        assert (await refused(fetcher, f"http://localhost:{host.port}/a.jpg")).kind == "image_refused"
    assert backend.connected == []


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
async def test_a_loopback_host_that_is_named_is_not_refused(host: ImageHost, name: str) -> None:
    async with GuardedFetcher([name], limits=LIMITS) as fetcher:
        assert isinstance(await fetcher.fetch(f"http://{name}:{host.port}/a.jpg"), Fetched)


async def test_a_private_host_is_refused_even_when_it_is_named(host: ImageHost) -> None:
    backend = DivertedBackend(host.port)
    async with GuardedFetcher(["10.0.0.1"], backend=backend, limits=LIMITS) as fetcher:
        assert (await refused(fetcher, "http://10.0.0.1/a.jpg")).kind == "image_refused"
    assert backend.connected == []


async def test_a_name_without_address_costs_one_image_not_the_run(host: ImageHost) -> None:
    fetcher, _ = public(host, Names([]))
    async with fetcher:
        assert (await refused(fetcher, f"http://{NAME}/a.jpg")).kind == "image_network"


async def test_an_address_that_does_not_answer_does_not_hide_the_next(host: ImageHost) -> None:
    async with GuardedFetcher(["localhost"], resolve=Names(["127.0.0.2", "127.0.0.1"])) as fetcher:
        assert isinstance(await fetcher.fetch(f"http://localhost:{host.port}/a.jpg"), Fetched)


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/a.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://evil.example/a.jpg",
        "//evil.example/a.jpg",
        "http://user@127.0.0.1/a.jpg",
        "http://2130706433/a.jpg",
        "http://[::1]/a.jpg",
        "file:///etc/passwd",
        "http://[",
    ],
)
async def test_a_redirect_off_the_list_is_not_followed(host: ImageHost, fetcher: GuardedFetcher, location: str) -> None:
    host.routes["/moved"] = redirect(location)
    assert (await refused(fetcher, host.url("/moved"))).kind == "image_refused"
    assert host.paths == ["/moved"]


async def test_a_redirect_to_a_listed_name_with_a_private_address_is_not_followed(host: ImageHost) -> None:
    host.routes["/moved"] = redirect(f"http://{NAME}/a.jpg")
    backend = DivertedBackend(host.port)
    async with GuardedFetcher([host.authority, NAME], resolve=Names(["10.0.0.1"]), backend=backend) as fetcher:
        assert (await refused(fetcher, host.url("/moved"))).kind == "image_refused"
    assert backend.connected == [("127.0.0.1", host.port)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/a.jpg", "a.jpg", "{base}/a.jpg", "//{authority}/a.jpg"])
async def test_a_redirect_to_an_allowed_image_is_followed(
    host: ImageHost, fetcher: GuardedFetcher, status: int, location: str
) -> None:
    target = location.format(base=host.url(""), authority=host.authority)
    host.routes["/moved"] = redirect(target, status)
    assert await fetcher.fetch(host.url("/moved")) == Fetched(IMAGE, None, None)


@pytest.mark.parametrize(("hops", "followed"), [(5, True), (6, False)])
async def test_no_more_than_five_redirects_are_followed(
    host: ImageHost, fetcher: GuardedFetcher, hops: int, followed: bool
) -> None:
    host.routes |= {f"/{n}": redirect(f"/{n - 1}" if n > 1 else "/a.jpg") for n in range(1, hops + 1)}
    if followed:
        assert isinstance(await fetcher.fetch(host.url(f"/{hops}")), Fetched)
    else:
        assert "redirects" in str(await refused(fetcher, host.url(f"/{hops}")))
    assert len(host.requests) == 6


async def test_a_redirect_loop_ends(host: ImageHost, fetcher: GuardedFetcher) -> None:
    host.routes["/moved"] = redirect("/moved")
    assert (await refused(fetcher, host.url("/moved"))).kind == "image_http"


async def test_a_proxy_in_the_environment_does_not_see_images(host: ImageHost, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with GuardedFetcher([host.authority], limits=LIMITS) as fetcher:
        assert isinstance(await fetcher.fetch(host.url()), Fetched)


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for `name` and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("certified", "accepted"), [(NAME, True), ("evil.example", False)])
async def test_a_certificate_is_checked_against_the_name_not_the_address(
    tmp_path: Path, certified: str, accepted: bool
) -> None:
    path = certificate(tmp_path, certified)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(path)
    trusting = ssl.create_default_context(cafile=str(path))
    async with image_host(server_side) as host:
        host.routes["/a.jpg"] = answer(IMAGE)
        backend = DivertedBackend(host.port)
        async with GuardedFetcher(
            [NAME], resolve=Names([PUBLIC_ADDRESS]), backend=backend, ssl_context=trusting, limits=LIMITS
        ) as fetcher:
            if accepted:
                assert isinstance(await fetcher.fetch(f"https://{NAME}/a.jpg"), Fetched)
            else:
                assert (await refused(fetcher, f"https://{NAME}/a.jpg")).kind == "image_network"
        assert backend.connected[0] == (PUBLIC_ADDRESS, 443)
