"""A call as a value, and the methods that make one.

Each call is described once, by a function that returns a `Call`; `method` and `async_method` turn it into a method of the
sync and of the async class, with its signature and its docstring.
"""

from __future__ import annotations

import functools
import json
import secrets
import sys
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncGenerator,
    Callable,
    Coroutine,
    Generator,
    Generic,
    Mapping,
    Optional,
    Protocol,
    TypeVar,
    cast,
)
from urllib.parse import quote

from .errors import StreamError

if sys.version_info >= (3, 10):
    from typing import ParamSpec
else:
    from typing_extensions import ParamSpec

if TYPE_CHECKING:
    from ._event_stream import StreamEvent
    from ._transport import AsyncTransport, Transport


class Chunk(Protocol):
    """One event of a streamed answer."""

    @property
    def type(self) -> str: ...


P = ParamSpec("P")
T = TypeVar("T")
U = TypeVar("U")
ChunkT = TypeVar("ChunkT", bound=Chunk)


@dataclass(frozen=True)
class Call(Generic[T]):
    """What is asked of the gateway, and how its JSON is read."""

    method: str
    path: str
    read: Callable[[Any], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Optional[Mapping[str, Any]] = None
    headers: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: Optional[str] = None
    """Makes a POST one that can be repeated without harm."""
    timeout: Optional[float] = None
    """Seconds; the client's own when None."""
    tells_timeout: bool = False
    """The body says how long the answer is waited for."""
    accept_status: Optional[int] = None
    """A status that is no failure although it looks like one, if its body says so."""

    @property
    def repeatable(self) -> bool:
        return self.method == "GET" or self.idempotency_key is not None

    def then(self, change: Callable[[T], U]) -> Call[U]:
        """The same call, and something made of its answer."""
        first = self.read
        return Call(**{**self.__dict__, "read": lambda data: change(first(data))})


@dataclass(frozen=True)
class StreamCall(Call[ChunkT]):
    """A call whose answer is server-sent events, each read by `read`."""

    last: str = ""
    """The type of the event that ends the stream."""

    def chunk(self, event: StreamEvent) -> ChunkT:
        try:
            data = json.loads(event.data)
        except ValueError as error:
            raise StreamError("The answer holds something that is no event") from error
        if not isinstance(data, dict):
            raise StreamError("The answer holds something that is no event")
        if data.get("type") == "error":
            raise StreamError(str(data.get("message")), code=str(data.get("error")))
        return self.read({**data, "event_id": event.id})


class Resource:
    """A part of the sync client."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport


class AsyncResource:
    """A part of the async client."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport


class _Described(Generic[P, T]):
    def __init__(self, call: Callable[P, T]) -> None:
        self._call = call
        self.__doc__ = call.__doc__

    def _bound(self, perform: Optional[Callable[[T], U]]) -> Callable[P, U]:
        """The method of an object; of the class itself, for whoever asks for help on it, what describes the call."""
        call = self._call
        if perform is None:
            return cast("Callable[P, U]", call)
        bound_to = perform

        @functools.wraps(call)
        def bound(*args: P.args, **kwargs: P.kwargs) -> U:
            return bound_to(call(*args, **kwargs))

        return bound


class method(_Described[P, Call[T]]):
    """Performs a call."""

    def __get__(self, instance: Optional[Resource], owner: Any) -> Callable[P, T]:
        return self._bound(instance._transport.perform if instance else None)


class async_method(_Described[P, Call[T]]):
    """Performs a call when it is awaited."""

    def __get__(self, instance: Optional[AsyncResource], owner: Any) -> Callable[P, Coroutine[Any, Any, T]]:
        return self._bound(instance._transport.perform if instance else None)


class stream_method(_Described[P, StreamCall[ChunkT]]):
    """Gives the events of a call; it is made when the first one is asked for."""

    def __get__(self, instance: Optional[Resource], owner: Any) -> Callable[P, Generator[ChunkT, None, None]]:
        return self._bound(instance._transport.stream if instance else None)


class async_stream_method(_Described[P, StreamCall[ChunkT]]):
    """Gives the events of a call; it is made when the first one is asked for."""

    def __get__(self, instance: Optional[AsyncResource], owner: Any) -> Callable[P, AsyncGenerator[ChunkT, None]]:
        return self._bound(instance._transport.stream if instance else None)


def new_key() -> str:
    """Names one call, however often it is tried."""
    return secrets.token_hex(16)


def segment(text: str) -> str:
    """A part of a path."""
    return quote(text, safe="")
