"""The wall between orgs before the Dagster UI: what a token without `admin.*` can send, by Dagster's own schema."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import httpx
import pytest
from dagster_graphql.schema import create_schema
from graphql import GraphQLInputObjectType, GraphQLSchema, get_named_type, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from dropship_pipeline.admin.auth.access import Authenticator, Principal
from dropship_pipeline.jobs.launching import ORG_TAG
from dropship_pipeline.webserver.guard import Guard
from dropship_pipeline.webserver.login import LoginGate
from dropship_pipeline.webserver.org_wall import OrgWall
from dropship_pipeline.webserver.orgs import MUTATIONS, RUN_IDS, NotOfTheOrg, OrgRules
from dropship_pipeline.webserver.rules import Rules, loopback_hosts

RUNS = {"ours": "default", "theirs": "other"}
RULES = OrgRules("default", RUNS.get)
SELECTOR = '{jobName: "collect_and_store", repositoryName: "r", repositoryLocationName: "l"}'
OURS = '[{key: "dropship/org", value: "default"}]'
THEIRS = '[{key: "dropship/org", value: "other"}]'
KEY_GIVEN = '[{key: $k, value: "other"}]'
VALUE_GIVEN = '[{key: "dropship/org", value: $v}]'


def tagged(org: str) -> dict[str, str]:
    return {"key": ORG_TAG, "value": org}


def params(tags: str, more: str = "") -> str:
    return f"{{selector: {SELECTOR}, executionMetadata: {{tags: {tags} {more}}}}}"


def launch(tags: str, more: str = "") -> str:
    """The field that launches a run with these tags."""
    return f"launchRun(executionParams: {params(tags, more)}) {{ __typename }}"


def again(parent: str, more: str = "") -> str:
    """The field that runs a run again."""
    given = f'{{parentRunId: "{parent}", strategy: ALL_STEPS {more}}}'
    return f"launchRunReexecution(reexecutionParams: {given}) {{ __typename }}"


LAUNCH = f"mutation L($tags: [ExecutionTag!]) {{ {launch('$tags')} }}"
SEVERAL = f"launchMultipleRuns(executionParamsList: [{params(OURS)}, {params(THEIRS)}]) {{ __typename }}"
REFUSED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "tag in a variable": (LAUNCH, {"tags": [tagged("other")]}),
    "tag after one of ours": (LAUNCH, {"tags": [tagged("default"), tagged("other")]}),
    "one tag that is no list": (LAUNCH, {"tags": tagged("other")}),
    "tag in a default": (LAUNCH.replace("[ExecutionTag!]", f"[ExecutionTag!] = {THEIRS}"), {}),
    "tag written out": (f"mutation {{ {launch(THEIRS)} }}", {}),
    "an alias": (f"mutation {{ setNuxSeen: {launch(THEIRS)} }}", {}),
    "escaped letters": (f"mutation {{ {launch(THEIRS)} }}".replace("/org", "/\\u006frg"), {}),
    "block string": (f"mutation {{ {launch(THEIRS)} }}".replace('"dropship/org"', '"""dropship/org"""'), {}),
    "value in a variable of its own": (f"mutation M($v: String!) {{ {launch(VALUE_GIVEN)} }}", {"v": "other"}),
    "key in a variable of its own": (f"mutation M($k: String!) {{ {launch(KEY_GIVEN)} }}", {"k": ORG_TAG}),
    "in a fragment": (f"mutation {{ ...F }} fragment F on Mutation {{ {launch(THEIRS)} }}", {}),
    "in an inline fragment": (f"mutation {{ ... on Mutation {{ {launch(THEIRS)} }} }}", {}),
    "behind a query": (f"query Q {{ version }} mutation M {{ {launch(THEIRS)} }}", {}),
    "the second of several": (f"mutation {{ {SEVERAL} }}", {}),
    "end": ('mutation { terminateRun(runId: "theirs") { __typename } }', {}),
    "end, old name": (
        "mutation E($r: String!) { terminatePipelineExecution(runId: $r) { __typename } }",
        {"r": "theirs"},
    ),
    "end several": ('mutation { terminateRuns(runIds: ["ours", "theirs"]) { __typename } }', {}),
    "end, no list": ("mutation E($r: [String!]!) { terminateRuns(runIds: $r) { __typename } }", {"r": "theirs"}),
    "again": (f"mutation {{ {again('theirs')} }}", {}),
    "again, re-tagged": (f"mutation {{ {again('ours', f', extraTags: {THEIRS}')} }}", {}),
    "as a child of theirs": (f"mutation {{ {launch(OURS, ', rootRunId: CHILD')} }}".replace("CHILD", '"theirs"'), {}),
    "delete": ('mutation { deleteRun(runId: "ours") { __typename } }', {}),
}
ALLOWED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "launch": (LAUNCH, {"tags": [tagged("default"), {"key": "note", "value": "other"}]}),
    "launch without tags": (LAUNCH, {}),
    "end": ('mutation { terminateRun(runId: "ours") { __typename } }', {}),
    "end one that is not there": ('mutation { terminateRun(runId: "nowhere") { __typename } }', {}),
    "again": (f"mutation {{ {again('ours')} }}", {}),
    "look": ('{ runOrError(runId: "theirs") { __typename } }', {}),
    "reload": ("mutation { reloadWorkspace { __typename } }", {}),
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return cast("GraphQLSchema", cast("Any", create_schema()).graphql_schema)


@pytest.mark.parametrize("name", REFUSED)
def test_runs_of_another_org_cannot_be_launched_ended_or_re_tagged(schema: GraphQLSchema, name: str) -> None:
    query, variables = REFUSED[name]
    assert validate(schema, parse(query)) == [], "Dagster itself would refuse it"
    with pytest.raises(NotOfTheOrg, match=r"admin\.\*"):
        RULES.check(json.dumps({"query": query, "variables": variables}))


@pytest.mark.parametrize("name", ALLOWED)
def test_runs_of_the_own_org_can_be_launched_and_ended_and_everything_can_be_looked_at(
    schema: GraphQLSchema, name: str
) -> None:
    query, variables = ALLOWED[name]
    assert validate(schema, parse(query)) == []
    RULES.check(json.dumps({"query": query, "variables": variables}))


def test_every_mutation_that_dagster_has_beside_those_of_the_list_is_refused(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    names = set(schema.mutation_type.fields)
    assert names >= MUTATIONS
    for name in names - MUTATIONS:
        with pytest.raises(NotOfTheOrg, match=name):
            RULES.check(json.dumps({"query": f"mutation {{ {name} {{ __typename }} }}"}))


def test_no_mutation_of_the_list_names_a_run_by_an_argument_that_is_not_looked_at(schema: GraphQLSchema) -> None:
    assert schema.mutation_type is not None
    found: set[str] = set()

    def collect(name: str, kind: Any, seen: frozenset[str]) -> None:
        inner = get_named_type(kind)
        if isinstance(inner, GraphQLInputObjectType) and inner.name not in seen:
            for field, value in inner.fields.items():
                collect(field, value.type, seen | {inner.name})
        elif "run" in name.lower() and "id" in name.lower():
            found.add(name)

    for name in MUTATIONS:
        for argument, value in schema.mutation_type.fields[name].args.items():
            collect(argument, value.type, frozenset())
    assert found == RUN_IDS


@pytest.mark.parametrize(
    "body",
    ["", "[]", "7", "null", "{", "[{}]", '{"query": 7}', '{"query": "{"}', '{"query": "{v}", "variables": "{}"}',
     "[" * 100_000, json.dumps({"query": "{a" * 30_000}), json.dumps({"query": "{" + "a " * 30_000 + "}"}),
     json.dumps({"query": "mutation { ...A } fragment A on Mutation { ...A deleteRun }"})],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(body: str) -> None:
    with pytest.raises(NotOfTheOrg):
        RULES.check(body)


class Dagster:
    """Stands in Dagster's place, and keeps the bodies that it gets."""

    def __init__(self) -> None:
        self.got: list[str] = []
        every = ["GET", "POST", "PUT", "DELETE", "PATCH"]
        self.app = Starlette(
            routes=[WebSocketRoute("/graphql", self._socket), Route("/{path:path}", self._page, methods=every)]
        )

    async def _page(self, request: Request) -> PlainTextResponse:
        self.got.append((await request.body()).decode())
        return PlainTextResponse("dagster")

    async def _socket(self, socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                self.got.append(await socket.receive_text())
        except WebSocketDisconnect:
            pass


class Door:
    """An Authenticator's place: knows one principal."""

    def __init__(self, *permissions: str) -> None:
        self._known = Principal(1, "default", "somebody", frozenset(permissions))

    async def identify(self, scope: Any) -> Principal:
        return self._known


def guarded(dagster: Dagster, *permissions: str) -> Guard:
    gate = LoginGate(cast("Authenticator", Door(*permissions)), "default")
    return Guard(dagster.app, Rules(loopback_hosts(3000), login=True), gate, OrgWall(dagster.app, RULES))


@pytest.fixture
def dagster() -> Dagster:
    return Dagster()


@pytest.fixture
async def runner(dagster: Dagster) -> AsyncIterator[httpx.AsyncClient]:
    """Holds the permission to run collections."""
    transport = httpx.ASGITransport(guarded(dagster, "collection.run"))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as client:
        yield client


async def test_a_refused_mutation_never_reaches_dagster_and_an_allowed_one_does_so_whole(
    dagster: Dagster, runner: httpx.AsyncClient
) -> None:
    for path in ("/graphql", "/graphql/"):
        for query, variables in REFUSED.values():
            answer = await runner.post(path, json={"query": query, "variables": variables})
            assert (answer.status_code, answer.json()["type"], dagster.got) == (403, "urn:dropship:forbidden", [])
    query, variables = ALLOWED["launch"]
    assert (await runner.post("/graphql", json={"query": query, "variables": variables})).text == "dagster"
    assert json.loads(dagster.got[0]) == {"query": query, "variables": variables}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_what_changes_something_elsewhere_than_by_graphql_is_for_admins(
    dagster: Dagster, runner: httpx.AsyncClient, method: str
) -> None:
    answer = await runner.request(method, "/report_asset_materialization/x", json={})
    assert (answer.status_code, dagster.got) == (403, [])


async def test_an_admin_is_not_held_up(dagster: Dagster) -> None:
    transport = httpx.ASGITransport(guarded(dagster, "admin.*"))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3000") as admin:
        for query, variables in REFUSED.values():
            answer = await admin.post("/graphql", json={"query": query, "variables": variables})
            assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["start", "subscribe", "other"])
async def test_a_mutation_over_the_websocket_ends_it(dagster: Dagster, kind: str) -> None:
    query, variables = REFUSED["end"]
    messages = [
        {"type": "websocket.connect"},
        *(
            {"type": "websocket.receive", "text": json.dumps({"id": "1", "type": sort, "payload": payload})}
            for sort, payload in (("connection_init", {}), (kind, {"query": "subscription { a }"}))
        ),
        {
            "type": "websocket.receive",
            "text": json.dumps({"id": "2", "type": kind, "payload": {"query": query, "variables": variables}}),
        },
        {"type": "websocket.receive", "text": json.dumps({"type": "after"})},
    ]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(_: Any) -> None:
        """Nobody looks at it here."""

    scope = {"type": "websocket", "path": "/graphql", "scheme": "ws", "headers": [(b"host", b"127.0.0.1:3000")]}
    await guarded(dagster, "collection.run")(scope, receive, send)
    assert [json.loads(text)["type"] for text in dagster.got] == ["connection_init", kind]
