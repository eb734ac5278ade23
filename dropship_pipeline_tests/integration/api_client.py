"""The admin app on a real database, asked as a program would ask it; Dagster is a fake that launches nothing."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pydantic import SecretStr

from dropship_pipeline.admin.app import create_app
from dropship_pipeline.admin.dagster_client import DagsterClient
from dropship_pipeline.errors import DagsterUnavailable
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.conftest import LocalServers

ADMIN_URL = "http://127.0.0.1:8080"
ALL = ("collection.read", "collection.review", "collection.run")


class FakeDagster(DagsterClient):
    """Remembers what it was asked to launch, and can lose its answer after a launch, as a crash would."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9")
        self.launched: dict[str, tuple[str, Mapping[str, Any], Mapping[str, str]]] = {}
        self.terminated: list[str] = []
        self.lost_answers = 0
        self.down = False

    async def launch(self, job_name: str, run_config: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        self._answer()
        run_id = str(uuid4())
        self.launched[run_id] = (job_name, run_config, tags)
        if self.lost_answers:
            self.lost_answers -= 1
            raise DagsterUnavailable("The answer was lost")
        return run_id

    async def terminate(self, dagster_run_id: str) -> None:
        self._answer()
        self.terminated.append(dagster_run_id)

    async def status(self, dagster_run_id: str) -> str | None:
        self._answer()
        return "QUEUED" if dagster_run_id in self.launched else None

    async def find(self, tag: str, value: str) -> str | None:
        self._answer()
        return next((run_id for run_id, (_, _, tags) in self.launched.items() if tags.get(tag) == value), None)

    async def is_available(self) -> bool:
        return not self.down

    def _answer(self) -> None:
        if self.down:
            raise DagsterUnavailable("The Dagster webserver does not answer")


def admin_settings(database_url: str, **more: Any) -> Settings:
    values = {
        "DROPSHIP_DATABASE_URL": database_url,
        "DROPSHIP_S3_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "DROPSHIP_ADMIN_URL": ADMIN_URL,
        "DROPSHIP_SESSION_SECRET": "a secret of these tests",
        "DROPSHIP_SANDBOX_URL": "http://127.0.0.1:9",
    }
    return Settings(_env_file=None, **{**values, **more})


@asynccontextmanager
async def app_with_objects(stack: LocalServers, database_url: str, bucket: str, **more: Any) -> AsyncIterator[FastAPI]:
    """The admin application, begun, on this database and this bucket."""
    settings = admin_settings(
        database_url,
        DROPSHIP_S3_ENDPOINT_URL=stack.s3_endpoint_url,
        DROPSHIP_S3_BUCKET=bucket,
        AWS_ACCESS_KEY_ID=stack.s3_access_key,
        AWS_SECRET_ACCESS_KEY=stack.s3_secret_key,
        **more,
    )
    made = create_app(settings, with_pages=False)
    async with made.router.lifespan_context(made):
        yield made


def fake_app(database_url: str) -> tuple[FastAPI, FakeDagster]:
    """The app, and the Dagster that it talks to."""
    app, dagster = create_app(admin_settings(database_url), with_pages=False), FakeDagster()
    app.state.services = replace(app.state.services, dagster=dagster)
    return app, dagster


def make_token(app: FastAPI, *permissions: str, org: str = "default") -> SecretStr:
    tokens: Tokens = app.state.services.tokens
    return tokens.create("test", permissions or ALL, org=org).secret


@asynccontextmanager
async def client_of(app: FastAPI, token: SecretStr | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client that shows this token."""
    headers = {} if token is None else {"Authorization": f"Bearer {token.get_secret_value()}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ADMIN_URL, headers=headers) as client:
        yield client
