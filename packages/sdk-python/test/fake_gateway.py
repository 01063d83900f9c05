"""A server that answers as it is told, also wrongly."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Optional

Answer = Callable[["Handler"], None]


@dataclass
class Seen:
    method: str
    path: str
    headers: Dict[str, str]
    body: Any


class FakeGateway:
    """Answers each request with the next of its answers, the last one again and again."""

    def __init__(self) -> None:
        self.seen: List[Seen] = []
        self._answers: List[Answer] = []
        self._ending = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._server.gateway = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *answers: Answer) -> None:
        self.seen.clear()
        self._answers = list(answers)

    def next(self) -> Answer:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def silence(self, _: Handler) -> None:
        """Says nothing for as long as the test goes on."""
        self._ending.wait()

    def stop(self) -> None:
        self._ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        text = self.rfile.read(length)
        gateway: FakeGateway = self.server.gateway  # type: ignore[attr-defined]
        headers = {name.lower(): value for name, value in self.headers.items()}
        gateway.seen.append(Seen(self.command, self.path, headers, json.loads(text) if text else None))
        # Each request has a connection of its own, so that no thread is left waiting for a second one.
        self.close_connection = True
        try:
            gateway.next()(self)
        except (BrokenPipeError, ConnectionResetError):
            pass

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def begin(self, status: int, headers: Dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def answer(status: int, body: Any, headers: Optional[Dict[str, str]] = None) -> Answer:
    """JSON, or text as it is."""
    content = (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()

    def write(handler: Handler) -> None:
        kind = "text/html" if isinstance(body, str) else "application/json"
        handler.begin(status, {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})})
        handler.wfile.write(content)

    return write


def refusal(status: int, code: str, headers: Optional[Dict[str, str]] = None, **more: Any) -> Answer:
    return answer(status, {"error": code, "message": code, "status": status, **more}, headers)


def events(*data: Any, cut: bool = False, bytewise: bool = False, line_end: str = "\n") -> Answer:
    """A stream of these; `cut`: the connection goes before the body's end; `bytewise`: each byte is sent by itself."""
    text = "".join(f"id: 7{line_end}data: {json.dumps(event, ensure_ascii=False)}{line_end * 2}" for event in data)
    content = text.encode()

    def write(handler: Handler) -> None:
        handler.begin(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
        pieces = [content[at : at + 1] for at in range(len(content))] if bytewise else [content]
        for piece in pieces:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            handler.wfile.flush()
        if not cut:
            handler.wfile.write(b"0\r\n\r\n")

    return write


def hang_up(handler: Handler) -> None:
    """Takes the request, and closes the connection."""
    handler.connection.shutdown(socket.SHUT_RDWR)
