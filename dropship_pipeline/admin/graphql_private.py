"""The private method of Dagster's GraphQL client that the admin page needs: no public one sends a query of ours."""

from collections.abc import Mapping
from typing import Any

from dagster_graphql import DagsterGraphQLClient


def execute(client: DagsterGraphQLClient, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask one query; the answer's `data`.

    Raises:
        DagsterGraphQLClientError: Dagster does not answer, or calls the query wrong.
    """
    answer: Mapping[str, Any] = client._execute(query, dict(variables))  # noqa: SLF001
    return answer
