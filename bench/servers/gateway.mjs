// The gateway as it is shipped, in a process of its own; settings come by the environment, as for anybody.
import { runGateway } from '../../apps/gateway/dist/index.js';

process.exitCode = await runGateway({ environment: process.env }, ({ url }) => console.log(url));
