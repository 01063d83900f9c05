"""When a call is tried again, and after how long."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Optional

from .errors import ApiConnectionError, ApiError, OpenClawError, RateLimitError

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0
# Whoever is asked to wait longer than this is better told so than kept waiting.
LONGEST_RETRY_AFTER = 60.0


def pause_after(failure: OpenClawError, retry: int, repeatable: bool) -> Optional[float]:
    """Seconds to wait before the next attempt, the first retry being number 1; None when there should be none.

    What is refused for coming too often has not been looked at, so it is tried again whatever it was.
    """
    if isinstance(failure, RateLimitError) or (repeatable and isinstance(failure, ApiConnectionError)):
        pass
    elif not (repeatable and isinstance(failure, ApiError) and failure.status >= 500):
        return None
    asked = failure.retry_after if isinstance(failure, ApiError) else None
    if asked is not None:
        return asked if asked <= LONGEST_RETRY_AFTER else None
    # Clients that failed together should not come back together.
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (retry - 1)) * (0.75 + random.random() / 4)


def parse_retry_after(value: Optional[str]) -> Optional[float]:
    """``Retry-After`` in seconds, which it has as such or as a date. None when it is neither."""
    if value is None:
        return None
    try:
        seconds = float(value)
        return max(0.0, seconds) if seconds < float("inf") else None
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=timezone.utc)
    return max(0.0, (date - datetime.now(timezone.utc)).total_seconds())
