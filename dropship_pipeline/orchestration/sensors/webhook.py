"""Posts one alert to the webhook: signed, within seconds, and without a word about its address.

The address is a secret (whoever knows it may write to the channel), so none of httpx's errors or log lines leaves here.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import httpx
from pydantic import SecretStr

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.marketplaces.transport.client import silence_http_loggers
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.runs.alerts import Alert
from dropship_pipeline.surroundings import route

DEADLINE_S = 5.0
REASON_CHARS = 500
EVENTS = {
    "failed": "failed",
    "degraded": "is degraded: what it did not find says nothing",
    "budget": "ran out of budget",
}
ADVICE = {
    "failed": "After a pause it is tried again by itself, up to twice a month. `dropship status {run}` says what "
    "went wrong, `dropship resume {run}` goes on now; nothing is paid for twice.",
    "degraded": "`dropship status {run}` says what failed. What was found is kept; once the cause is gone, launch the "
    "job again.",
    "budget": "`dropship resume {run} --max-credits N` goes on from there; what was paid for is kept.",
}


class NotTaken(Exception):
    """The webhook did not take an alert; the message says why, without its address."""


class Webhook:
    """Where alerts are posted to.

    Args:
        url: takes `{"text": …}`, as Slack's incoming webhooks do.
        secret: signs what is posted; None leaves the signature out.
        admin_url: of the page that the message points to.
        now: seconds since 1970, for the signature.
    """

    def __init__(
        self, url: SecretStr, secret: SecretStr | None, admin_url: str, *, now: Callable[[], float] = time.time
    ) -> None:
        silence_http_loggers()
        self._url = url
        self._secret = secret
        self._admin_url = admin_url
        self._now = now

    @classmethod
    def from_settings(cls, settings: Settings) -> "Webhook | None":
        """The webhook that the settings name, if any."""
        if settings.alert_webhook is None:
            return None
        return cls(settings.alert_webhook, settings.alert_secret, settings.admin_url)

    def post(self, alert: Alert) -> None:
        """Post the alert.

        Raises:
            NotTaken: it did not answer in time, or not with 2xx. It may have been told all the same.
        """
        body = json.dumps({"text": message(alert, self._admin_url)}, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "X-Dropship-Event": f"run.{alert.event}",
            "X-Dropship-Delivery": str(alert.alert_id),
            **self._signature(body),
        }
        try:
            status = asyncio.run(self._post(body, headers))
        except (httpx.RequestError, httpx.InvalidURL, TimeoutError) as error:
            failure = f"no answer ({type(error).__name__})"
        except SettingsError as error:
            failure = str(error)
        else:
            if 200 <= status < 300:  # noqa: PLR2004  (what HTTP calls success)
                return
            failure = f"HTTP {status}"
        # Raised outside the handler: inside, httpx's error and with it the address would hang on as its context.
        raise NotTaken(failure)

    async def _post(self, body: bytes, headers: dict[str, str]) -> int:
        way = route(self._url.get_secret_value())
        # httpx's own time-outs begin anew with every byte.
        async with (
            asyncio.timeout(DEADLINE_S),
            httpx.AsyncClient(
                timeout=DEADLINE_S, follow_redirects=False, trust_env=False, proxy=way.proxy_url, verify=way.verify
            ) as client,
            client.stream("POST", self._url.get_secret_value(), content=body, headers=headers) as response,
        ):
            return response.status_code

    def _signature(self, body: bytes) -> dict[str, str]:
        """HMAC-SHA-256 over `<timestamp>.<body>`: proves the sender, and shows the age of a message."""
        if self._secret is None:
            return {}
        timestamp = str(int(self._now()))
        signed = hmac.new(self._secret.get_secret_value().encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
        return {"X-Dropship-Timestamp": timestamp, "X-Dropship-Signature": f"sha256={signed.hexdigest()}"}


def message(alert: Alert, admin_url: str) -> str:
    """The text of an alert: which run, how it ended and why, what to do, where to look."""
    schedule, _, month = (alert.payload.get("scheduled_by") or "").partition(":")
    reason = (alert.payload.get("reason") or "no reason recorded")[:REASON_CHARS]
    lines = [
        f"*Run {alert.run_id} {EVENTS[alert.event]}*",
        f"{alert.payload['job']} of org {_plain(alert.org_id)}, schedule {schedule}, month {month}",
        f"Reason: {_plain(reason)}",
        ADVICE[alert.event].format(run=alert.run_id),
        f"{admin_url}/history/{alert.run_id}",
    ]
    return "\n".join(lines)


def _plain(text: str) -> str:
    """Text that Slack shows as it is: `<!channel>` would notify everybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
