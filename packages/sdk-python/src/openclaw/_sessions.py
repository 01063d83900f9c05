from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional

from ._answer import Answer, given
from ._call import AsyncResource, Call, Resource, async_method, method, segment

_PATH = "/api/v1/sessions"


@dataclass(frozen=True)
class Session(Answer):
    id: str
    label: str
    created_at: str
    message_count: int


@dataclass(frozen=True)
class NewSession(Answer):
    session_id: str
    """For ``session`` of a message, and as the conversation's id."""
    label: str
    created_at: str


def _list(limit: Optional[int] = None) -> Call[List[Session]]:
    """Newest first; 100 where no limit is given."""
    return Call("GET", _PATH, _sessions, query=given(limit=limit))


def _create(label: str, model: Optional[str] = None) -> Call[NewSession]:
    """``model`` answers in it, unless a message names another."""
    return Call("POST", _PATH, lambda envelope: NewSession.read(envelope["data"]), body=given(label=label, model=model))


def _delete(id: str) -> Call[None]:
    """With everything in it."""
    return Call("DELETE", f"{_PATH}/{segment(id)}", lambda _: None)


def _sessions(envelope: Any) -> List[Session]:
    return [Session.read(session) for session in envelope["data"]["sessions"]]


class Sessions(Resource):
    """The conversations by another name: ``client.sessions``. A session's id is its conversation's."""

    list = method(_list)
    create = method(_create)
    delete = method(_delete)


class AsyncSessions(AsyncResource):
    """The conversations by another name: ``client.sessions``. A session's id is its conversation's."""

    list = async_method(_list)
    create = async_method(_create)
    delete = async_method(_delete)
