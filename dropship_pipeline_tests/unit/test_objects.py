"""The object store's own behaviour, on moto; the integration tests run the same calls on a real S3 server."""

from collections.abc import Iterator

import pytest
from botocore.stub import Stubber
from moto import mock_aws
from pydantic import SecretStr

from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage import objects as module
from dropship_pipeline.storage.objects import ObjectStore, object_store

KEY = "images/ab/abc.jpg"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.chdir(str(tmp_path))
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "DROPSHIP_S3_ENDPOINT_URL", "DROPSHIP_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "CONFLICT_PAUSE_S", 0)


def settings(endpoint: str | None = None, **more: object) -> Settings:
    known = {
        "AWS_ACCESS_KEY_ID": SecretStr("AKIDEXAMPLE"),
        "AWS_SECRET_ACCESS_KEY": SecretStr("very-secret-value"),
        "DROPSHIP_S3_ENDPOINT_URL": endpoint,
    }
    return Settings(**(known | more))  # type: ignore[arg-type]  # by alias


@pytest.fixture
def store() -> Iterator[ObjectStore]:
    with mock_aws():
        made = object_store(settings())
        made._client.create_bucket(Bucket=made.bucket)
        yield made
        made.close()


def test_putting_an_object_twice_does_not_make_or_change_a_second(store: ObjectStore) -> None:
    assert store.put_once(KEY, b"one", "image/jpeg", {"sha256": "x"})
    assert not store.put_once(KEY, b"two", "image/png", {})
    found = store.get_with_metadata(KEY)
    assert found is not None
    assert (found[0], found[1].content_type, found[1].metadata) == (b"one", "image/jpeg", {"sha256": "x"})


@pytest.mark.parametrize(
    ("size_bytes", "asked"), [(module.SENT_AT_ONCE_BYTES, None), (module.SENT_AT_ONCE_BYTES + 1, b"100-continue")]
)
def test_only_a_large_object_waits_to_be_asked_for(store: ObjectStore, size_bytes: int, asked: bytes | None) -> None:
    sent: list[object] = []
    store._client.meta.events.register(
        "before-send.s3", lambda request, **_: sent.append(request.headers.get("Expect"))
    )
    store.put_once(KEY, bytes(size_bytes), "image/jpeg", {})
    assert sent == [asked]


def test_put_is_not_stopped_by_an_object_that_is_there(store: ObjectStore) -> None:
    store.put(KEY, b"one", "text/plain", {})
    store.put(KEY, b"two", "text/plain", {})
    assert store.get(KEY) == b"two"


def test_an_absent_object_is_none_and_not_an_error(store: ObjectStore) -> None:
    assert (store.get(KEY), store.get_with_metadata(KEY), store.head(KEY)) == (None, None, None)


def test_an_object_without_metadata_does_not_count_as_absent(store: ObjectStore) -> None:
    store.put(KEY, b"", "image/jpeg", {})
    head = store.head(KEY)
    assert head is not None
    assert (head.size_bytes, head.metadata, store.get(KEY)) == (0, {}, b"")


def test_deleting_twice_is_not_an_error(store: ObjectStore) -> None:
    store.put(KEY, b"one", "image/jpeg", {})
    store.delete(KEY)
    store.delete(KEY)
    assert store.head(KEY) is None


def test_a_listing_goes_on_past_its_first_thousand_and_a_deletion_takes_only_what_it_names(store: ObjectStore) -> None:
    for number in range(1_001):
        store.put(f"raw/{number:04}", b"12", "text/plain", {})
    store.put("images/1", b"1", "text/plain", {})
    pages = list(store.pages("raw/"))
    assert [len(page) for page in pages] == [1_000, 1]
    assert {stored.size_bytes for stored in pages[0]} == {2}
    store.delete_all([stored.key for stored in pages[0]])
    store.delete_all([])
    assert [stored.key for page in store.pages("") for stored in page] == ["images/1", "raw/1000"]


@pytest.mark.parametrize("call", ["put_once", "put", "get"])
def test_a_missing_bucket_is_a_setting_to_correct_not_a_failure_to_wait_out(call: str) -> None:
    with mock_aws():
        store = object_store(settings())
        arguments = [] if call == "get" else [b"one", "image/jpeg", {}]
        with pytest.raises(SettingsError, match="DROPSHIP_S3_BUCKET"):
            getattr(store, call)(KEY, *arguments)
        store.close()


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("InvalidAccessKeyId", 403),
        ("SignatureDoesNotMatch", 403),
        ("403", 403),
        ("ExpiredToken", 400),
    ],
)
def test_refused_credentials_are_a_setting_to_correct(store: ObjectStore, code: str, status: int) -> None:
    with Stubber(store._client) as stub:
        stub.add_client_error("head_object", code, http_status_code=status)
        with pytest.raises(SettingsError) as caught:
            store.head(KEY)
    assert "very-secret-value" not in str(caught.value)


@pytest.mark.parametrize(("code", "status"), [("InternalError", 500), ("SlowDown", 503), ("Strange", 418)])
def test_a_failing_store_is_unavailable(store: ObjectStore, code: str, status: int) -> None:
    with Stubber(store._client) as stub:
        stub.add_client_error("get_object", code, http_status_code=status)
        with pytest.raises(StorageUnavailable, match=code):
            store.get(KEY)


def test_a_conflict_with_another_writer_is_not_taken_for_success(store: ObjectStore) -> None:
    with Stubber(store._client) as stub:
        stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
        stub.add_client_error("put_object", "PreconditionFailed", http_status_code=412)
        assert not store.put_once(KEY, b"one", "image/jpeg", {})
        stub.assert_no_pending_responses()


def test_a_conflict_that_does_not_end_is_an_error(store: ObjectStore) -> None:
    with Stubber(store._client) as stub:
        for _ in range(module.MAX_ATTEMPTS):
            stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
        with pytest.raises(StorageUnavailable, match="Conflict"):
            store.put_once(KEY, b"one", "image/jpeg", {})


def test_a_store_that_is_not_running_is_named_without_the_secret() -> None:
    store = object_store(settings("http://127.0.0.1:1"))
    with pytest.raises(StorageUnavailable, match=r"127\.0\.0\.1:1.*running") as caught:
        store.put_once(KEY, b"one", "image/jpeg", {})
    assert "very-secret-value" not in str(caught.value)
    store.close()


def test_a_proxy_in_the_environment_does_not_stand_before_the_local_store(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    store = object_store(settings("http://127.0.0.1:1"))
    with pytest.raises(StorageUnavailable, match="EndpointConnectionError"):
        store.head(KEY)
    store.close()
