"""Each test of the client is run on the sync one and on the async one."""

from __future__ import annotations

import asyncio
import unittest
from typing import Any, Dict, List
from unittest import mock

from fake_gateway import FakeGateway

from openclaw import AsyncOpenClaw, AsyncOpenClawClient, OpenClaw, OpenClawClient

CLIENTS: Dict[bool, Dict[str, Any]] = {
    False: {"client": OpenClawClient, "guide": OpenClaw},
    True: {"client": AsyncOpenClawClient, "guide": AsyncOpenClaw},
}


class ClientTest(unittest.TestCase):
    """`call("memory.search", …)` and `collect("message_stream", …)`; what is derived from this says which client it is."""

    is_async = False
    kind = "client"

    def setUp(self) -> None:
        self.gateway = FakeGateway()
        self.addCleanup(self.gateway.stop)
        for name in ("FIRST_PAUSE", "LONGEST_PAUSE"):
            patch = mock.patch(f"openclaw._retry.{name}", 0.0)
            patch.start()
            self.addCleanup(patch.stop)
        self.loop = asyncio.new_event_loop()
        self.addCleanup(self.loop.close)
        self.addCleanup(lambda: self.loop.run_until_complete(self.loop.shutdown_asyncgens()))
        self.client = CLIENTS[self.is_async][self.kind](self.gateway.url + "/", "secret")
        self.addCleanup(lambda: self.done(self.client.close()))

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        return self.done(self.method(name)(*args, **kwargs))

    def collect(self, name: str, *args: Any, **kwargs: Any) -> List[Any]:
        stream = self.method(name)(*args, **kwargs)

        async def collected() -> List[Any]:
            return [item async for item in stream]

        return self.loop.run_until_complete(collected()) if self.is_async else list(stream)

    def method(self, name: str) -> Any:
        found = self.client
        for part in name.split("."):
            found = getattr(found, part)
        return found

    def done(self, result: Any) -> Any:
        return self.loop.run_until_complete(result) if self.is_async else result
