import type { ConfigOptions } from './config/index.js';
import { type RunningGateway, startGateway } from './start-gateway.js';

/**
 * Runs the gateway as this process until SIGTERM or SIGINT. Returns the exit code: 0 after a graceful stop. A second signal ends the process
 * at once.
 *
 * @param announce called when the gateway serves, to tell a person where
 */
export async function runGateway(options: ConfigOptions, announce: (gateway: RunningGateway) => void): Promise<number> {
  let gateway: RunningGateway | undefined;
  let stopping = false;
  const asked = new Promise<void>((resolve) => {
    const onSignal = () => {
      if (stopping) {
        gateway?.abandon();
        process.exit(1);
      }
      stopping = true;
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
  gateway = await startGateway(options);
  announce(gateway);
  await asked;
  await gateway.stop();
  return 0;
}
