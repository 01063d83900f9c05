import sdk = require('@openclaw/sdk');

/** `const OpenClaw = require('openclaw-sdk')` is the class itself; what else there is hangs on it. */
class OpenClaw extends sdk.OpenClaw {}

namespace OpenClaw {
  export import OpenClawClient = sdk.OpenClawClient;
  export import verifyWebhook = sdk.verifyWebhook;
  export import WebhookVerificationError = sdk.WebhookVerificationError;
  export import OpenClawError = sdk.OpenClawError;
  export import ConnectionError = sdk.ConnectionError;
  export import TimeoutError = sdk.TimeoutError;
  export import StreamError = sdk.StreamError;
  export import ApiError = sdk.ApiError;
  export import BadRequestError = sdk.BadRequestError;
  export import AuthenticationError = sdk.AuthenticationError;
  export import PermissionError = sdk.PermissionError;
  export import NotFoundError = sdk.NotFoundError;
  export import ConflictError = sdk.ConflictError;
  export import RateLimitError = sdk.RateLimitError;
  export import ServerError = sdk.ServerError;
}

export = OpenClaw;
