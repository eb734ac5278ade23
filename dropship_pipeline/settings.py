"""Every environment variable of the project, typed, in one class.

Order of precedence: environment, `.env` in the working directory, the local stack's `stack.json`, defaults.
No other module reads a setting of ours from the environment; some pass it on to processes that they start. Dagster's
own `DAGSTER_HOME` is read where it is needed; what others' variables mean for us is in `surroundings`.
"""

from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.models import Provider
from dropship_pipeline.settings_fees import FeeSettings
from dropship_pipeline.settings_prices import PriceSettings
from dropship_pipeline.settings_sources import OwnSource, StackSource
from dropship_pipeline.surroundings import route

LIVE_RAINFOREST_URL = "https://api.rainforestapi.com"
LIVE_SCRAPERAPI_URL = "https://api.scraperapi.com"
LIVE_IMAGE_HOSTS = (
    "m.media-amazon.com",
    "images-na.ssl-images-amazon.com",
    "images-eu.ssl-images-amazon.com",
    "i.ebayimg.com",
)
SANDBOX_KEY = "sandbox"
DOTENV = ".env"


def _split_hosts(value: object) -> object:
    if isinstance(value, str):
        return tuple(host.strip().lower() for host in value.split(",") if host.strip())
    return value


def _check_url(value: str) -> str:
    TypeAdapter(HttpUrl).validate_python(value)
    return value.rstrip("/")


def _check_secret_url(value: SecretStr) -> SecretStr:
    try:
        TypeAdapter(HttpUrl).validate_python(value.get_secret_value())
    except ValidationError:  # it repeats what it was given
        raise ValueError("is no http(s) address") from None
    return value


Url = Annotated[str, BeforeValidator(_check_url)]
SecretUrl = Annotated[SecretStr, AfterValidator(_check_secret_url)]
Hosts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_hosts)]
PositiveInt = Annotated[int, Field(ge=1, le=100_000)]


class Quota(NamedTuple):
    """A provider's limits: calls a minute, evenly spaced, and how many may be open at once."""

    requests_per_minute: int
    max_in_flight: int


class Settings(FeeSettings, PriceSettings):
    """The project's settings. Build it with `load_settings()`, which turns a bad value into one sentence."""

    model_config = SettingsConfigDict(env_file=DOTENV, env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore")
    reads_stack: ClassVar[bool] = True

    home: Path = Field(default=Path(".dropship"), validation_alias="DROPSHIP_HOME")
    """Where the local stack keeps its data"""
    org: str = Field(default="default", min_length=1, validation_alias="DROPSHIP_ORG")
    """Whose data"""
    database_url: SecretStr | None = Field(default=None, validation_alias="DROPSHIP_DATABASE_URL")
    """`postgresql://user:password@host:5432/database`, PostgreSQL 14 or newer; the local stack's if not set"""
    s3_bucket: str = Field(default="dropship", validation_alias="DROPSHIP_S3_BUCKET")
    """For images and raw answers"""
    s3_endpoint_url: Url | None = Field(default=None, validation_alias="DROPSHIP_S3_ENDPOINT_URL")
    """Any S3 that knows `If-None-Match: *` on PUT; the local stack's, or AWS, if not set"""
    s3_wait_seconds: int = Field(default=60, ge=0, le=3_600, validation_alias="DROPSHIP_S3_WAIT_SECONDS")
    """How long an object store that is away is waited for, before the run ends and can be resumed"""
    aws_access_key_id: SecretStr | None = Field(default=None, validation_alias="AWS_ACCESS_KEY_ID")
    """Of the object store; the local stack's if not set"""
    aws_secret_access_key: SecretStr | None = Field(default=None, validation_alias="AWS_SECRET_ACCESS_KEY")
    """Of the object store; the local stack's if not set"""
    aws_session_token: SecretStr | None = Field(default=None, validation_alias="AWS_SESSION_TOKEN")
    """Of the object store, where it wants one"""
    aws_region: str = Field(default="us-east-1", validation_alias="AWS_DEFAULT_REGION")
    """Of the object store"""

    rainforest_api_key: SecretStr | None = Field(default=None, validation_alias="RAINFOREST_API_KEY")
    """For Amazon. The sandbox stands in while no key and no base URL is set, of either provider"""
    rainforest_base_url: Url | None = Field(default=None, validation_alias="RAINFOREST_BASE_URL")
    """Another server than the live service; name its image hosts below"""
    rainforest_requests_per_minute: PositiveInt = Field(default=60, validation_alias="RAINFOREST_REQUESTS_PER_MINUTE")
    """Evenly spaced"""
    rainforest_max_in_flight: PositiveInt = Field(default=5, validation_alias="RAINFOREST_MAX_IN_FLIGHT")
    """Calls open at once, where a job allows more than one"""
    amazon_domain: str = Field(default="amazon.com", validation_alias="DROPSHIP_AMAZON_DOMAIN")
    """Which Amazon site"""

    scraperapi_key: SecretStr | None = Field(default=None, validation_alias="SCRAPERAPI_KEY")
    """For eBay. The sandbox stands in while no key and no base URL is set, of either provider"""
    scraperapi_base_url: Url | None = Field(default=None, validation_alias="SCRAPERAPI_BASE_URL")
    """Another server than the live service; name its image hosts below"""
    scraperapi_requests_per_minute: PositiveInt = Field(default=120, validation_alias="SCRAPERAPI_REQUESTS_PER_MINUTE")
    """Evenly spaced"""
    scraperapi_max_in_flight: PositiveInt = Field(default=5, validation_alias="SCRAPERAPI_MAX_IN_FLIGHT")
    """Calls open at once, where a job allows more than one"""
    scraperapi_ebay_mode: Literal["auto", "structured", "page"] = Field(
        default="auto", validation_alias="SCRAPERAPI_EBAY_MODE"
    )
    """How eBay is asked; `auto`: the search page when filters need it, else the structured answer"""
    ebay_tld: str = Field(default="com", validation_alias="DROPSHIP_EBAY_TLD")
    """Which eBay site: `com`, `de`, `co.uk`, …"""

    image_hosts: Hosts = Field(default=LIVE_IMAGE_HOSTS, validation_alias="DROPSHIP_IMAGE_HOSTS")
    """Where images may be fetched: `name` or `name:port`, with commas; a loopback host must be named"""
    image_max_age_days: int = Field(default=30, ge=0, validation_alias="DROPSHIP_IMAGE_MAX_AGE_DAYS")
    """An image younger than this is not asked for again"""
    executor: Literal["multiprocess", "celery"] = Field(default="multiprocess", validation_alias="DROPSHIP_EXECUTOR")
    """`celery`: the branches of a run on other machines"""
    broker_url: SecretStr | None = Field(default=None, validation_alias="DROPSHIP_BROKER_URL")
    """For Celery: `redis://:password@host:6379/0`"""
    dagster_url: Url = Field(default="http://127.0.0.1:3000", validation_alias="DROPSHIP_DAGSTER_URL")
    """Where people open the Dagster UI"""
    own_dagster_api_url: Url | None = Field(default=None, validation_alias="DROPSHIP_DAGSTER_API_URL")
    """Where the admin page asks Dagster, if that is another address than the one people open"""
    dagster_hosts: Hosts = Field(default=(), validation_alias="DROPSHIP_DAGSTER_HOSTS")
    """By which names (`host:port`) the Dagster UI may be called besides that of its address, with commas"""
    dagster_token: SecretStr | None = Field(default=None, validation_alias="DROPSHIP_DAGSTER_TOKEN")
    """What the admin page shows to a Dagster UI that asks for a login"""
    admin_url: Url = Field(default="http://127.0.0.1:8080", validation_alias="DROPSHIP_ADMIN_URL")
    """Where people open the admin page"""
    session_secret: SecretStr | None = Field(default=None, min_length=16, validation_alias="DROPSHIP_SESSION_SECRET")
    """Signs the cookies of both pages; without one, everybody logs in again after a restart"""
    sandbox_url: Url | None = Field(default=None, validation_alias="DROPSHIP_SANDBOX_URL")
    """Where the sandbox marketplace is; the local stack sets it"""
    metrics_file: Path | None = Field(default=None, validation_alias="DROPSHIP_METRICS_FILE")
    """A file that the settlement sensor keeps up to date, for node_exporter"""
    alert_webhook: SecretUrl | None = Field(default=None, validation_alias="DROPSHIP_ALERT_WEBHOOK")
    """Who is told of scheduled runs that went wrong; whoever knows the address may write there"""
    alert_secret: SecretStr | None = Field(default=None, validation_alias="DROPSHIP_ALERT_SECRET")
    """Signs what is sent to the webhook"""
    otlp_endpoint: SecretStr | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where traces go (OpenTelemetry's own name); needs the extra `telemetry`"""
    otlp_traces_endpoint: SecretStr | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    """The same for traces alone, the whole address"""
    otel_log_level: str = Field(default="info", validation_alias="OTEL_LOG_LEVEL")
    """`debug`: titles and search terms are in the traces too"""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the stack file behind environment and `.env`."""
        stack = [StackSource(settings_cls)] if cls.reads_stack else []
        return init_settings, OwnSource(settings_cls, env_settings, dotenv_settings), *stack

    @cached_property
    def sandbox(self) -> bool:
        """True if no live marketplace is configured, so that the local stack's sandbox replaces both."""
        live = (
            self.rainforest_api_key,
            self.scraperapi_key,
            self.rainforest_base_url,
            self.scraperapi_base_url,
        )
        return self.sandbox_url is not None and not any(live)

    @property
    def dagster_api_url(self) -> str:
        """The address of Dagster's GraphQL API."""
        return self.own_dagster_api_url or self.dagster_url

    @property
    def traces_url(self) -> str | None:
        """Where traces are posted to; None for no traces."""
        if self.otlp_traces_endpoint is not None:
            return self.otlp_traces_endpoint.get_secret_value()
        if self.otlp_endpoint is not None:
            return f"{self.otlp_endpoint.get_secret_value().rstrip('/')}/v1/traces"
        return None

    @property
    def allowed_image_hosts(self) -> tuple[str, ...]:
        """Hosts (`name` or `name:port`) that images may be fetched from; the sandbox's own while it is in use."""
        if not self.sandbox or self.sandbox_url is None:
            return self.image_hosts
        return (*self.image_hosts, self.sandbox_url.removeprefix("http://"))

    def base_url(self, provider: Provider) -> str:
        """The provider's base URL: the setting, the sandbox, or the live service."""
        if self.sandbox:
            return f"{self.sandbox_url}/{provider}"
        if provider == "rainforest":
            return self.rainforest_base_url or LIVE_RAINFOREST_URL
        return self.scraperapi_base_url or LIVE_SCRAPERAPI_URL

    def api_key(self, provider: Provider) -> SecretStr:
        """The provider's key.

        Raises:
            SettingsError: no key is set and the sandbox is not in use.
        """
        if self.sandbox:
            return SecretStr(SANDBOX_KEY)
        key = self.rainforest_api_key if provider == "rainforest" else self.scraperapi_key
        if key is None or not key.get_secret_value().strip():
            name = "RAINFOREST_API_KEY" if provider == "rainforest" else "SCRAPERAPI_KEY"
            raise SettingsError(
                f"{name} is not set, and {self.base_url(provider)} asks for it: set {name}, "
                "or unset both keys and both base URLs and run `dropship up` to try everything on the sandbox"
            )
        return key

    def require_provider(self, provider: Provider) -> None:
        """Check that the provider can be asked: its key, and the way to it.

        Raises:
            SettingsError: the key is missing, or a proxy or certificates that the shell names cannot be used.
        """
        self.api_key(provider)
        route(self.base_url(provider))

    def quota(self, provider: Provider) -> Quota:
        """The provider's quota."""
        if provider == "rainforest":
            return Quota(self.rainforest_requests_per_minute, self.rainforest_max_in_flight)
        return Quota(self.scraperapi_requests_per_minute, self.scraperapi_max_in_flight)

    def require_storage(self) -> None:
        """Check that a database is named.

        Raises:
            SettingsError: neither the environment nor a local stack names one.
        """
        if self.database_url is None:
            raise SettingsError(
                "No database is set: run `dropship up` in this folder to start the local Postgres and S3, "
                "or set DROPSHIP_DATABASE_URL (and DROPSHIP_S3_BUCKET) to your own"
            )

    def require_database_url(self) -> str:
        """The database's URL, password included.

        Raises:
            SettingsError: neither the environment nor a local stack names one.
        """
        self.require_storage()
        assert self.database_url is not None  # noqa: S101  (require_storage has just proved it)
        return self.database_url.get_secret_value()

    def require_broker_url(self) -> str:
        """The address of Celery's broker.

        Raises:
            SettingsError: no broker is named, or it is not Redis; the URL is not repeated, it may hold a password.
        """
        url = self.broker_url.get_secret_value() if self.broker_url else ""
        if not url.startswith(("redis://", "rediss://")):
            problem = "is no Redis address" if url else "is not set, and DROPSHIP_EXECUTOR=celery needs it"
            raise SettingsError(f"DROPSHIP_BROKER_URL {problem}: write redis://:password@host:6379/0")
        return url


def load_settings(kind: type[Settings] = Settings) -> Settings:
    """Read the settings.

    Args:
        kind: a subclass may read from other sources.

    Raises:
        SettingsError: a value does not fit; names each variable and what is wrong, never its value.
    """
    try:
        return kind()
    except ValidationError as error:
        problems = "; ".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors(include_input=False, include_url=False))
        raise SettingsError(f"Settings do not fit: {problems}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{DOTENV} is not written in UTF-8: save it anew with that encoding") from None
    except OSError as error:
        raise SettingsError(f"{DOTENV} cannot be read ({error.strerror}): make it a file that you may read") from None
