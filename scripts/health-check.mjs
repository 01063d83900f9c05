// Exit code 0 where the gateway of this container takes work, 1 where it does not (yet, or any more).
const port = process.env.OPENCLAW_GATEWAY_PORT || '18789';

try {
  const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(4000) });
  if (!response.ok) process.stdout.write(`/health answered ${response.status}\n`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`/health did not answer: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
