from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import unittest
from typing import Any, Dict, Optional

from openclaw import WebhookVerificationError, verify_webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT = {"event": "message.sent", "timestamp": "t", "data": {"content": "Grüße 世界"}, "signature": "x"}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


def headers(body: bytes = BODY, age: float = 0, key: Optional[bytes] = None) -> Dict[str, str]:
    seconds = str(int(time.time() - age))
    signing = base64.b64decode(SECRET[len("whsec_") :]) if key is None else key
    digest = hmac.new(signing, f"evt_1.{seconds}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1a,zz v1,!! v1,{base64.b64encode(digest).decode()}"
    return {"Webhook-Id": "evt_1", "Webhook-Timestamp": seconds, "Webhook-Signature": signature}


class VerifyWebhookTest(unittest.TestCase):
    def test_gives_the_event_of_a_request_that_is_sound(self) -> None:
        event = verify_webhook(BODY, headers(), SECRET)
        self.assertEqual((event.event, event.data["content"]), ("message.sent", "Grüße 世界"))
        self.assertEqual(verify_webhook(BODY.decode(), headers(), ["other", SECRET]), event)
        self.assertEqual(verify_webhook(BODY, headers(key=b"plain"), "plain"), event)
        self.assertEqual(verify_webhook(BODY, headers(age=400), SECRET, tolerance=600), event)

    def test_refuses_the_others(self) -> None:
        sound = headers()
        cases: Dict[str, Any] = {
            "another body": (BODY + b" ", sound, SECRET, "No signature"),
            "another secret": (BODY, sound, "whsec_AAAA", "No signature"),
            "no secret": (BODY, sound, [], "No signature"),
            "an old time": (BODY, headers(age=301), SECRET, "not within 300 s"),
            "an early time": (BODY, headers(age=-302), SECRET, "not within 300 s"),
            "a time that is none": (BODY, {**sound, "Webhook-Timestamp": "soon"}, SECRET, "not within"),
            "another id": (BODY, {**sound, "Webhook-Id": "evt_2"}, SECRET, "No signature"),
            "no signature": (BODY, {**sound, "Webhook-Signature": ""}, SECRET, "no header webhook-signature"),
            "a signature beyond ASCII": (BODY, {**sound, "Webhook-Signature": "v1,ü"}, SECRET, "No signature"),
            "a secret that is broken": (BODY, sound, "whsec_%%%", "no base64"),
            "text that is no JSON": (b"{", headers(b"{"), SECRET, "no JSON"),
            "bytes that are no text": (b"\xff", headers(b"\xff"), SECRET, "no JSON"),
        }
        for name, (body, given, secret, message) in cases.items():
            with self.subTest(name), self.assertRaisesRegex(WebhookVerificationError, message):
                verify_webhook(body, given, secret)
