from __future__ import annotations

from typing import Any, Optional

import httpx

from . import _gateway, _sends, _turns
from ._call import AsyncResource, Resource, async_method, async_stream_method, method, stream_method
from ._channels import AsyncChannels, Channels
from ._config import AsyncConfig, Config
from ._conversations import AsyncConversations, Conversations
from ._memory import AsyncMemory, Memory
from ._sessions import AsyncSessions, Sessions
from ._skills import AsyncSkills, Skills
from ._transport import AsyncTransport, Settings, Transport
from ._webhooks import AsyncWebhooks, Webhooks

DEFAULT_BASE_URL = "http://127.0.0.1:18789"
DEFAULT_TIMEOUT = 120.0
DEFAULT_RETRIES = 2


class OpenClawClient(Resource):
    """A client of one OpenClaw Gateway; it may be shared by threads.

    ``token`` is sent as a bearer token; `health` needs none. ``timeout`` is how many seconds to wait to connect, and for whatever
    comes next of an answer. ``max_retries`` is for what can be repeated without harm, after 429, 5xx and broken connections.
    ``http_client``: an ``httpx.Client`` of your own, with proxies or certificates; it stays yours to close.

    Methods raise `ApiError` (and what is derived from it) for an error that the gateway answers, `ApiConnectionError`,
    `ApiTimeoutError`, and in streams `StreamError`.
    """

    message = method(_turns.message)
    message_stream = stream_method(_turns.message_stream)
    resume_message = stream_method(_turns.resume_message)
    chat = method(_turns.chat)
    chat_stream = stream_method(_turns.chat_stream)
    resume_chat = stream_method(_turns.resume_chat)
    cancel = method(_turns.cancel)
    send = method(_sends.send)
    send_state = method(_sends.send_state)
    health = method(_gateway.health)
    health_detail = method(_gateway.health_detail)
    status = method(_gateway.status)
    get_models = method(_gateway.get_models)
    logs = method(_gateway.logs)

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        token: Optional[str] = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_RETRIES,
        http_client: Optional[httpx.Client] = None,
    ) -> None:
        settings = Settings(base_url.rstrip("/"), token, timeout, max_retries)
        self._owned = http_client is None
        self._speak_through(Transport(settings, http_client or httpx.Client()))

    def _speak_through(self, transport: Transport) -> None:
        super().__init__(transport)
        self.conversations = Conversations(transport)
        self.sessions = Sessions(transport)
        self.memory = Memory(transport)
        self.skills = Skills(transport)
        self.channels = Channels(transport)
        self.config = Config(transport)
        self.webhooks = Webhooks(transport)

    def with_options(self, *, timeout: Optional[float] = None, max_retries: Optional[int] = None) -> OpenClawClient:
        """The same client with other limits, over the same connections: ``client.with_options(timeout=5).status()``."""
        other = object.__new__(type(self))
        other._owned = False
        other._speak_through(Transport(self._transport.settings.but(timeout, max_retries), self._transport.http))
        return other

    def close(self) -> None:
        """Closes its connections."""
        if self._owned:
            self._transport.http.close()

    def __enter__(self) -> OpenClawClient:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class AsyncOpenClawClient(AsyncResource):
    """`OpenClawClient` for asyncio and trio: what it returns is awaited, and its streams are looped over with ``async for``.

    ``http_client`` is an ``httpx.AsyncClient``.
    """

    message = async_method(_turns.message)
    message_stream = async_stream_method(_turns.message_stream)
    resume_message = async_stream_method(_turns.resume_message)
    chat = async_method(_turns.chat)
    chat_stream = async_stream_method(_turns.chat_stream)
    resume_chat = async_stream_method(_turns.resume_chat)
    cancel = async_method(_turns.cancel)
    send = async_method(_sends.send)
    send_state = async_method(_sends.send_state)
    health = async_method(_gateway.health)
    health_detail = async_method(_gateway.health_detail)
    status = async_method(_gateway.status)
    get_models = async_method(_gateway.get_models)
    logs = async_method(_gateway.logs)

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        token: Optional[str] = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_RETRIES,
        http_client: Optional[httpx.AsyncClient] = None,
    ) -> None:
        settings = Settings(base_url.rstrip("/"), token, timeout, max_retries)
        self._owned = http_client is None
        self._speak_through(AsyncTransport(settings, http_client or httpx.AsyncClient()))

    def _speak_through(self, transport: AsyncTransport) -> None:
        super().__init__(transport)
        self.conversations = AsyncConversations(transport)
        self.sessions = AsyncSessions(transport)
        self.memory = AsyncMemory(transport)
        self.skills = AsyncSkills(transport)
        self.channels = AsyncChannels(transport)
        self.config = AsyncConfig(transport)
        self.webhooks = AsyncWebhooks(transport)

    def with_options(
        self, *, timeout: Optional[float] = None, max_retries: Optional[int] = None
    ) -> AsyncOpenClawClient:
        """The same client with other limits, over the same connections: ``await client.with_options(timeout=5).status()``."""
        other = object.__new__(type(self))
        other._owned = False
        other._speak_through(AsyncTransport(self._transport.settings.but(timeout, max_retries), self._transport.http))
        return other

    async def close(self) -> None:
        """Closes its connections."""
        if self._owned:
            await self._transport.http.aclose()

    async def __aenter__(self) -> AsyncOpenClawClient:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()
