from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Dict, List, Mapping, Optional, Sequence, Union

from ._answer import Answer, given
from ._call import AsyncResource, Call, Resource, async_method, method, segment
from ._conversations import Deleted

_PATH = "/api/v1/webhooks"


@dataclass(frozen=True)
class Webhook(Answer):
    id: str
    url: str
    events: List[str]
    retry: Dict[str, int]
    """``maxAttempts``, ``backoffMs``"""
    enabled: bool
    status: str
    """``active``, ``failing`` or ``disabled``"""
    source: str
    """``api`` or ``config``"""
    created_at: str
    updated_at: str
    disabled_reason: Optional[str] = None
    disabled_at: Optional[str] = None
    failing_since: Optional[str] = None
    previous_secret_until: Optional[str] = None
    secret: Optional[str] = None
    """Shown once: when it is made or rotated."""


@dataclass(frozen=True)
class WebhookList(Answer):
    webhooks: List[Webhook]
    total: int


@dataclass(frozen=True)
class WebhookAttempt(Answer):
    at: str
    latency_ms: int
    status: Optional[int] = None
    """None when there was no answer."""
    error: Optional[str] = None
    response: Optional[str] = None
    """The first kilobyte."""


@dataclass(frozen=True)
class WebhookDelivery(Answer):
    id: str
    webhook_id: str
    event_id: str
    event: str
    state: str
    """``pending``, ``delivered`` or ``dead``"""
    created_at: str
    attempts: List[WebhookAttempt]
    conversation_id: Optional[str] = None
    next_attempt_at: Optional[str] = None
    ended_at: Optional[str] = None


@dataclass(frozen=True)
class WebhookDeliveryList(Answer):
    deliveries: List[WebhookDelivery]
    next_cursor: Optional[str] = None
    """For ``cursor`` of the next call; None on the last page."""


@dataclass(frozen=True)
class WebhookTest(Answer):
    delivery_id: str
    delivered: bool
    attempt: WebhookAttempt


@dataclass(frozen=True)
class Redelivered(Answer):
    redelivered: int
    more: bool = False
    """The others follow in the background."""


def _list() -> Call[WebhookList]:
    """Those of the tenant."""
    return Call("GET", _PATH, WebhookList.read)


def _create(
    url: str,
    events: Sequence[str],
    *,
    secret: Optional[str] = None,
    retry: Optional[Mapping[str, int]] = None,
    enabled: Optional[bool] = None,
) -> Call[Webhook]:
    """The secret, made where none is given, is in the answer and nowhere else. ``retry``: ``{"maxAttempts": 3, "backoffMs": 5000}``."""
    body = given(url=url, events=events, secret=secret, retry=retry, enabled=enabled)
    return Call("POST", _PATH, Webhook.read, body=body)


def _get(id: str) -> Call[Webhook]:
    """One of them."""
    return Call("GET", _path(id), Webhook.read)


def _update(
    id: str,
    *,
    url: Optional[str] = None,
    events: Optional[Sequence[str]] = None,
    retry: Optional[Mapping[str, int]] = None,
    enabled: Optional[bool] = None,
) -> Call[Webhook]:
    """What is left out stays as it is."""
    body = given(url=url, events=events, retry=retry, enabled=enabled)
    return Call("PUT", _path(id), Webhook.read, body=body)


def _delete(id: str) -> Call[Deleted]:
    """With its deliveries."""
    return Call("DELETE", _path(id), Deleted.read)


def _rotate_secret(id: str, *, secret: Optional[str] = None, overlap_seconds: Optional[int] = None) -> Call[Webhook]:
    """The secret so far signs along for a day, or as long as ``overlap_seconds`` says."""
    body = given(secret=secret, overlap_seconds=overlap_seconds)
    return Call("POST", f"{_path(id)}/rotate-secret", Webhook.read, body=body)


def _deliveries(
    id: str, *, state: Optional[str] = None, limit: Optional[int] = None, cursor: Optional[str] = None
) -> Call[WebhookDeliveryList]:
    """Newest event first."""
    query = given(state=state, limit=limit, cursor=cursor)
    return Call("GET", f"{_path(id)}/deliveries", WebhookDeliveryList.read, query=query)


def _delivery(delivery_id: str) -> Call[WebhookDelivery]:
    """One delivery with its attempts."""
    return Call("GET", _delivery_path(delivery_id), WebhookDelivery.read)


def _redeliver(delivery_id: str) -> Call[WebhookDelivery]:
    """Sends one again that has ended. Raises `ConflictError` while it is being tried."""
    return Call("POST", f"{_delivery_path(delivery_id)}/redeliver", WebhookDelivery.read)


def _redeliver_since(id: str, since: Union[datetime, str]) -> Call[Redelivered]:
    """Sends all dead ones again, of events since then."""
    return Call("POST", f"{_path(id)}/redeliver", Redelivered.read, body={"since": since})


def _test(id: str) -> Call[WebhookTest]:
    """Sends a ``webhook.test`` event, once, and says how it went."""
    return Call("POST", f"{_path(id)}/test", WebhookTest.read)


def _path(id: str) -> str:
    return f"{_PATH}/{segment(id)}"


def _delivery_path(id: str) -> str:
    return f"{_PATH}/deliveries/{segment(id)}"


class Webhooks(Resource):
    """Who gets the tenant's events: ``client.webhooks``. Needs a token with scope ``admin``."""

    list = method(_list)
    create = method(_create)
    get = method(_get)
    update = method(_update)
    delete = method(_delete)
    rotate_secret = method(_rotate_secret)
    deliveries = method(_deliveries)
    delivery = method(_delivery)
    redeliver = method(_redeliver)
    redeliver_since = method(_redeliver_since)
    test = method(_test)


class AsyncWebhooks(AsyncResource):
    """Who gets the tenant's events: ``client.webhooks``. Needs a token with scope ``admin``."""

    list = async_method(_list)
    create = async_method(_create)
    get = async_method(_get)
    update = async_method(_update)
    delete = async_method(_delete)
    rotate_secret = async_method(_rotate_secret)
    deliveries = async_method(_deliveries)
    delivery = async_method(_delivery)
    redeliver = async_method(_redeliver)
    redeliver_since = async_method(_redeliver_since)
    test = async_method(_test)
