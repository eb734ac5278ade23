"""What a token without `admin.*` may change in the Dagster UI: runs of its own org, and nothing else.

Dagster knows no orgs. So every GraphQL document that holds a mutation is read here first: it may hold only mutations of
the list below, and the runs and tags that it names have to be of the org. Pure; who asks and what a run's tags are is
told by the caller.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    parse,
)
from graphql.utilities import value_from_ast_untyped

from dropship_pipeline.jobs.launching import ORG_TAG

# Whatever is not here, now or in a later Dagster, wants `admin.*`.
MUTATIONS = frozenset(
    {
        "launchRun",
        "launchPipelineExecution",
        "launchMultipleRuns",
        "launchRunReexecution",
        "launchPipelineReexecution",
        "terminateRun",
        "terminatePipelineExecution",
        "terminateRuns",
        "logTelemetry",
        "setNuxSeen",
        "reloadWorkspace",
        "reloadRepositoryLocation",
    }
)
RUN_IDS = frozenset({"runId", "runIds", "parentRunId", "rootRunId"})
MAX_TOKENS = 20_000
MAX_RUNS = 100
MAX_DEPTH = 50
UNREADABLE = "The request is no GraphQL request that can be read: send one JSON object with `query` and `variables`"

OrgOf = Callable[[str], str | None]


class NotOfTheOrg(Exception):
    """A request that only `admin.*` may make; the message says why."""


@dataclass(frozen=True, slots=True)
class OrgRules:
    """The rules for one org.

    Args:
        org: whose runs may be changed.
        org_of: the org of a run by its id, None if there is no such run.
    """

    org: str
    org_of: OrgOf

    def check(self, request: bytes | str) -> None:
        """Check a GraphQL request, as JSON.

        Raises:
            NotOfTheOrg: it holds something that is not allowed.
        """
        try:
            content = json.loads(request)
        except (ValueError, RecursionError):
            raise NotOfTheOrg(UNREADABLE) from None
        self.check_content(content)

    def check_content(self, content: object) -> None:
        """Check a GraphQL request: an object with `query` and, where it has them, `variables`.

        Raises:
            NotOfTheOrg: it holds something that is not allowed.
        """
        query = content.get("query") if isinstance(content, dict) else None
        given = (content.get("variables") or {}) if isinstance(content, dict) else None
        if not isinstance(query, str) or not isinstance(given, dict):
            raise NotOfTheOrg(UNREADABLE)
        try:
            document = parse(query, no_location=True, max_tokens=MAX_TOKENS)
            for field, variables in _mutations(document, given):
                self._check_field(field, variables)
        except (GraphQLError, RecursionError):
            raise NotOfTheOrg(UNREADABLE) from None

    def _check_field(self, field: FieldNode, variables: dict[str, Any]) -> None:
        name = field.name.value
        if name not in MUTATIONS:
            raise NotOfTheOrg(f"{name} changes more than runs of the org {self.org!r}: it needs the permission admin.*")
        arguments = {
            argument.name.value: value_from_ast_untyped(argument.value, variables) for argument in field.arguments
        }
        runs = 0
        for key, value in _pairs(arguments):
            if key == ORG_TAG and value != self.org:
                raise NotOfTheOrg(
                    f"The tag {ORG_TAG} of a run names another org than {self.org!r}: that needs the permission admin.*"
                )
            if key in RUN_IDS:
                runs += 1
                if runs > MAX_RUNS:
                    raise NotOfTheOrg(f"A request names at most {MAX_RUNS} runs: send several")
                self._check_run(value)

    def _check_run(self, run_id: object) -> None:
        if run_id is None:
            return
        org = self.org_of(str(run_id))
        if org is not None and org != self.org:
            raise NotOfTheOrg(
                f"Run {run_id} is one of another org than {self.org!r}: that needs the permission admin.*"
            )


def _mutations(document: DocumentNode, given: Mapping[str, Any]) -> Iterator[tuple[FieldNode, dict[str, Any]]]:
    """Every mutation of every operation, whichever is to be run, with the variables as that operation sees them."""
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode) and node.operation is OperationType.MUTATION:
            defaults = {
                variable.variable.name.value: value_from_ast_untyped(variable.default_value)
                for variable in node.variable_definitions
                if variable.default_value is not None
            }
            for field in _fields(node.selection_set, fragments, frozenset()):
                yield field, {**defaults, **given}


def _fields(
    selected: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode], within: frozenset[str]
) -> Iterator[FieldNode]:
    """The fields at the top of a selection, those in fragments too."""
    for node in selected.selections:
        if isinstance(node, FieldNode):
            yield node
        elif isinstance(node, InlineFragmentNode):
            yield from _fields(node.selection_set, fragments, within)
        elif isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in fragments and name not in within:
                yield from _fields(fragments[name].selection_set, fragments, within | {name})


def _pairs(value: object, depth: int = 0) -> Iterator[tuple[object, object]]:
    """Every name and value in nested arguments: of objects, of lists of them, and of tags as `{key, value}`."""
    if depth > MAX_DEPTH:
        raise NotOfTheOrg(UNREADABLE)
    if isinstance(value, dict):
        if "key" in value:
            yield value["key"], value.get("value")
        for name, inner in value.items():
            if name in RUN_IDS:
                yield from (
                    (name, one) for one in (inner if isinstance(inner, list) else [inner]) if one is not Undefined
                )
            yield from _pairs(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(inner, depth + 1)
