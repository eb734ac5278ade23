"""How often one request is validated on its way: more than once is time and a second place to differ."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from dropship_pipeline.jobs.launching import recorded_settings
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.orchestration.config import CollectSellersConfig
from dropship_pipeline_tests.integration.api_client import client_of, fake_app, make_token

CONFIG: dict[str, Any] = {"categories": ["home"], "max_products": 3}
VALIDATOR = JobSettings._explain.__func__.__code__


@contextmanager
def validations() -> Iterator[list[str]]:
    """The classes of the settings that are validated in this thread."""
    seen: list[str] = []

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is VALIDATOR:
            seen.append(frame.f_locals["cls"].__name__)

    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(None)


async def test_a_request_is_validated_once_before_dagster_has_it(database_url: str) -> None:
    app, dagster = fake_app(database_url)
    try:
        async with client_of(app, make_token(app)) as client:
            with validations() as seen:
                answer = await client.post("/api/collection/start", json={"job": "collect_sellers", "config": CONFIG})
        assert answer.status_code == 202, answer.text
        assert len(dagster.launched) == 1
        assert seen == ["SellersSettings"]
    finally:
        app.state.services.close()


def test_settings_are_validated_once_in_the_step_and_once_when_a_record_is_read() -> None:
    with validations() as in_step:
        CollectSellersConfig(**CONFIG)
    with validations() as of_record:
        recorded_settings("collect_sellers", CONFIG)
    assert (in_step, of_record) == (["CollectSellersConfig"], ["SellersSettings"])
