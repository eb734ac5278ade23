"""Starts, ends and looks up Dagster runs through Dagster's own GraphQL client, without blocking the event loop.

The client is synchronous, so each call runs in a thread of a small pool of its own: while Dagster does not answer,
calls to Postgres and S3 still find free threads.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.requests import RequestsHTTPTransport
from pydantic import SecretStr
from requests.auth import AuthBase

from dropship_pipeline.admin.graphql_private import execute
from dropship_pipeline.errors import DagsterUnavailable, RequestInvalid

TIMEOUT_S = 10
PROBE_TIMEOUT_S = 3.0
THREADS = 4
# The webserver is ours and near; a proxy of the environment's is for the world outside.
NO_PROXIES = {"no_proxy": "*"}
LONGEST_REASON = 500
FINAL_STATUSES = ("SUCCESS", "FAILURE", "CANCELED")
NOT_FOUND = ("RunNotFoundError", "PipelineRunNotFoundError")
INVALID_CONFIG = ("RunConfigValidationInvalid", "PipelineConfigValidationInvalid")
NO_SUCH_JOB = ("JobNotFoundError", "PipelineNotFoundError")
REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

_RUNS_OF_TAG = """
query($tags: [ExecutionTag!]) {
  runsOrError(filter: {tags: $tags}, limit: 1) {
    __typename ... on Runs { results { runId } } ... on Error { message }
  }
}
"""

T = TypeVar("T")


class DagsterClient:
    """Dagster's webserver at `url`.

    Args:
        url: where its user interface is; a path in it counts as the webserver's path prefix.
        token: sent to a guarded webserver that asks for a login.
    """

    def __init__(self, url: str, token: SecretStr | None = None) -> None:
        self._url = url.rstrip("/")
        self._shown = _without_password(self._url)
        self._auth = _Bearer(token) if token else None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dagster-client")

    def close(self) -> None:
        """Take no more calls; those that wait for an answer end by their time-out."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def launch(self, job_name: str, run_config: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Put a run into Dagster's queue; returns its Dagster run id.

        Raises:
            RequestInvalid: the configuration does not fit the job; says where and why.
            DagsterUnavailable: Dagster does not answer, does not know the job, or refuses.
        """

        def submit(client: DagsterGraphQLClient) -> str:
            return client.submit_job_execution(job_name, run_config=dict(run_config), tags=dict(tags))

        return await self._call(submit)

    async def terminate(self, dagster_run_id: str) -> None:
        """Ask a run to end in good order; one that has ended already is left as it is.

        Raises:
            RequestInvalid: Dagster does not know the run, or cannot end it.
            DagsterUnavailable: Dagster does not answer or refuses.
        """

        def end(client: DagsterGraphQLClient) -> None:
            try:
                # Without a policy Dagster terminates safely: the run is interrupted and cleans up.
                client.terminate_run(dagster_run_id)
            except DagsterGraphQLClientError as error:
                if _kind(error) != "TerminateRunFailure":
                    raise
                if client.get_run_status(dagster_run_id).value not in FINAL_STATUSES:
                    raise

        await self._call(end)

    async def status(self, dagster_run_id: str) -> str | None:
        """Dagster's name for the state of a run (`QUEUED`, `STARTED`, …), None if it does not know the run.

        Raises:
            DagsterUnavailable: Dagster does not answer or refuses.
        """

        def look(client: DagsterGraphQLClient) -> str | None:
            try:
                return str(client.get_run_status(dagster_run_id).value)
            except DagsterGraphQLClientError as error:
                if _kind(error) in NOT_FOUND:
                    return None
                raise

        return await self._call(look)

    async def find(self, tag: str, value: str) -> str | None:
        """The newest run that has this tag, None if there is none.

        Raises:
            DagsterUnavailable: Dagster does not answer or refuses.
        """

        def look(client: DagsterGraphQLClient) -> str | None:
            answer = execute(client, _RUNS_OF_TAG, {"tags": [{"key": tag, "value": value}]})
            found = answer["runsOrError"]
            if found["__typename"] != "Runs":
                raise DagsterGraphQLClientError(found["__typename"], found.get("message"))  # type: ignore[no-untyped-call]
            return str(found["results"][0]["runId"]) if found["results"] else None

        return await self._call(look)

    async def is_available(self) -> bool:
        """Whether the webserver answers, and takes our token."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._probe)

    def _probe(self) -> bool:
        url = f"{self._url}/server_info"
        try:
            answer = requests.get(
                url, auth=self._auth, timeout=PROBE_TIMEOUT_S, proxies=NO_PROXIES, allow_redirects=False
            )
        except requests.RequestException:
            return False
        return answer.status_code == HTTPStatus.OK

    async def _call(self, ask: Callable[[DagsterGraphQLClient], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, ask)

    def _ask(self, ask: Callable[[DagsterGraphQLClient], T]) -> T:
        try:
            return ask(self._client())
        except DagsterGraphQLClientError as error:
            # `from None`: the client's own message repeats the whole query and the run configuration.
            raise self._translated(error) from None

    def _client(self) -> DagsterGraphQLClient:
        """A client of one call: its transport refuses to be used by two threads at once."""
        transport = RequestsHTTPTransport(
            url=f"{self._url}/graphql", auth=self._auth, timeout=TIMEOUT_S, allow_redirects=False, proxies=NO_PROXIES
        )
        return DagsterGraphQLClient(urlsplit(self._url).hostname or "127.0.0.1", transport=transport)

    def _translated(self, error: DagsterGraphQLClientError) -> DagsterUnavailable | RequestInvalid:
        cause = error.__cause__
        if cause is not None:
            return self._no_answer(cause)
        kind, detail = _kind(error), error.args[-1]
        if kind in INVALID_CONFIG:
            return RequestInvalid("Dagster does not accept the run configuration: " + _config_problems(detail))
        if kind in NO_SUCH_JOB:
            return DagsterUnavailable(
                f"The Dagster webserver at {self._shown} has not loaded the job that was asked for: look at "
                f"{self._shown}/locations for what is wrong with its code location, then try again"
            )
        if kind in (*NOT_FOUND, "TerminateRunFailure"):
            return RequestInvalid(f"Dagster cannot do that: {_first_line(detail)}")
        if kind == "UnauthorizedError":
            return DagsterUnavailable(
                f"The Dagster webserver at {self._shown} is read-only: start it without --read-only, or set "
                "DROPSHIP_DAGSTER_URL to one that may launch runs"
            )
        return DagsterUnavailable(
            f"The Dagster webserver at {self._shown} could not do it ({_first_line(detail)}): try again, and look at "
            f"{self._shown}/locations if it stays so"
        )

    def _no_answer(self, cause: BaseException) -> DagsterUnavailable:
        if isinstance(cause, TransportServerError) and cause.code in REFUSALS:
            return DagsterUnavailable(
                f"The Dagster webserver at {self._shown} asks for a login (HTTP {cause.code}): set "
                "DROPSHIP_DAGSTER_TOKEN to a token with collection.run, made by `dropship token create`"
            )
        if isinstance(cause, requests.RequestException):
            what = type(cause).__name__
        elif isinstance(cause, TransportServerError):
            what = f"HTTP {cause.code}"
        elif isinstance(cause, TransportQueryError):
            what = "; ".join(_first_line(problem.get("message", "")) for problem in cause.errors or [])
        else:
            what = f"{type(cause).__name__}, is it another server?"
        return DagsterUnavailable(
            f"The Dagster webserver at {self._shown} does not answer as it should ({what}): see that it runs "
            "(`dropship up` starts it), and look whether a run has begun before you start it again"
        )


class _Bearer(AuthBase):
    """The token as a header; as `auth` and not as `headers`, where a .netrc of the user's would win over it."""

    def __init__(self, token: SecretStr) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token.get_secret_value()}"
        return request


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _kind(error: DagsterGraphQLClientError) -> str:
    """GraphQL's type name of the answer; a sentence where the client itself gave up."""
    return str(error.args[0]) if error.args else ""


def _config_problems(problems: object) -> str:
    if not isinstance(problems, list):
        return _first_line(problems)
    return "; ".join(_first_line(problem.get("message", "")) for problem in problems)


def _first_line(text: object) -> str:
    """The first line with something in it: what follows, if anything does, is a stack trace."""
    lines = (line.strip() for line in str(text).splitlines())
    return next(filter(None, lines), "no reason given")[:LONGEST_REASON]
