"""Talking to the agent: messages and chats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional

from ._answer import Answer, camel, given
from ._call import Call, StreamCall, new_key, segment


@dataclass(frozen=True)
class TokenCount(Answer):
    input: int
    output: int
    total: int
    estimated: bool = False
    """The provider sent no figures."""


@dataclass(frozen=True)
class StreamTokens(Answer):
    input: int
    output: int
    estimated: bool = False
    """The provider sent no figures."""


@dataclass(frozen=True)
class MessageResponse(Answer):
    id: str
    conversation_id: str
    role: str
    content: str
    skills_used: List[str]
    tokens: TokenCount
    latency_ms: int
    model: str
    interrupted: bool = False
    """It was stopped before it was whole."""


@dataclass(frozen=True)
class MessageChunk(Answer):
    """One event of `message_stream`: ``start``, ``token``, ``skill_call``, ``skill_result``, ``reset`` or ``end``.

    Only ``token`` has a content. After ``reset`` what came before is void: the answer is made again.
    """

    type: str
    content: str = ""
    conversation_id: Optional[str] = None
    skill: Optional[str] = None
    status: Optional[str] = None
    tokens: Optional[StreamTokens] = None
    interrupted: bool = False
    event_id: Optional[str] = None
    """Where it stands in its stream: for `resume_message`."""


@dataclass(frozen=True)
class Usage(Answer):
    input_tokens: int
    output_tokens: int
    estimated: bool = False
    """The provider sent no figures."""


@dataclass(frozen=True)
class ChatResponse(Answer):
    id: str
    conversation_id: str
    role: str
    content: str
    model: str
    usage: Usage
    latency: int
    """In milliseconds."""
    interrupted: bool = False
    """It was stopped before it was whole."""


@dataclass(frozen=True)
class ChatChunk(Answer):
    """One event of `chat_stream`: ``start``, ``delta``, ``reset`` or ``done``.

    Only ``delta`` has a content. After ``reset`` what came before is void: the answer is made again.
    """

    type: str
    content: str = ""
    conversation_id: Optional[str] = None
    usage: Optional[Usage] = None
    interrupted: bool = False
    event_id: Optional[str] = None
    """Where it stands in its stream: for `resume_chat`."""


@dataclass(frozen=True)
class Cancelled(Answer):
    id: str
    status: str
    """``cancelling`` or ``cancelled``"""


def message(
    message: str,
    *,
    conversation_id: Optional[str] = None,
    channel: Optional[str] = None,
    model: Optional[str] = None,
    metadata: Optional[Mapping[str, Any]] = None,
    memory: Optional[bool] = None,
    detach: bool = False,
    idempotency_key: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Call[MessageResponse]:
    """Says something to the agent and waits for its answer, at most ``timeout`` seconds.

    ``memory=False``: nothing is recalled from earlier conversations. ``detach``: the answer is made to its end although nobody waits.
    """
    return Call(
        method="POST",
        path="/api/v1/message",
        read=MessageResponse.read,
        body=_message_body(message, conversation_id, channel, model, metadata, memory),
        headers=_headers(detach),
        idempotency_key=idempotency_key or new_key(),
        timeout=timeout,
        tells_timeout=True,
    )


def message_stream(
    message: str,
    *,
    conversation_id: Optional[str] = None,
    channel: Optional[str] = None,
    model: Optional[str] = None,
    metadata: Optional[Mapping[str, Any]] = None,
    memory: Optional[bool] = None,
    detach: bool = False,
    idempotency_key: Optional[str] = None,
    timeout: Optional[float] = None,
) -> StreamCall[MessageChunk]:
    """The answer as it is made; ``timeout`` is for each wait. Leaving the loop stops it, unless ``detach`` is set."""
    return StreamCall(
        method="POST",
        path="/api/v1/message",
        read=MessageChunk.read,
        body=_message_body(message, conversation_id, channel, model, metadata, memory),
        headers=_headers(detach),
        idempotency_key=idempotency_key or new_key(),
        timeout=timeout,
        last="end",
    )


def chat(
    message: str,
    conversation_id: Optional[str] = None,
    model: Optional[str] = None,
    system_prompt: Optional[str] = None,
    *,
    max_tokens: Optional[int] = None,
    temperature: Optional[float] = None,
    memory: Optional[bool] = None,
    options: Optional[Mapping[str, Any]] = None,
    detach: bool = False,
    idempotency_key: Optional[str] = None,
    timeout: Optional[float] = None,
) -> Call[ChatResponse]:
    """Like `message`, with instructions and sampling of its own.

    ``options`` holds any of these by the names of the wire: ``{"systemPrompt": …, "maxTokens": …}``.
    """
    return Call(
        method="POST",
        path="/api/v1/chat",
        read=ChatResponse.read,
        body=_chat_body(message, options, conversation_id, model, system_prompt, max_tokens, temperature, memory),
        headers=_headers(detach),
        idempotency_key=idempotency_key or new_key(),
        timeout=timeout,
    )


def chat_stream(
    message: str,
    conversation_id: Optional[str] = None,
    model: Optional[str] = None,
    system_prompt: Optional[str] = None,
    *,
    max_tokens: Optional[int] = None,
    temperature: Optional[float] = None,
    memory: Optional[bool] = None,
    options: Optional[Mapping[str, Any]] = None,
    detach: bool = False,
    idempotency_key: Optional[str] = None,
    timeout: Optional[float] = None,
) -> StreamCall[ChatChunk]:
    """Like `message_stream`, with instructions and sampling of its own; ``options`` as `chat` takes them."""
    return StreamCall(
        method="POST",
        path="/api/v1/chat/stream",
        read=ChatChunk.read,
        body=_chat_body(message, options, conversation_id, model, system_prompt, max_tokens, temperature, memory),
        headers=_headers(detach),
        idempotency_key=idempotency_key or new_key(),
        timeout=timeout,
        last="done",
    )


def resume_message(event_id: str) -> StreamCall[MessageChunk]:
    """Goes on with a `message_stream` that broke off, after the chunk of that ``event_id``. For 10 minutes after the answer's end."""
    return StreamCall(**_rest(event_id, "b"), read=MessageChunk.read, last="end")


def resume_chat(event_id: str) -> StreamCall[ChatChunk]:
    """Goes on with a `chat_stream` that broke off, after the chunk of that ``event_id``. For 10 minutes after the answer's end."""
    return StreamCall(**_rest(event_id, "a"), read=ChatChunk.read, last="done")


def cancel(id: str) -> Call[Cancelled]:
    """Stops an answer that is being made; ``id`` is that of the message or of any chunk.

    Raises `ConflictError` when it has ended.
    """
    return Call("POST", f"{_message_path(id)}/cancel", Cancelled.read)


def _headers(detach: bool) -> Dict[str, str]:
    return {"X-OpenClaw-Detach": "true"} if detach else {}


def _message_body(
    message: str,
    conversation_id: Optional[str],
    channel: Optional[str],
    model: Optional[str],
    metadata: Optional[Mapping[str, Any]],
    memory: Optional[bool],
) -> Dict[str, Any]:
    return given(
        message=message,
        channel=channel,
        conversation_id=conversation_id,
        model=model,
        metadata=metadata,
        memory=memory,
    )


def _chat_body(
    message: str,
    options: Optional[Mapping[str, Any]],
    conversation_id: Optional[str],
    model: Optional[str],
    system_prompt: Optional[str],
    max_tokens: Optional[int],
    temperature: Optional[float],
    memory: Optional[bool],
) -> Dict[str, Any]:
    arguments = {
        "conversationId": conversation_id,
        "model": model,
        "systemPrompt": system_prompt,
        "maxTokens": max_tokens,
        "temperature": temperature,
        "memory": memory,
    }
    chosen = {camel(name): value for name, value in (options or {}).items()}
    unknown = sorted(chosen.keys() - arguments.keys())
    if unknown:
        raise TypeError(f"options has {', '.join(unknown)}; it may have {', '.join(arguments)}")
    return {"message": message, **given(**chosen), **given(**arguments)}


def _rest(event_id: str, dialect: str) -> Dict[str, Any]:
    path = f"{_message_path(event_id)}/stream"
    return {"method": "GET", "path": path, "query": {"dialect": dialect}, "headers": {"Last-Event-ID": event_id}}


def _message_path(id: str) -> str:
    """An event's id begins with its message's."""
    return f"/api/v1/message/{segment(id.split(':', 1)[0])}"
