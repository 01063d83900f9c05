"""What the gateway says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, List, Optional, Union

from ._answer import Answer, given
from ._call import Call


@dataclass(frozen=True)
class Health(Answer):
    status: str
    """``ok`` or ``draining``"""
    version: str
    uptime_seconds: int


@dataclass(frozen=True)
class HealthDetail(Answer):
    """Each part has a ``status`` (``ok``, ``degraded`` or ``down``) and facts of its own."""

    status: str
    database: Dict[str, Any]
    provider: Dict[str, Any]
    channels: Dict[str, Any]
    webhooks: Dict[str, Any]
    skills: Dict[str, Any]


@dataclass(frozen=True)
class Status(Answer):
    status: str
    """``running`` or ``draining``"""
    version: str
    uptime_seconds: int
    gateway: Dict[str, Any]
    """``port``, ``bind``, ``auth_enabled``"""
    reasoning: Dict[str, Any]
    """``primary_provider``, ``primary_model``, ``total_requests``, ``avg_latency_ms``"""
    memory: Dict[str, Any]
    """``wal_entries``, ``compacted_files``, ``total_size_mb``"""
    skills: Dict[str, Any]
    """``installed``, ``active``, ``container_engine``, ``rootless``"""
    channels: Dict[str, List[str]]
    """``connected``, ``disconnected``"""
    data: Dict[str, Any]
    """``gateway``, ``models``, ``sessions``"""


@dataclass(frozen=True)
class Model(Answer):
    id: str
    provider: str
    default: bool


@dataclass(frozen=True)
class ModelList(Answer):
    models: List[Model]
    default: str


@dataclass(frozen=True)
class LogEntry(Answer):
    """Its other fields are in ``raw``."""

    timestamp: str
    level: str
    component: str
    message: str


@dataclass(frozen=True)
class LogList(Answer):
    logs: List[LogEntry]
    total: int


def health() -> Call[Health]:
    """Needs no token. Returns also while the gateway is draining: see ``status``."""
    return Call("GET", "/health", Health.read, accept_status=503)


def health_detail() -> Call[HealthDetail]:
    """Part by part; returns also when the gateway says that it is down."""
    return Call("GET", "/health/detail", HealthDetail.read, accept_status=503)


def status() -> Call[Status]:
    """What it is doing."""
    return Call("GET", "/api/v1/status", Status.read)


def get_models() -> Call[ModelList]:
    """What can be asked for as ``model``."""
    return Call("GET", "/api/v1/models", ModelList.read)


def logs(
    lines: Optional[int] = None,
    level: Optional[str] = None,
    *,
    since: Union[datetime, str, None] = None,
    component: Optional[str] = None,
) -> Call[LogList]:
    """Newest last; 50 lines (1 to 1000) where it is not said how many. ``level`` is the least severe one wanted; ``info``."""
    query = given(lines=lines, level=level, since=since, component=component)
    return Call("GET", "/api/v1/logs", LogList.read, query=query)
