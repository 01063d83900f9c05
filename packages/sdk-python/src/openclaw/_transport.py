"""One gateway, spoken to by httpx."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from typing import Any, AsyncGenerator, Generator, Iterator, Mapping, Optional, TypeVar, Union

import anyio
import httpx

from ._answer import given
from ._call import Call, ChunkT, StreamCall
from ._event_stream import EventReader
from ._retry import parse_retry_after, pause_after
from .errors import ApiConnectionError, ApiTimeoutError, OpenClawError, StreamError, kind_of

T = TypeVar("T")

# What the gateway allows for `timeout_ms`.
_LONGEST_WAIT_MS = 600_000
# The gateway's own "timeout", which tells where the answer will be, should arrive before we give up.
_GRACE = 5.0
_END_IS_DUE = 1.0
_BROKEN_OFF = "The answer broke off before its end"


@dataclass(frozen=True)
class Settings:
    """``timeout`` in seconds: to connect, and for whatever comes next of an answer."""

    base_url: str
    token: Optional[str]
    timeout: float
    max_retries: int

    def but(self, timeout: Optional[float], max_retries: Optional[int]) -> Settings:
        """These, with those that are not None in the place of its own."""
        return replace(self, **given(timeout=timeout, max_retries=max_retries))

    def request(self, http: Union[httpx.Client, httpx.AsyncClient], call: Call[Any]) -> httpx.Request:
        body = call.body
        timeout = self.timeout if call.timeout is None else call.timeout
        if call.tells_timeout:
            body = {**(body or {}), "timeout_ms": min(_LONGEST_WAIT_MS, max(1, round(timeout * 1000)))}
            timeout += _GRACE
        streams = isinstance(call, StreamCall)
        headers = {"Accept": "text/event-stream" if streams else "application/json", **call.headers}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        if body is not None:
            headers["Content-Type"] = "application/json"
        return http.build_request(
            call.method,
            self.base_url + call.path,
            params={
                name: value if isinstance(value, (str, int)) else _text(value) for name, value in call.query.items()
            },
            content=None if body is None else json.dumps(body, default=_text),
            headers=headers,
            timeout=timeout,
        )

    def pause_after(self, call: Call[Any], failure: OpenClawError, retry: int) -> Optional[float]:
        return pause_after(failure, retry, call.repeatable) if retry <= self.max_retries else None

    @contextmanager
    def understood(self) -> Iterator[None]:
        """Says in our words what httpx says in its own."""
        try:
            yield
        except httpx.TimeoutException as error:
            raise ApiTimeoutError(f"{self.base_url} did not answer in time") from error
        except httpx.RequestError as error:
            reason = str(error) or type(error).__name__
            raise ApiConnectionError(f"Cannot reach {self.base_url}: {reason}") from error

    def read(self, call: Call[T], response: httpx.Response) -> T:
        try:
            data = response.json()
        except ValueError as error:
            kind = response.headers.get("content-type", "nothing")
            raise OpenClawError(
                f"{self.base_url} answered with {kind} instead of JSON; is it an OpenClaw Gateway?",
                code="not_a_gateway",
                status=response.status_code,
            ) from error
        return call.read(data)


class Transport:
    """Raises `ApiError`, `ApiConnectionError`, `ApiTimeoutError`, in streams `StreamError`."""

    def __init__(self, settings: Settings, http: httpx.Client) -> None:
        self.settings = settings
        self.http = http

    def perform(self, call: Call[T]) -> T:
        return self.settings.read(call, self._answer(call))

    def stream(self, call: StreamCall[ChunkT]) -> Generator[ChunkT, None, None]:
        """Each event of the answer. Only what fails before the stream has begun is tried again."""
        response = self._answer(call)
        reader = EventReader()
        try:
            with self.settings.understood():
                for piece in response.iter_bytes():
                    for event in reader.feed(piece):
                        chunk = call.chunk(event)
                        yield chunk
                        if chunk.type == call.last:
                            return
        finally:
            response.close()
        raise StreamError(_BROKEN_OFF)

    def _answer(self, call: Call[Any]) -> httpx.Response:
        retry = 1
        while True:
            try:
                return self._attempt(call)
            except OpenClawError as failure:
                pause = self.settings.pause_after(call, failure, retry)
                if pause is None:
                    raise
            time.sleep(pause)
            retry += 1

    def _attempt(self, call: Call[Any]) -> httpx.Response:
        with self.settings.understood():
            response = self.http.send(self.settings.request(self.http, call), stream=True)
            try:
                if response.is_success and isinstance(call, StreamCall):
                    return response
                response.read()
            except BaseException:
                response.close()
                raise
        return _checked(call, response)


class AsyncTransport:
    """Raises `ApiError`, `ApiConnectionError`, `ApiTimeoutError`, in streams `StreamError`."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient) -> None:
        self.settings = settings
        self.http = http

    async def perform(self, call: Call[T]) -> T:
        return self.settings.read(call, await self._answer(call))

    async def stream(self, call: StreamCall[ChunkT]) -> AsyncGenerator[ChunkT, None]:
        """Each event of the answer. Only what fails before the stream has begun is tried again."""
        response = await self._answer(call)
        pieces = response.aiter_bytes()
        reader = EventReader()
        try:
            with self.settings.understood():
                async for piece in pieces:
                    for event in reader.feed(piece):
                        chunk = call.chunk(event)
                        yield chunk
                        if chunk.type == call.last:
                            # httpx's own generators complain when the body's end, which is due now, is never read.
                            with anyio.move_on_after(_END_IS_DUE):
                                async for _ in pieces:
                                    pass
                            return
        finally:
            await response.aclose()
        raise StreamError(_BROKEN_OFF)

    async def _answer(self, call: Call[Any]) -> httpx.Response:
        retry = 1
        while True:
            try:
                return await self._attempt(call)
            except OpenClawError as failure:
                pause = self.settings.pause_after(call, failure, retry)
                if pause is None:
                    raise
            await anyio.sleep(pause)
            retry += 1

    async def _attempt(self, call: Call[Any]) -> httpx.Response:
        with self.settings.understood():
            response = await self.http.send(self.settings.request(self.http, call), stream=True)
            try:
                if response.is_success and isinstance(call, StreamCall):
                    return response
                await response.aread()
            except BaseException:
                await response.aclose()
                raise
        return _checked(call, response)


def _checked(call: Call[Any], response: httpx.Response) -> httpx.Response:
    """The answer, unless it is an error."""
    if response.is_success:
        return response
    members, retry_after = _members(response), parse_retry_after(response.headers.get("retry-after"))
    status = response.status_code
    if status == call.accept_status and isinstance(members.get("status"), str):
        return response
    code, message, details = members.get("error"), members.get("message"), members.get("details")
    asked = members.get("retryAfter")
    raise kind_of(status)(
        message if isinstance(message, str) else f"The gateway answered with status {status}",
        status=status,
        code=code if isinstance(code, str) else f"http_{status}",
        details=details if isinstance(details, dict) else {},
        request_id=response.headers.get("x-request-id"),
        retry_after=float(asked) if retry_after is None and isinstance(asked, (int, float)) else retry_after,
    )


def _members(response: httpx.Response) -> Mapping[str, Any]:
    """Of a JSON object; none where the text is something else, such as a proxy's own error page."""
    try:
        data = response.json()
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        # One without a zone is in the caller's own.
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that can be sent")
