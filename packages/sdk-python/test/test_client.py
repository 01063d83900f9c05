from __future__ import annotations

import asyncio
import pickle
import unittest
from datetime import datetime, timezone

from both import ClientTest
from fake_gateway import FakeGateway, answer, events, hang_up, refusal

import openclaw
from openclaw import AsyncOpenClawClient, OpenClawClient

REPLY = {
    "id": "msg_1",
    "conversation_id": "conv_1",
    "role": "assistant",
    "content": "Hello",
    "skills_used": ["weather"],
    "tokens": {"input": 1, "output": 2, "total": 3},
    "latency_ms": 1,
    "model": "echo",
    "mood": "new in a later version",
}
CHAT = {"id": "msg_1", "conversationId": "c", "content": "Hi", "usage": {"inputTokens": 1, "outputTokens": 2}}
BUSY = refusal(503, "service_unavailable", {"Retry-After": "0"})
END = {"type": "end", "tokens": {"input": 1, "output": 1}}


class CallsTest(ClientTest):
    def test_sends_a_message_as_the_api_wants_it_and_reads_the_answer(self) -> None:
        self.gateway.will(answer(200, REPLY))
        reply = self.call("message", "Grüße", conversation_id="conv_1", model="m", timeout=9)
        self.assertEqual((reply.content, reply.tokens.total, reply.skills_used), ("Hello", 3, ["weather"]))
        self.assertEqual((reply["mood"], reply.interrupted), ("new in a later version", False))
        self.assertEqual((reply.get("model"), reply.get("nothing", 1)), ("echo", 1))
        [seen] = self.gateway.seen
        self.assertEqual((seen.method, seen.path), ("POST", "/api/v1/message"))
        self.assertEqual(seen.body, {"message": "Grüße", "conversation_id": "conv_1", "model": "m", "timeout_ms": 9000})
        self.assertEqual(seen.headers["authorization"], "Bearer secret")
        self.assertRegex(seen.headers["idempotency-key"], "^[0-9a-f]{32}$")
        self.assertNotIn("x-openclaw-detach", seen.headers)

    def test_chats_with_options_by_the_names_of_the_wire(self) -> None:
        self.gateway.will(answer(200, CHAT))
        options = {"systemPrompt": "Be brief", "max_tokens": 5, "temperature": None}
        reply = self.call("chat", "Hi", "c", options=options, temperature=0, detach=True, idempotency_key="k")
        self.assertEqual((reply.content, reply["content"]), ("Hi", "Hi"))
        self.assertEqual((reply.conversation_id, reply["conversationId"]), ("c", "c"))
        self.assertEqual(reply.usage, openclaw.Usage(1, 2))
        [seen] = self.gateway.seen
        wanted = {"message": "Hi", "conversationId": "c", "systemPrompt": "Be brief", "maxTokens": 5, "temperature": 0}
        self.assertEqual(seen.body, wanted)
        self.assertEqual((seen.headers["idempotency-key"], seen.headers["x-openclaw-detach"]), ("k", "true"))
        with self.assertRaisesRegex(TypeError, "options has systemPromt"):
            self.call("chat", "Hi", options={"systemPromt": "x"})

    def test_knows_the_paths_and_queries_of_the_rest(self) -> None:
        self.gateway.will(answer(200, {"data": {"sessions": []}}))
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        for wanted, name, args, kwargs in [
            ("GET /api/v1/status", "status", [], {}),
            ("GET /api/v1/models", "get_models", [], {}),
            ("GET /api/v1/logs?lines=5&level=warn&since=1970-01-01T00%3A00%3A00.000%2B00%3A00", "logs", [5, "warn"],
             {"since": epoch}),
            ("GET /health", "health", [], {}),
            ("GET /health/detail", "health_detail", [], {}),
            ("POST /api/v1/send", "send", ["telegram", "1", "Hi"], {}),
            ("GET /api/v1/send/msg%2F1", "send_state", ["msg/1"], {}),
            ("POST /api/v1/message/msg_1/cancel", "cancel", ["msg_1:b0.3"], {}),
            ("GET /api/v1/conversations?limit=2&channel=api", "conversations.list", [2], {"channel": "api"}),
            ("GET /api/v1/conversations/a%2Fb?before=x", "conversations.get", ["a/b"], {"before": "x"}),
            ("DELETE /api/v1/conversations/a%20b", "conversations.delete", ["a b"], {}),
            ("GET /api/v1/sessions?limit=5", "sessions.list", [5], {}),
            ("POST /api/v1/sessions", "sessions.create", ["Support"], {}),
            ("DELETE /api/v1/sessions/s", "sessions.delete", ["s"], {}),
            ("POST /api/v1/memory/search", "memory.search", [], {"query": "tea", "limit": 5}),
            ("POST /api/v1/memory", "memory.add", ["likes tea"], {"tags": ["taste"]}),
            ("POST /api/v1/memory/import", "memory.add_many", [[{"content": "x"}]], {}),
            ("GET /api/v1/memory/stats", "memory.stats", [], {}),
            ("GET /api/v1/memory?cursor=c", "memory.list", [], {"cursor": "c"}),
            ("DELETE /api/v1/memory/m", "memory.delete", ["m"], {}),
            ("DELETE /api/v1/memory/prune", "memory.prune", [], {"before": "2026-01-01", "confirm": True}),
            ("POST /api/v1/memory/compact", "memory.compact", [], {}),
            ("GET /api/v1/skills", "skills.list", [], {}),
            ("POST /api/v1/skills/install", "skills.install", ["weather", "1.0.0"], {}),
            ("DELETE /api/v1/skills/%40x%2Fy", "skills.remove", ["@x/y"], {}),
            ("POST /api/v1/skills/weather/execute", "skills.execute", ["weather", ["Bonn"]], {"session": "s"}),
            ("GET /api/v1/channels", "channels.list", [], {}),
            ("GET /api/v1/channels/telegram/status", "channels.status", ["telegram"], {}),
            ("GET /api/v1/channels/a%2Fb/pairings", "channels.pairings", ["a/b"], {}),
            ("POST /api/v1/channels/telegram/pairings", "channels.approve", ["telegram", "CODE"], {}),
            ("DELETE /api/v1/channels/telegram/pairings/u%2F1", "channels.remove_pairing", ["telegram", "u/1"], {}),
            ("GET /api/v1/config", "config.get", [], {}),
            ("GET /api/v1/config/gateway.auth", "config.part", ["gateway.auth"], {}),
            ("PUT /api/v1/config", "config.update", [{"logging": None}], {}),
            ("GET /api/v1/webhooks", "webhooks.list", [], {}),
            ("POST /api/v1/webhooks", "webhooks.create", ["https://x.example", ["message.sent"]], {}),
            ("GET /api/v1/webhooks/w", "webhooks.get", ["w"], {}),
            ("PUT /api/v1/webhooks/w", "webhooks.update", ["w"], {"enabled": False}),
            ("DELETE /api/v1/webhooks/w", "webhooks.delete", ["w"], {}),
            ("POST /api/v1/webhooks/w/rotate-secret", "webhooks.rotate_secret", ["w"], {"overlap_seconds": 60}),
            ("GET /api/v1/webhooks/w/deliveries?state=dead", "webhooks.deliveries", ["w"], {"state": "dead"}),
            ("GET /api/v1/webhooks/deliveries/d", "webhooks.delivery", ["d"], {}),
            ("POST /api/v1/webhooks/deliveries/d/redeliver", "webhooks.redeliver", ["d"], {}),
            ("POST /api/v1/webhooks/w/redeliver", "webhooks.redeliver_since", ["w", epoch], {}),
            ("POST /api/v1/webhooks/w/test", "webhooks.test", ["w"], {}),
        ]:  # fmt: skip
            with self.subTest(name):
                self.call(name, *args, **kwargs)
                seen = self.gateway.seen[-1]
                self.assertEqual(f"{seen.method} {seen.path}", wanted)
        bodies = {f"{seen.method} {seen.path}": seen.body for seen in self.gateway.seen}
        self.assertEqual(bodies["PUT /api/v1/config"], {"logging": None})
        self.assertEqual(bodies["DELETE /api/v1/memory/prune"], {"before": "2026-01-01", "confirm": True})
        self.assertEqual(bodies["POST /api/v1/skills/weather/execute"], {"args": ["Bonn"], "session": "s"})
        self.assertEqual(bodies["POST /api/v1/webhooks/w/redeliver"], {"since": "1970-01-01T00:00:00.000+00:00"})

    def test_takes_the_503_of_a_health_check_for_the_report_that_it_is(self) -> None:
        self.gateway.will(answer(503, {"status": "draining", "version": "1", "uptime_seconds": 3}))
        self.assertEqual(self.call("health").status, "draining")
        self.assertEqual(len(self.gateway.seen), 1)


class ErrorsTest(ClientTest):
    def test_are_typed_by_their_status_and_carry_what_the_gateway_said(self) -> None:
        details = {"errors": [{"field": "model", "message": "unknown"}]}
        self.gateway.will(refusal(400, "bad_request", {"X-Request-Id": "req_1"}, details=details))
        with self.assertRaises(openclaw.BadRequestError) as caught:
            self.call("message", "Hi")
        for error in (caught.exception, pickle.loads(pickle.dumps(caught.exception))):
            self.assertEqual((error.status, error.code, error.message), (400, "bad_request", "bad_request"))
            self.assertEqual((error.details, error.request_id), (details, "req_1"))
        for status, kind in {
            401: openclaw.AuthenticationError,
            403: openclaw.PermissionDeniedError,
            404: openclaw.NotFoundError,
            409: openclaw.ConflictError,
            422: openclaw.ApiError,
        }.items():
            self.gateway.will(refusal(status, "no"))
            with self.assertRaises(kind):
                self.call("status")

    def test_do_without_json(self) -> None:
        self.gateway.will(answer(404, "<html>"))
        with self.assertRaises(openclaw.NotFoundError) as missing:
            self.call("status")
        self.assertEqual(missing.exception.code, "http_404")
        self.gateway.will(answer(200, "<html>"))
        with self.assertRaisesRegex(openclaw.OpenClawError, "text/html instead of JSON") as wrong:
            self.call("status")
        self.assertEqual(wrong.exception.code, "not_a_gateway")

    def test_tell_a_gateway_that_is_not_there(self) -> None:
        self.gateway.stop()
        with self.assertRaisesRegex(openclaw.ApiConnectionError, "Cannot reach") as caught:
            self.call("health")
        self.assertEqual((caught.exception.code, caught.exception.status), ("connection_failed", None))

    def test_tell_a_gateway_that_does_not_answer_in_time(self) -> None:
        self.gateway.will(self.gateway.silence)
        hasty = self.client.with_options(timeout=0.05)
        for call in (lambda: hasty.status(), lambda: self.client.chat("Hi", timeout=0.05)):
            with self.assertRaises(openclaw.ApiTimeoutError) as caught:
                self.done(call())
            self.assertEqual(caught.exception.code, "timeout")
        self.assertEqual(len(self.gateway.seen), 2)


class RetriesTest(ClientTest):
    def test_repeat_with_the_same_key_for_as_long_as_they_were_asked_to_wait(self) -> None:
        self.gateway.will(BUSY, refusal(429, "rate_limited", retryAfter=0), answer(200, REPLY))
        self.assertEqual(self.call("message", "Hi").content, "Hello")
        self.assertEqual(len(self.gateway.seen), 3)
        self.assertEqual(len({seen.headers["idempotency-key"] for seen in self.gateway.seen}), 1)
        self.gateway.will(refusal(500, "internal_error"), answer(200, {"status": "running"}))
        self.assertEqual(self.call("status").status, "running")
        self.gateway.will(BUSY, answer(200, {"results": [{"content": "tea"}]}))
        self.assertEqual([found.content for found in self.call("memory.search", "tea")], ["tea"])

    def test_repeat_after_a_connection_that_broke(self) -> None:
        self.gateway.will(hang_up, answer(200, REPLY))
        self.assertEqual(self.call("message", "Hi").content, "Hello")

    def test_repeat_a_stream_that_did_not_begin(self) -> None:
        self.gateway.will(BUSY, events(END))
        self.assertEqual([chunk.type for chunk in self.collect("message_stream", "Hi")], ["end"])

    def test_repeat_what_was_not_looked_at(self) -> None:
        self.gateway.will(refusal(429, "rate_limited", {"Retry-After": "0"}), answer(200, {"applied": ["x"]}))
        self.assertEqual(self.call("config.update", {}).applied, ["x"])

    def test_end_with_the_last_error(self) -> None:
        self.gateway.will(BUSY)
        with self.assertRaises(openclaw.ServerError):
            self.call("status")
        self.assertEqual(len(self.gateway.seen), 3)

    def test_spare_what_must_not_happen_twice_what_cannot_pass_and_a_wait_that_is_too_long(self) -> None:
        self.gateway.will(BUSY)
        for name, argument in (("config.update", {}), ("conversations.delete", "c"), ("memory.add", "x")):
            with self.assertRaises(openclaw.ServerError):
                self.call(name, argument)
        self.assertEqual(len(self.gateway.seen), 3)
        self.gateway.will(refusal(429, "rate_limited", {"Retry-After": "3600"}))
        with self.assertRaises(openclaw.RateLimitError) as caught:
            self.call("status")
        self.assertEqual((caught.exception.retry_after, len(self.gateway.seen)), (3600, 1))


class StreamsTest(ClientTest):
    WORDS = [
        {"type": "start", "conversation_id": "c"},
        {"type": "token", "content": "Grüße, "},
        {"type": "skill_call", "skill": "weather", "status": "invoking"},
        {"type": "token", "content": "世界 🦞"},
        END,
    ]

    def test_come_as_chunks_with_content_wherever_they_are_cut(self) -> None:
        for line_end in ("\n", "\r\n", "\r"):
            self.gateway.will(events(*self.WORDS, bytewise=True, line_end=line_end))
            chunks = self.collect("message_stream", "Hi")
            self.assertEqual("".join(chunk.content for chunk in chunks), "Grüße, 世界 🦞")
            self.assertEqual((chunks[0].conversation_id, chunks[2].skill), ("c", "weather"))
            self.assertEqual((chunks[-1].tokens.output, chunks[-1].event_id), (1, "7"))
        self.assertEqual(self.gateway.seen[0].headers["accept"], "text/event-stream")

    def test_come_in_the_words_of_chat_too_and_can_be_taken_up_again(self) -> None:
        said = events(
            {"type": "start", "conversationId": "c"},
            {"type": "delta", "content": "x"},
            {"type": "done", "usage": {"inputTokens": 1, "outputTokens": 1}},
        )
        self.gateway.will(said)
        chunks = self.collect("chat_stream", "Hi", options={"systemPrompt": "s"})
        self.assertEqual([chunk.type for chunk in chunks], ["start", "delta", "done"])
        self.assertEqual(self.gateway.seen[0].path, "/api/v1/chat/stream")
        self.gateway.will(said)
        self.assertEqual(len(self.collect("resume_chat", "msg_1:a0.1")), 3)
        [seen] = self.gateway.seen
        self.assertEqual((seen.method, seen.path), ("GET", "/api/v1/message/msg_1/stream?dialect=a"))
        self.assertEqual(seen.headers["last-event-id"], "msg_1:a0.1")

    def test_fail_by_an_error_event_and_by_an_end_that_is_none(self) -> None:
        word = {"type": "token", "content": "a"}
        for answered, kind, code in [
            (events(word, {"type": "error", "error": "upstream_error", "message": "gone"}), openclaw.StreamError,
             "upstream_error"),
            (events(word), openclaw.StreamError, "stream_interrupted"),
            (events("no object"), openclaw.StreamError, "stream_interrupted"),
            (events(word, cut=True), openclaw.ApiConnectionError, "connection_failed"),
        ]:  # fmt: skip
            self.gateway.will(answered)
            with self.assertRaises(kind) as caught:
                self.collect("message_stream", "Hi")
            self.assertEqual((caught.exception.code, len(self.gateway.seen)), (code, 1))


class GuideTest(ClientTest):
    """The client in the words of the integration guide."""

    kind = "guide"

    def test_sends_in_a_session(self) -> None:
        self.gateway.will(answer(200, REPLY))
        reply = self.call("message.send", text="Hi", session="s", model="m")
        self.assertEqual((reply.text, reply.message_id, reply.usage.output_tokens), ("Hello", "msg_1", 2))
        self.assertEqual(self.gateway.seen[0].body["conversation_id"], "s")
        self.call("message.send", "Hi")
        self.assertEqual(self.gateway.seen[1].body["conversation_id"], "default")

    def test_streams_strings(self) -> None:
        self.gateway.will(events({"type": "reset"}, *StreamsTest.WORDS))
        self.assertEqual(self.collect("message.stream", text="Hi"), ["Grüße, ", "世界 🦞"])
        self.gateway.will(events({"type": "token", "content": "a"}, {"type": "reset"}, END))
        with self.assertRaisesRegex(openclaw.StreamError, "begun anew"):
            self.collect("message.stream", text="Hi")

    def test_has_the_rest_under_the_same_roof(self) -> None:
        self.gateway.will(answer(200, {"results": [{"content": "likes tea", "score": 1}], "total": 1}))
        found = self.call("memory.search", query="tea", limit=5)
        self.assertEqual([memory.content for memory in found], ["likes tea"])
        self.assertEqual((len(found), found.total), (1, 1))
        self.assertEqual(self.call("client.get_models").models, None)


class AsyncCallsTest(CallsTest):
    is_async = True


class AsyncErrorsTest(ErrorsTest):
    is_async = True


class AsyncRetriesTest(RetriesTest):
    is_async = True


class AsyncStreamsTest(StreamsTest):
    is_async = True


class AsyncGuideTest(GuideTest):
    is_async = True


class LeavingTest(unittest.TestCase):
    """Whoever leaves a stream lets go of its connection, and the client can be used further."""

    def setUp(self) -> None:
        self.gateway = FakeGateway()
        self.addCleanup(self.gateway.stop)
        self.gateway.will(events(*StreamsTest.WORDS), answer(200, {"status": "running"}))

    def test_sync(self) -> None:
        with OpenClawClient(self.gateway.url, max_retries=0) as client:
            for chunk in client.message_stream("Hi"):
                self.assertEqual(chunk.type, "start")
                break
            self.assertEqual(client.with_options(timeout=5).status().status, "running")

    def test_async(self) -> None:
        async def leave() -> None:
            async with AsyncOpenClawClient(self.gateway.url, max_retries=0) as client:
                stream = client.message_stream("Hi")
                self.assertEqual((await stream.__anext__()).type, "start")
                await stream.aclose()
                self.assertEqual((await client.with_options(timeout=5).status()).status, "running")

        asyncio.run(leave())
