from __future__ import annotations

import unittest
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from openclaw._retry import parse_retry_after, pause_after
from openclaw.errors import ApiConnectionError, ApiTimeoutError, RateLimitError, ServerError


class PauseTest(unittest.TestCase):
    def test_grows_up_to_a_limit_and_is_never_the_same(self) -> None:
        failure = ApiConnectionError("gone")
        for retry, longest in [(1, 0.5), (2, 1.0), (3, 2.0), (9, 8.0), (99, 8.0)]:
            pauses = {pause_after(failure, retry, True) for _ in range(20)}
            self.assertGreater(len(pauses), 1)
            for pause in pauses:
                self.assertTrue(pause is not None and longest * 0.75 <= pause <= longest)

    def test_is_what_the_gateway_asks_for(self) -> None:
        self.assertEqual(pause_after(ServerError("busy", status=503, retry_after=7), 1, True), 7)
        self.assertEqual(pause_after(RateLimitError("slow", status=429, retry_after=7), 1, False), 7)
        self.assertIsNone(pause_after(RateLimitError("slow", status=429, retry_after=61), 1, True))

    def test_is_none_where_a_second_time_may_do_harm_or_no_good(self) -> None:
        self.assertIsNone(pause_after(ServerError("busy", status=503), 1, False))
        self.assertIsNone(pause_after(ApiConnectionError("gone"), 1, False))
        self.assertIsNone(pause_after(ApiTimeoutError("late"), 1, True))


class RetryAfterTest(unittest.TestCase):
    def test_is_seconds_or_a_date(self) -> None:
        self.assertEqual(parse_retry_after("1.5"), 1.5)
        self.assertEqual(parse_retry_after("-1"), 0)
        in_an_hour = parse_retry_after(format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True))
        self.assertTrue(in_an_hour is not None and 3590 < in_an_hour <= 3600)
        self.assertEqual(parse_retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), 0)
        for nothing in (None, "", "soon", "nan", "inf"):
            self.assertIsNone(parse_retry_after(nothing))
