"""The private method of Dagster's GraphQL client that the admin page needs: its public ones ask nothing of our own."""

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
