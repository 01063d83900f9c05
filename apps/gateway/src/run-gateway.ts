import type { ConfigOptions } from './config/index.js';
import { type RunningGateway, startGateway } from './start-gateway.js';

/**
 * Runs the gateway as this process until SIGTERM or SIGINT. Returns the exit code: 0 after a graceful stop. A second signal ends the process
 * at once.
 *
 * @param announce called when the gateway serves, to tell a person where
 */
export async function runGateway(options: ConfigOptions, announce: (gateway: RunningGateway) => void): Promise<number> {
  const up: { gateway?: RunningGateway } = {};
  let stopping = false;
  const asked = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (stopping) {
        up.gateway?.abandon();
        process.exit(1);
      }
      stopping = true;
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
  up.gateway = await startGateway(options);
  announce(up.gateway);
  await asked;
  await up.gateway.stop();
  return 0;
}
