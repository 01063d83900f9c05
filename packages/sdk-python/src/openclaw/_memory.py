from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Union

from ._answer import Answer, given
from ._call import AsyncResource, Call, Resource, async_method, method, new_key, segment
from ._conversations import Deleted

_PATH = "/api/v1/memory"

Time = Union[datetime, str]


@dataclass(frozen=True)
class MemoryResult(Answer):
    id: str
    content: str
    score: float
    """0 to 1; comparable between queries."""
    source: Dict[str, Any]
    type: str
    """``wal``, ``compacted`` or ``long-term``"""
    conversation_id: Optional[str]
    created_at: str
    metadata: Optional[Dict[str, Any]] = None
    """What was kept with it; of a fact or a summary: the ids of the messages it was made of."""


@dataclass(frozen=True)
class MemoryResults(Answer):
    """Best first; to be looped over."""

    results: List[MemoryResult]
    total: int
    query: str

    def __iter__(self) -> Iterator[MemoryResult]:
        return iter(self.results)

    def __len__(self) -> int:
        return len(self.results)


@dataclass(frozen=True)
class MemoryItem(Answer):
    id: str
    content: str
    source: Dict[str, Any]
    type: str
    conversation_id: Optional[str]
    created_at: str
    tags: List[str]
    author: Optional[str] = None
    role: Optional[str] = None
    agent_id: Optional[str] = None
    user_id: Optional[str] = None
    metadata: Optional[Dict[str, Any]] = None


@dataclass(frozen=True)
class MemoryList(Answer):
    entries: List[MemoryItem]
    total: int
    """On all pages together."""
    next_cursor: Optional[str] = None


@dataclass(frozen=True)
class MemoryAdded(Answer):
    memory_id: str
    created_at: str


@dataclass(frozen=True)
class MemoryImported(Answer):
    ids: List[str]


@dataclass(frozen=True)
class MemoryPruned(Answer):
    pruned: int
    type: str
    before: Optional[str]


@dataclass(frozen=True)
class MemoryCompacted(Answer):
    segments: int
    entries: int


@dataclass(frozen=True)
class MemoryStatistics(Answer):
    wal: Dict[str, Any]
    """``entries``, ``size_mb``, ``oldest_entry``"""
    compacted: Dict[str, Any]
    """``files``, ``size_mb``, ``last_compaction``"""
    total_size_mb: float
    embeddings: Optional[Dict[str, Any]] = None
    """Where ``memory.embeddings`` is set: ``model``, ``embedded``, ``waiting``"""


def _search(
    query: str,
    limit: Optional[int] = None,
    *,
    min_score: Optional[float] = None,
    type: Optional[str] = None,
    since: Optional[Time] = None,
    until: Optional[Time] = None,
    tags: Optional[Sequence[str]] = None,
    conversation_id: Optional[str] = None,
    agent_id: Optional[str] = None,
    user_id: Optional[str] = None,
) -> Call[MemoryResults]:
    """Best first; 10 where no limit (1 to 100) is given. Notes must have each of the tags."""
    body = given(
        query=query,
        limit=limit,
        min_score=min_score,
        type=type,
        since=since,
        until=until,
        tags=tags,
        conversation_id=conversation_id,
        agent_id=agent_id,
        user_id=user_id,
    )
    return Call("POST", f"{_PATH}/search", MemoryResults.read, body=body, idempotency_key=new_key())


def _add(
    content: str,
    *,
    tags: Optional[Sequence[str]] = None,
    created_at: Optional[Time] = None,
    session_id: Optional[str] = None,
    author: Optional[str] = None,
    user_id: Optional[str] = None,
    metadata: Optional[Mapping[str, Any]] = None,
) -> Call[MemoryAdded]:
    """Adds something to be kept. Notes of one session are read in their order, as a talk."""
    body = given(
        content=content,
        tags=tags,
        createdAt=created_at,
        session_id=session_id,
        author=author,
        user_id=user_id,
        metadata=metadata,
    )
    return Call("POST", _PATH, lambda envelope: MemoryAdded.read(envelope["data"]), body=body)


def _add_many(notes: Sequence[Mapping[str, Any]]) -> Call[MemoryImported]:
    """Adds up to 500 at once, all of them or none; gives their ids in their order. A note has what `add` takes."""
    entries = [{"createdAt" if name == "created_at" else name: note[name] for name in note} for note in notes]
    return Call("POST", f"{_PATH}/import", MemoryImported.read, body={"entries": entries})


def _stats() -> Call[MemoryStatistics]:
    """How much there is of it."""
    return Call("GET", f"{_PATH}/stats", MemoryStatistics.read)


def _list(limit: Optional[int] = None, cursor: Optional[str] = None) -> Call[MemoryList]:
    """Everything, in order of arrival; ``cursor`` is ``next_cursor`` of the page before."""
    return Call("GET", _PATH, MemoryList.read, query=given(limit=limit, cursor=cursor))


def _delete(id: str) -> Call[Deleted]:
    """Forgets one entry."""
    return Call("DELETE", f"{_PATH}/{segment(id)}", Deleted.read)


def _prune(*, before: Optional[Time] = None, type: Optional[str] = None, confirm: bool = False) -> Call[MemoryPruned]:
    """Forgets for good.

    Raises `ConflictError` with ``details["would_prune"]``, and does nothing, unless ``confirm`` is true.
    """
    body = given(before=before, type=type, confirm=confirm)
    return Call("DELETE", f"{_PATH}/prune", MemoryPruned.read, body=body)


def _compact() -> Call[MemoryCompacted]:
    """Packs old entries into segments now."""
    return Call("POST", f"{_PATH}/compact", MemoryCompacted.read)


class Memory(Resource):
    """What is remembered: ``client.memory``."""

    search = method(_search)
    add = method(_add)
    add_many = method(_add_many)
    stats = method(_stats)
    list = method(_list)
    delete = method(_delete)
    prune = method(_prune)
    compact = method(_compact)


class AsyncMemory(AsyncResource):
    """What is remembered: ``client.memory``."""

    search = async_method(_search)
    add = async_method(_add)
    add_many = async_method(_add_many)
    stats = async_method(_stats)
    list = async_method(_list)
    delete = async_method(_delete)
    prune = async_method(_prune)
    compact = async_method(_compact)
