// @getvero/tracking: vero_node.mjs URL KEY PREFIX TICKS
import { setTimeout as sleep } from 'node:timers/promises';
import { Tracker } from '@getvero/tracking';

const [url, key, prefix, ticks] = process.argv.slice(2);
const tracker = new Tracker({ trackingApiKey: key, trackingApiBaseUrl: url });
const person = name => `${prefix}-${name}`;

/** Calls as an application has to: this client sends once, and throws where that fails. */
async function sent(call) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      const passes = error.message === 'fetch failed' || / (429|503), expected 2xx$/.test(error.message);
      if (!passes || attempt === 8) throw error;
      await sleep(error.message.includes(' 429,') ? 1000 : 0);
    }
  }
}

const identify = request => sent(() => tracker.user.identify(request));
const tag = request => sent(() => tracker.tag.edit(request));
const alias = request => sent(() => tracker.user.alias(request));
const unsubscribe = userId => sent(() => tracker.user.unsubscribe({ userId }));
const resubscribe = userId => sent(() => tracker.user.resubscribe({ userId }));
const track = (userId, eventName, data, extras) =>
  sent(() => tracker.event.track({ identity: { userId, email: `${userId}@example.com` }, eventName, data, extras }));

const ann = person('ann');
const email = `Wera.${prefix}@Example.com`;
await identify({
  id: ann,
  email,
  channels: [{ type: 'push', address: `token-${prefix}`, platform: 'android' }],
  data: { first_name: 'Wera 🦊', age: 30, city: 'Łódź', middle_name: 'Q', phone_number: '+48221234567' },
});
await identify({ id: ann, email, data: { city: 'Gdańsk', middle_name: null } });
await tag({ userId: ann, add: ['vip', 'beta', 'new'] });
await tag({ userId: ann, remove: ['beta'] });
await unsubscribe(ann);
await resubscribe(ann);
await unsubscribe(person('bob'));

// The same event within five minutes is one; its name is compared without case, and a space is an underscore.
const identity = { userId: ann, email };
await sent(() => tracker.event.track({ identity, eventName: 'Purchased Item', data: { sku: 1 } }));
await sent(() => tracker.event.track({ identity, eventName: 'Purchased Item', data: { sku: 1 } }));
await sent(() => tracker.event.track({ identity, eventName: 'purchased_item', data: { sku: 1 } }));
const extras = { source: 'shop', createdAt: '2026-11-02T11:30:00+0100' };
await sent(() => tracker.event.track({ identity, eventName: 'Purchased Item', data: { sku: 2 }, extras }));

// An id that nobody has yet is a new name; one that somebody has makes two people one.
await identify({ id: person('first'), email: `first.${prefix}@example.com`, data: { city: 'Hel' } });
await alias({ userId: person('first'), newId: person('renamed') });
await identify({ id: person('old'), email: `old.${prefix}@example.com`, data: { loyalty: 'gold', city: 'Oldenburg' } });
await tag({ userId: person('old'), add: ['early'] });
await track(person('old'), 'Visited', { page: 1 });
await identify({ id: person('new'), email: `new.${prefix}@example.com`, data: { city: 'Newcastle' } });
await tag({ userId: person('new'), add: ['late'] });
await alias({ userId: person('old'), newId: person('new') });
await track(person('old'), 'Visited', { page: 2 });

await identify({ id: person('gone'), email: `gone.${prefix}@example.com`, data: { city: 'Vanity' } });
await sent(() => tracker.user.delete({ userId: person('gone') }));

for (let number = 0; number < Number(ticks); number += 1) await track(person('loop'), 'Tick', { n: number });
