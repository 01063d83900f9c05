"""What the library raises."""

from __future__ import annotations

from typing import Any, Dict, Optional, Type


class OpenClawError(Exception):
    """The base of every error that this library raises.

    ``code`` is the gateway's word for it (``rate_limited``, ``not_found``, …), or ``connection_failed``, ``timeout``,
    ``stream_interrupted``. ``status`` is the HTTP status; None where there was no answer.
    """

    status: Optional[int] = None
    code = "error"

    def __init__(self, message: str, *, code: Optional[str] = None, status: Optional[int] = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        self.status = status


class ApiConnectionError(OpenClawError):
    """The gateway could not be reached, or the connection broke."""

    code = "connection_failed"


class ApiTimeoutError(OpenClawError):
    """Nothing came within the time allowed."""

    code = "timeout"


class StreamError(OpenClawError):
    """A stream that had begun ended in an error event, or without its last event."""

    code = "stream_interrupted"


class WebhookVerificationError(OpenClawError):
    """The request is not from the gateway, is not as it was sent, or is old."""

    code = "invalid_webhook"


class ApiError(OpenClawError):
    """The gateway answered with an error.

    ``details`` are facts that go with it: ``errors``, ``available``, ``poll_url``, …; ``request_id`` names the request in the
    gateway's logs; ``retry_after`` is how long it asks to wait, in seconds.
    """

    status: int

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: Optional[str] = None,
        details: Optional[Dict[str, Any]] = None,
        request_id: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(message, code=code, status=status)
        self.details = details or {}
        self.request_id = request_id
        self.retry_after = retry_after


class BadRequestError(ApiError):
    """400"""


class AuthenticationError(ApiError):
    """401"""


class PermissionDeniedError(ApiError):
    """403"""


class NotFoundError(ApiError):
    """404"""


class ConflictError(ApiError):
    """409"""


class RateLimitError(ApiError):
    """429"""


class ServerError(ApiError):
    """500 and above"""


_BY_STATUS: Dict[int, Type[ApiError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
}


def kind_of(status: int) -> Type[ApiError]:
    """The class of an error that came with this status."""
    return _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
