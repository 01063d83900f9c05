from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from ._answer import Answer, given
from ._call import AsyncResource, Call, Resource, async_method, method, segment

_PATH = "/api/v1/skills"


@dataclass(frozen=True)
class SkillInfo(Answer):
    name: str
    version: str
    description: str
    status: str
    """``active``, ``disabled`` or ``refused``"""
    enabled: bool
    permissions: Dict[str, bool]
    """``network``, ``filesystem``, ``shell``"""
    installed_at: str
    last_used: Optional[str]
    invocations: int
    source: str
    """``registry``, ``folder`` or ``shipped``"""
    kind: str
    """``instructions``, ``function`` or ``mcp``"""
    reason: Optional[str] = None
    """Why it is refused."""
    package: Optional[str] = None
    integrity: Optional[str] = None


@dataclass(frozen=True)
class SkillList(Answer):
    skills: List[SkillInfo]
    total: int


@dataclass(frozen=True)
class SkillRemoved(Answer):
    name: str
    removed: bool


@dataclass(frozen=True)
class SkillResult(Answer):
    result: Any
    execution_time: float
    """In seconds."""


def _list() -> Call[SkillList]:
    """Those that are installed."""
    return Call("GET", _PATH, SkillList.read)


def _install(name: str, version: Optional[str] = None) -> Call[SkillInfo]:
    """Installs a skill from the gateway's registry, or puts another version in its place."""
    return Call("POST", f"{_PATH}/install", SkillInfo.read, body=given(name=name, version=version))


def _remove(name: str) -> Call[SkillRemoved]:
    """Takes it from all agents."""
    return Call("DELETE", f"{_PATH}/{segment(name)}", SkillRemoved.read)


def _execute(
    name: str,
    args: Union[Sequence[Any], Mapping[str, Any], None] = None,
    *,
    session: Optional[str] = None,
    tool: Optional[str] = None,
) -> Call[SkillResult]:
    """Runs a skill; ``args`` by name, or as a list in the order of its input.

    Raises `ApiError` with status 422 and the skill's words when it fails.
    """
    body = given(args={} if args is None else args, session=session, tool=tool)
    path = f"{_PATH}/{segment(name)}/execute"
    return Call("POST", path, lambda envelope: SkillResult.read(envelope["data"]), body=body)


class Skills(Resource):
    """What the agents can do beside talking: ``client.skills``. Installing and removing need a token with scope ``admin``."""

    list = method(_list)
    install = method(_install)
    remove = method(_remove)
    execute = method(_execute)


class AsyncSkills(AsyncResource):
    """What the agents can do beside talking: ``client.skills``. Installing and removing need a token with scope ``admin``."""

    list = async_method(_list)
    install = async_method(_install)
    remove = async_method(_remove)
    execute = async_method(_execute)
