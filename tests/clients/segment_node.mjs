// @segment/analytics-node: segment_node.mjs URL KEY PREFIX TICKS
import { Analytics } from '@segment/analytics-node';
import { send } from './segment_calls.mjs';

const [url, key, prefix, ticks] = process.argv.slice(2);
const analytics = new Analytics({ writeKey: key, host: url });

await send(analytics, prefix, Number(ticks), () => analytics.flush({ timeout: 60_000 }));
await analytics.closeAndFlush();
