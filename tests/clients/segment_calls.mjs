// What the two Node clients of the Segment family are asked to send. Their calls are the same.
//
// A pause stands where the order of two calls matters, because the clients' clocks tell milliseconds apart and no less.
import { setTimeout as sleep } from 'node:timers/promises';

export async function send(client, prefix, ticks, flush) {
  const person = name => `${prefix}-${name}`;
  const pause = () => sleep(3);
  const tags = edit => ({ Vero: { tags: edit } });
  const failures = [];
  let pending = 0;
  const call = kind => message => {
    pending += 1;
    client[kind](message, error => {
      pending -= 1;
      if (error) failures.push(error);
    });
  };
  const [identify, track, page, screen, group, alias] = ['identify', 'track', 'page', 'screen', 'group', 'alias'].map(call);
  /** Sends what waits, and returns when every call was answered. */
  const arrived = async () => {
    while (pending > 0) {
      await sleep(10);
      await flush();
    }
  };

  const ann = person('ann');
  identify({
    userId: ann,
    traits: {
      name: "Zażółć 🦊 O'Neil",
      email: `Ann.${prefix}@Example.com`,
      phone: '+4915123456789',
      plan: 'trial',
      address: { city: 'Łódź', geo: { lat: 51.75, lon: 19.46 } },
      colours: ['red', null, { hex: '#00f' }],
      middle_name: 'Q',
      empty: '',
      exact: Number.MAX_SAFE_INTEGER,
      huge: 2 ** 70,
    },
    context: {
      locale: 'pl-PL',
      timezone: 'Europe/Warsaw',
      device: { id: `device-${prefix}`, type: 'ios', token: `token-${prefix}` },
      consent: { categoryPreferences: { Marketing: true, Analytics: false } },
    },
    integrations: tags({ add: ['vip', 'beta'] }),
  });
  await pause();
  // Null deletes an attribute, and an object is replaced as a whole.
  identify({
    userId: ann,
    traits: { plan: 'pro', middle_name: null, address: { city: 'Kraków' } },
    context: { locale: 'de-DE' },
    integrations: tags({ remove: ['beta'] }),
  });
  track({
    userId: ann,
    event: 'Order Completed',
    properties: { total: 129.5, products: [{ sku: 'A-1', quantity: 2 }], coupon: null, note: 'dzień dobry 🦊' },
    context: { ip: '203.0.113.7', page: { url: 'https://shop.example/cart' }, campaign: { name: 'autumn' } },
    timestamp: new Date('2026-11-02T10:30:00Z'),
  });
  // Half a character and a zero byte are not what Postgres takes; the clients send both.
  track({ userId: ann, event: 'Measured', properties: { value: NaN, other: 1, half: 'a\ud83db', nul: 'a\0b' } });
  page({ userId: ann, name: 'Home', properties: { path: '/' } });
  screen({ userId: ann, name: 'Cart', properties: { items: 2 } });
  group({ userId: ann, groupId: person('acme'), traits: { name: 'Acme' } });
  await pause();
  group({ userId: ann, groupId: person('beta') });

  track({ userId: ann, event: 'Unsubscribe' });
  await pause();
  track({ userId: ann, event: 'Resubscribe' });
  track({ userId: person('bob'), event: 'Resubscribe' });
  await pause();
  track({ userId: person('bob'), event: 'unsubscribe' });
  track({ userId: ann, event: 'Unsubscribe', properties: { id: person('cem') } });
  identify({ userId: person('dee'), traits: { unsubscribed: false, plan: 'pro' } });
  await pause();
  identify({ userId: person('dee'), traits: { unsubscribed: true } });

  // Somebody becomes known.
  track({ anonymousId: person('anon-1'), event: 'Viewed', properties: { sku: 'A-1' } });
  track({ anonymousId: person('anon-1'), event: 'Viewed', properties: { sku: 'A-2' } });
  identify({ anonymousId: person('anon-1'), traits: { colour: 'blue', plan: 'none' } });
  await pause();
  identify({ userId: person('eva'), anonymousId: person('anon-1'), traits: { plan: 'pro' } });
  await pause();
  track({ anonymousId: person('anon-1'), event: 'Viewed', properties: { sku: 'A-3' } });

  // An id is given up for another.
  identify({ userId: person('old'), traits: { loyalty: 'gold', city: 'Oldenburg' } });
  track({ userId: person('old'), event: 'Visited' });
  await pause();
  identify({ userId: person('new'), traits: { city: 'Newcastle' } });
  alias({ previousId: person('old'), userId: person('new') });
  await pause();
  track({ userId: person('old'), event: 'Visited' });

  for (let number = 0; number < ticks; number += 1) {
    track({ userId: person('loop'), event: 'Tick', properties: { n: number } });
  }

  // Two people use one browser, one after the other.
  identify({ userId: person('hal'), anonymousId: person('anon-2'), traits: { plan: 'pro' } });
  await arrived();
  track({ anonymousId: person('anon-2'), event: 'Browsed' });
  await arrived();
  identify({ userId: person('ivy'), anonymousId: person('anon-2'), traits: { plan: 'free' } });
  await arrived();
  track({ anonymousId: person('anon-2'), event: 'Browsed' });
  await arrived();
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} calls failed`);
}
