import type { ConfigOptions } from './config/index.js';
import { type RunningGateway, startGateway } from './start-gateway.js';

/**
 * Signals this close together are one wish: whoever stops a whole process group, as systemd and `timeout` do, reaches this process
 * directly and through npm and the start script, which pass signals on. In ms.
 */
const ONE_WISH_MS = 200;

/**
 * Runs the gateway as this process until SIGTERM or SIGINT. Returns the exit code: 0 after a graceful stop. A second signal ends the process
 * at once.
 *
 * @param announce called when the gateway serves, to tell a person where
 */
export async function runGateway(options: ConfigOptions, announce: (gateway: RunningGateway) => void): Promise<number> {
  const up: { gateway?: RunningGateway } = {};
  let stoppingSince: number | undefined;
  const asked = new Promise<void>((resolve) => {
    const onSignal = () => {
      stoppingSince ??= performance.now();
      resolve();
      if (performance.now() - stoppingSince < ONE_WISH_MS) return;
      up.gateway?.abandon();
      process.exit(1);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
  up.gateway = await startGateway(options);
  announce(up.gateway);
  await asked;
  await up.gateway.stop();
  return 0;
}
