"""Every private name of Dagster that the Celery executor needs; a test tells when one of them changes."""

from dagster._grpc.types import ExecuteStepArgs
from dagster._serdes import pack_value, serialize_value, unpack_value
from dagster_shared.record import replace

__all__ = ["ExecuteStepArgs", "pack_value", "replace", "serialize_value", "unpack_value"]
