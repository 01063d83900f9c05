from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping

from ._answer import Answer
from ._call import AsyncResource, Call, Resource, async_method, method, segment

_PATH = "/api/v1/config"


@dataclass(frozen=True)
class ConfigUpdated(Answer):
    config: Dict[str, Any]
    applied: List[str]
    """Dotted paths of what is in force now."""
    restart_required: bool
    restart_paths: List[str]
    """Dotted paths of what waits for a restart."""


def _get() -> Call[Dict[str, Any]]:
    """Secrets are ``***REDACTED***``."""
    return Call("GET", _PATH, dict)


def _part(path: str) -> Call[Any]:
    """One part of it: ``gateway``, ``gateway.auth``, … Raises `NotFoundError` where there is none."""
    return Call("GET", f"{_PATH}/{segment(path)}", lambda envelope: envelope["data"])


def _update(patch: Mapping[str, Any]) -> Call[ConfigUpdated]:
    """Deep-merges; None takes a stored value away.

    Raises `BadRequestError` with every problem, and then nothing has changed.
    """
    return Call("PUT", _PATH, ConfigUpdated.read, body=patch)


class Config(Resource):
    """The configuration in force: ``client.config``. Needs a token with scope ``admin``."""

    get = method(_get)
    part = method(_part)
    update = method(_update)


class AsyncConfig(AsyncResource):
    """The configuration in force: ``client.config``. Needs a token with scope ``admin``."""

    get = async_method(_get)
    part = async_method(_part)
    update = async_method(_update)
