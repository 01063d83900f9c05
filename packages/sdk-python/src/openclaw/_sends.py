"""What is sent to messaging platforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from ._answer import Answer
from ._call import Call, new_key, segment


@dataclass(frozen=True)
class SendResult(Answer):
    id: str
    status: str
    """``sent``; ``queued``: accepted, and tried again until the platform has taken it."""
    channel: str
    chat_id: str
    conversation_id: str
    timestamp: str
    channel_message_id: Optional[str] = None
    channel_message_ids: Optional[List[str]] = None
    status_url: Optional[str] = None


@dataclass(frozen=True)
class SendState(Answer):
    id: str
    status: str
    """``sent``, ``queued`` or ``failed``"""
    channel: str
    chat_id: str
    conversation_id: str
    timestamp: str
    attempts: int
    channel_message_id: Optional[str] = None
    channel_message_ids: Optional[List[str]] = None
    last_error: Optional[str] = None
    error: Optional[Dict[str, Any]] = None


def send(channel: str, chat_id: str, message: str, *, idempotency_key: Optional[str] = None) -> Call[SendResult]:
    """Sends a text to a chat; ``channel`` is ``telegram``, ``discord``, ``slack``, ``webhook`` or one of the gateway's own.

    Returns when the platform has taken it (``sent``), or when it is accepted and tried again until it has (``queued``: see
    `send_state`). Raises `ApiError` with code ``channel_rejected`` when the platform refuses it for good.
    """
    return Call(
        method="POST",
        path="/api/v1/send",
        read=SendResult.read,
        body={"channel": channel, "chatId": chat_id, "message": message},
        idempotency_key=idempotency_key or new_key(),
    )


def send_state(id: str) -> Call[SendState]:
    """What became of a message to a chat, in the last 7 days."""
    return Call("GET", f"/api/v1/send/{segment(id)}", SendState.read)
