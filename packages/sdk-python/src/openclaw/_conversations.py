from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import List, Optional, Union

from ._answer import Answer, given
from ._call import AsyncResource, Call, Resource, async_method, method, segment
from ._turns import TokenCount

_PATH = "/api/v1/conversations"


@dataclass(frozen=True)
class ConversationSummary(Answer):
    id: str
    channel: str
    created_at: str
    last_message_at: str
    message_count: int
    summary: str


@dataclass(frozen=True)
class ConversationList(Answer):
    conversations: List[ConversationSummary]
    total: int
    limit: int
    offset: int
    next_cursor: Optional[str] = None
    """For ``cursor`` of the next call; None on the last page."""


@dataclass(frozen=True)
class ConversationMessage(Answer):
    id: str
    role: str
    content: str
    created_at: str
    model: Optional[str] = None
    tokens: Optional[TokenCount] = None
    skills_used: Optional[List[str]] = None
    interrupted: bool = False


@dataclass(frozen=True)
class ConversationDetail(ConversationSummary):
    messages: List[ConversationMessage]
    previous_cursor: Optional[str] = None
    """For ``before`` of the next call; None when there is nothing before."""


@dataclass(frozen=True)
class Deleted(Answer):
    id: str
    deleted: bool


def _list(
    limit: Optional[int] = None,
    offset: Optional[int] = None,
    *,
    cursor: Optional[str] = None,
    channel: Optional[str] = None,
    since: Union[datetime, str, None] = None,
    until: Union[datetime, str, None] = None,
) -> Call[ConversationList]:
    """Newest first; 20 where no limit (1 to 100) is given."""
    query = given(limit=limit, offset=offset, cursor=cursor, channel=channel, since=since, until=until)
    return Call("GET", _PATH, ConversationList.read, query=query)


def _get(id: str, *, limit: Optional[int] = None, before: Optional[str] = None) -> Call[ConversationDetail]:
    """With its newest messages; ``before`` is ``previous_cursor`` of the call before."""
    return Call("GET", f"{_PATH}/{segment(id)}", ConversationDetail.read, query=given(limit=limit, before=before))


def _delete(id: str) -> Call[Deleted]:
    """With everything that was remembered of it."""
    return Call("DELETE", f"{_PATH}/{segment(id)}", Deleted.read)


class Conversations(Resource):
    """What was said: ``client.conversations``."""

    list = method(_list)
    get = method(_get)
    delete = method(_delete)


class AsyncConversations(AsyncResource):
    """What was said: ``client.conversations``."""

    list = async_method(_list)
    get = async_method(_get)
    delete = async_method(_delete)
