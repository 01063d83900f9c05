from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Optional, Protocol, Sequence, Tuple, Union

from ._answer import Answer
from .errors import WebhookVerificationError

_PREFIX = "whsec_"


@dataclass(frozen=True)
class WebhookEvent(Answer):
    """What an endpoint receives."""

    event: str
    timestamp: str
    data: Dict[str, Any]
    """Of messages: ``messageId``, ``conversationId``, ``channel``, ``chatId``, ``from`` (``id``, ``name``), ``content``, ``timestamp``."""
    signature: str


class Headers(Protocol):
    """A dict, or the headers of whatever framework has received the request."""

    def items(self) -> Iterable[Tuple[str, str]]: ...


def verify_webhook(
    body: Union[bytes, str], headers: Headers, secret: Union[str, Sequence[str]], *, tolerance: float = 300
) -> WebhookEvent:
    """Checks that a request is the gateway's, and gives its event. Raises `WebhookVerificationError`.

    ``body`` is the bytes as they came, before anything has parsed them; ``secret`` the webhook's, several while they are being
    replaced; ``tolerance`` how many seconds old, or early, the request may be.
    """
    raw = body.encode() if isinstance(body, str) else bytes(body)
    known = {name.lower(): value for name, value in headers.items()}
    id, timestamp, signatures = (
        _header(known, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    seconds = int(timestamp) if re.fullmatch(r"[0-9]{1,12}", timestamp) else None
    if seconds is None or abs(time.time() - seconds) > tolerance:
        raise WebhookVerificationError(f"The request's time is not within {tolerance:g} s of now")
    signed = f"{id}.{timestamp}.".encode() + raw
    given = [part[len("v1,") :].encode() for part in signatures.split(" ") if part.startswith("v1,")]
    for each in [secret] if isinstance(secret, str) else secret:
        wanted = base64.b64encode(hmac.new(_key(each), signed, hashlib.sha256).digest())
        if any(hmac.compare_digest(wanted, signature) for signature in given):
            return _event(raw)
    raise WebhookVerificationError("No signature of the request is made with this secret")


def _header(headers: Dict[str, str], name: str) -> str:
    value: Optional[str] = headers.get(name)
    if not value:
        raise WebhookVerificationError(f"The request has no header {name}")
    return value


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret[len(_PREFIX) :], validate=True)
    except ValueError as error:
        raise WebhookVerificationError(f'The secret is no base64 behind "{_PREFIX}"') from error


def _event(raw: bytes) -> WebhookEvent:
    try:
        return WebhookEvent.read(json.loads(raw.decode("utf-8")))
    except ValueError as error:
        raise WebhookVerificationError("The body is no JSON") from error
