"""Server-sent events out of pieces of a body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Iterator, List, Optional

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True)
class StreamEvent:
    """One event; ``id`` is the last that the stream has named, at this event or before it."""

    data: str
    id: Optional[str]


class EventReader:
    """Takes a body in whatever pieces it arrives: one may end inside a character, between CR and LF, or within a field.

    Comments and other fields are skipped; an event that the end cuts off is not given.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._data: List[str] = []
        self._id: Optional[str] = None

    def feed(self, piece: bytes) -> Iterator[StreamEvent]:
        """The events that this piece completes."""
        if not piece:
            return
        # Half of a CRLF came with the piece before, and has ended its line already.
        if self._after_cr and piece.startswith(b"\n"):
            piece = piece[1:]
        self._after_cr = piece.endswith(b"\r")
        # Lines are cut as bytes and decoded whole, so no character is ever taken apart.
        *lines, self._rest = _LINE_END.split(self._rest + piece)
        for line in lines:
            if line == b"":
                if self._data:
                    yield StreamEvent("\n".join(self._data), self._id)
                self._data = []
                continue
            name, _, value = line.decode("utf-8", "replace").partition(":")
            value = value[1:] if value.startswith(" ") else value
            if name == "data":
                self._data.append(value)
            elif name == "id":
                self._id = value
