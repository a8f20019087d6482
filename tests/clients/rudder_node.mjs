// @rudderstack/rudder-sdk-node: rudder_node.mjs URL KEY PREFIX TICKS
import Analytics from '@rudderstack/rudder-sdk-node';
import { send } from './segment_calls.mjs';

const [url, key, prefix, ticks] = process.argv.slice(2);
// Each call's own callback is told of its failure; without a handler the client would throw it into the air as well.
const client = new Analytics(key, { dataPlaneUrl: url, errorHandler: () => {} });

await send(client, prefix, Number(ticks), () => client.flush());
