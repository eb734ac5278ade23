"""How often one request is validated on its way: more than once is time and a second place to differ."""

from typing import Any

from dropship_pipeline.jobs.launching import recorded_settings
from dropship_pipeline_tests.integration.api_client import client_of, fake_app, make_token
from dropship_pipeline_tests.integration.validations import validations

CONFIG: dict[str, Any] = {"categories": ["home"], "max_products": 3}


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


def test_settings_are_validated_once_where_a_record_is_read() -> None:
    with validations() as seen:
        recorded_settings("collect_sellers", CONFIG)
    assert seen == ["SellersSettings"]
