"""Every private name of Dagster that the steps need; a test tells when one of them changes."""

from dagster._core.errors import DagsterUserCodeProcessError
from dagster_shared.error import SerializableErrorInfo

__all__ = ["DagsterUserCodeProcessError", "SerializableErrorInfo"]
