from __future__ import annotations

import unittest
from typing import List

from openclaw._event_stream import EventReader, StreamEvent

STREAM = (
    ': heartbeat\r\n\r\nid: 7\r\ndata: {"content":"Grüße, 世界 🦞"}\r\n\r\ndata: one\ndata: two\n\n'
    "event: x\ndata:no space\n\ndata: \x0b\u2028\x85\r\r: the end\r"
).encode()
WANTED = [StreamEvent(data, "7") for data in ('{"content":"Grüße, 世界 🦞"}', "one\ntwo", "no space", "\x0b\u2028\x85")]


def read(*pieces: bytes) -> List[StreamEvent]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


class EventReaderTest(unittest.TestCase):
    def test_gives_whole_events_and_the_last_id(self) -> None:
        self.assertEqual(read(STREAM), WANTED)

    def test_does_not_care_where_the_body_was_cut_in_two(self) -> None:
        for at in range(len(STREAM)):
            self.assertEqual(read(STREAM[:at], STREAM[at:]), WANTED)

    def test_gives_an_event_at_the_first_half_of_its_last_line_end(self) -> None:
        self.assertEqual(read(b"data: a\r\n\r"), [StreamEvent("a", None)])
        self.assertEqual(read(b"data: a\r\n\r", b"", b"\n", b"\ndata: b"), [StreamEvent("a", None)])

    def test_does_not_care_when_every_byte_comes_alone(self) -> None:
        self.assertEqual(read(*(STREAM[at : at + 1] for at in range(len(STREAM)))), WANTED)
