from __future__ import annotations

from dataclasses import dataclass
from typing import Any, AsyncGenerator, Generator, Optional

import httpx

from . import _turns
from ._answer import Answer
from ._call import AsyncResource, Call, Resource, StreamCall, async_method, method
from ._client import DEFAULT_BASE_URL, DEFAULT_RETRIES, DEFAULT_TIMEOUT, AsyncOpenClawClient, OpenClawClient
from ._turns import MessageChunk, MessageResponse, Usage
from .errors import StreamError


@dataclass(frozen=True)
class SessionAnswer(Answer):
    text: str
    message_id: str
    session: str
    model: str
    usage: Usage


def _send(
    text: str,
    session: str = "default",
    *,
    model: Optional[str] = None,
    memory: Optional[bool] = None,
    idempotency_key: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Call[SessionAnswer]:
    """Says something to the agent and waits for its answer. ``session`` is the conversation, by name."""
    call = _turns.message(
        text, conversation_id=session, model=model, memory=memory, idempotency_key=idempotency_key, timeout=timeout
    )
    return call.then(_session_answer)


def _session_answer(answer: MessageResponse) -> SessionAnswer:
    return SessionAnswer.read(
        {
            "text": answer.content,
            "message_id": answer.id,
            "session": answer.conversation_id,
            "model": answer.model,
            "usage": {"input_tokens": answer.tokens.input, "output_tokens": answer.tokens.output},
        }
    )


def _stream(
    text: str,
    session: str,
    model: Optional[str],
    memory: Optional[bool],
    idempotency_key: Optional[str],
    timeout: Optional[float],
) -> StreamCall[MessageChunk]:
    return _turns.message_stream(
        text, conversation_id=session, model=model, memory=memory, idempotency_key=idempotency_key, timeout=timeout
    )


class SessionMessages(Resource):
    """Talking in a session: ``client.message``."""

    send = method(_send)

    def stream(
        self,
        text: str,
        session: str = "default",
        *,
        model: Optional[str] = None,
        memory: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> Generator[str, None, None]:
        """The answer's text as it is made. Leaving the loop stops it."""
        said = False
        call = _stream(text, session, model, memory, idempotency_key, timeout)
        for chunk in self._transport.stream(call):
            _must_stand(chunk, said)
            if chunk.content:
                said = True
                yield chunk.content


class AsyncSessionMessages(AsyncResource):
    """Talking in a session: ``client.message``."""

    send = async_method(_send)

    async def stream(
        self,
        text: str,
        session: str = "default",
        *,
        model: Optional[str] = None,
        memory: Optional[bool] = None,
        idempotency_key: Optional[str] = None,
        timeout: Optional[float] = None,
    ) -> AsyncGenerator[str, None]:
        """The answer's text as it is made. Leaving the loop stops it."""
        said = False
        call = _stream(text, session, model, memory, idempotency_key, timeout)
        async for chunk in self._transport.stream(call):
            _must_stand(chunk, said)
            if chunk.content:
                said = True
                yield chunk.content


def _must_stand(chunk: MessageChunk, said: bool) -> None:
    """Text that is out cannot be taken back."""
    if chunk.type == "reset" and said:
        raise StreamError("The answer broke off, and was begun anew")


class OpenClaw:
    """The same gateway in the words of its integration guide: sessions and texts.

    ``client`` is the `OpenClawClient` it is made of, and can do everything else. Raises what that raises, and is made as that is.
    """

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        token: Optional[str] = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_RETRIES,
        http_client: Optional[httpx.Client] = None,
    ) -> None:
        self.client = OpenClawClient(base_url, token, timeout=timeout, max_retries=max_retries, http_client=http_client)
        self.message = SessionMessages(self.client._transport)
        self.memory = self.client.memory
        self.sessions = self.client.sessions
        self.skills = self.client.skills
        self.config = self.client.config
        self.status = self.client.status
        self.health = self.client.health

    def close(self) -> None:
        """Closes its connections."""
        self.client.close()

    def __enter__(self) -> OpenClaw:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


class AsyncOpenClaw:
    """`OpenClaw` for asyncio and trio: what it returns is awaited, and its streams are looped over with ``async for``."""

    def __init__(
        self,
        base_url: str = DEFAULT_BASE_URL,
        token: Optional[str] = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_retries: int = DEFAULT_RETRIES,
        http_client: Optional[httpx.AsyncClient] = None,
    ) -> None:
        self.client = AsyncOpenClawClient(
            base_url, token, timeout=timeout, max_retries=max_retries, http_client=http_client
        )
        self.message = AsyncSessionMessages(self.client._transport)
        self.memory = self.client.memory
        self.sessions = self.client.sessions
        self.skills = self.client.skills
        self.config = self.client.config
        self.status = self.client.status
        self.health = self.client.health

    async def close(self) -> None:
        """Closes its connections."""
        await self.client.close()

    async def __aenter__(self) -> AsyncOpenClaw:
        return self

    async def __aexit__(self, *_: Any) -> None:
        await self.close()
