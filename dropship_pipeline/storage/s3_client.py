"""Makes the S3 client, and decides what of the shell it hears: proxies that were checked, and AWS_ variables of AWS.

What is done with it is in `objects`.
"""

import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES, ConfigValueStore, ConstantProvider
from botocore.exceptions import BotoCoreError, PartialCredentialsError
from botocore.session import Session

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.surroundings import check_s3_authorities, is_loopback, proxy_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def s3_client(
    endpoint: str | None,
    region: str,
    *,
    access_key: str | None,
    secret_key: str | None,
    session_token: str | None = None,
    **config: Any,  # noqa: ANN401  (botocore's own)
) -> "S3Client":
    """A client of one store. Of a store on loopback whose keys are given, nothing of the shell or ~/.aws has a say.

    Args:
        endpoint: where it is; None for AWS.
        region: as AWS calls it.
        access_key: the key's public half; None to let botocore look for keys.
        secret_key: the key's secret half.
        session_token: of keys that expire.
        config: what `botocore.config.Config` takes.

    Raises:
        SettingsError: the endpoint URL is not one, or something that the shell says of AWS cannot be used.
    """
    own = endpoint is not None and is_loopback(endpoint) and access_key is not None
    shown = endpoint or f"https://s3.{region}.amazonaws.com"
    proxy = proxy_of(shown, socks=False)
    if not own and shown.startswith("https:"):
        check_s3_authorities()
    try:
        return boto3.session.Session(botocore_session=_UnaskedSession() if own else None).client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            aws_session_token=session_token,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if endpoint else "auto"},
                proxies=dict.fromkeys(("http", "https"), proxy.url) if proxy else {},
                **config,
            ),
        )
    except ValueError as error:
        raise SettingsError(f"DROPSHIP_S3_ENDPOINT_URL does not fit: {error}") from None
    except PartialCredentialsError:
        raise SettingsError("Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither") from None
    except BotoCoreError as error:
        raise SettingsError(
            f"S3 cannot be used as the AWS_ variables and ~/.aws say: {error}; unset or correct what it names"
        ) from None


class _UnaskedSession(Session):
    """A session for which neither AWS_ variables nor the files under ~/.aws exist."""

    def _register_config_store(self) -> None:
        """Give every setting its default; the files are read by their own names and so need one that is empty."""
        defaults = {name: default for name, (_, _, default, _) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
        known = {**defaults, "config_file": os.devnull, "credentials_file": os.devnull}
        store = ConfigValueStore({name: ConstantProvider(value) for name, value in known.items()})
        self.register_component("config_store", store)
