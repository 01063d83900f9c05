"""The gateway's JSON as objects with attributes."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Tuple, Type, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T", bound="Answer")


class Answer:
    """What the gateway sent: known members as attributes, and everything as it came in ``raw``.

    ``answer["conversationId"]`` and ``answer.get("model")`` give a member by the name it has on the wire, also one that this
    version does not know.
    """

    raw: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.raw[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self.raw.get(name, default)

    @classmethod
    def read(cls: Type[T], data: Any) -> T:
        """The answer in this JSON. Of a class that is a dataclass; a member that did not come is its default, or None."""
        members: Mapping[str, Any] = data if isinstance(data, dict) else {}
        kind: Any = cls
        known = {}
        for name, wire_name, hint, default in _members(kind):
            value = members.get(name, members.get(wire_name))
            known[name] = default if value is None else _converted(value, hint)
        answer = cls(**known)
        # The dataclasses are frozen, and this is no field: equality and repr are about what is known.
        object.__setattr__(answer, "raw", members)
        return answer


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


@lru_cache(maxsize=None)
def _members(cls: Any) -> List[Tuple[str, str, Any, Any]]:
    """Each one's name here, name on the wire, type, and what it is when it did not come."""
    hints = get_type_hints(cls)
    return [
        (member.name, camel(member.name), hints[member.name], None if member.default is MISSING else member.default)
        for member in fields(cls)
    ]


def _converted(value: Any, hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Answer):
        return hint.read(value)
    arguments = get_args(hint)
    if get_origin(hint) is Union:
        return _converted(value, arguments[0])
    if get_origin(hint) is list and isinstance(value, list):
        return [_converted(item, arguments[0]) for item in value]
    return value


def given(**members: Any) -> Dict[str, Any]:
    """Those that are not None: what is left out of a call is left out of its request."""
    return {name: value for name, value in members.items() if value is not None}
