// The pages of catalogues, senders and merges.
import assert from 'node:assert/strict';
import { LONG, answers, follow, press } from './steps.mjs';

/** Keys of senders, and what was rejected of what they sent. */
export function senders(root, origin) {
  const [keys, rejections] = [`${root}/keys`, `${root}/rejections`];
  const name = 'Shop backend of the northern regions, second data centre';
  return {
    'rejected items, none': answers(rejections),
    'keys, none': answers(keys),
    'keys, refused': async page => {
      await answers(`${keys}/new`)(page);
      await page.getByRole('radio', { name: 'Browser' }).check();
      await page.getByLabel('Origins').fill(LONG);
      await press(page, 'Create key', 422);
    },
    'keys, made': async page => {
      await answers(`${keys}/new`)(page);
      await page.getByLabel('Name').fill(name);
      await press(page, 'Create key', 200);
      const secret = await page.locator('pre code').first().textContent();
      const batch = [{ type: 'track', userId: '1', [LONG]: LONG }, { type: 'nothing' }, { type: 'identify', traits: { a: [LONG] } }];
      const sent = await fetch(`${origin}/v1/batch`, {
        method: 'POST', headers: { authorization: `Bearer ${secret}` }, body: JSON.stringify({ batch }),
      });
      assert.equal(sent.status, 200);
    },
    'rejected items': answers(rejections),
    'rejected items, open': async page => {
      await answers(rejections)(page);
      await page.locator('main summary:not([aria-label])').first().click();
    },
    'rejected items, nothing with this filter': answers(`${rejections}?code=nothing`),
    'keys': async page => {
      await answers(`${keys}/new`)(page);
      await page.getByLabel('Name').fill('Shop pages');
      await page.getByRole('radio', { name: 'Browser' }).check();
      await page.getByLabel('Origins').fill('https://shop.example\nhttps://shop-of-the-northern-regions.example:8443');
      await press(page, 'Create key', 200);
      await answers(keys)(page);
    },
    'keys, revoke': page => follow(page, page.getByRole('link', { name: `Revoke ${name}` })),
    'keys, one revoked': page => press(page, 'Revoke key', 200),
    'stream': answers(`${root}/stream?pause=yes`),
    'stream, nothing that fits': answers(`${root}/stream?pause=yes&kind=merge`),
    'stream, one call': async page => {
      await answers(`${root}/stream?pause=yes`)(page);
      await follow(page, page.locator('ol.stream a').first());
      await page.locator('main summary:not([aria-label])').first().click();
    },
  };
}

/** The catalogue of attributes, and what it does to the list. */
export function attributes(root) {
  const list = `${root}/attributes`;
  const of = (page, name) => answers(`${list}/${page}?name=${encodeURIComponent(name)}`);
  return {
    'attributes': answers(list),
    'attributes, found': answers(`${list}?q=name`),
    'attributes, nothing found': answers(`${list}?q=nothing+of+that+name`),
    'attributes, none retired': answers(`${list}?show=retired`),
    'attributes, test environment': answers(list.replace('/live/', '/test/')),
    'attribute': of('show', 'plan'),
    'attribute, new': answers(`${list}/new`),
    'attribute, new, refused': async page => {
      await page.getByLabel('Source name').fill('plan');
      await press(page, 'Create attribute', 422);
    },
    'attribute, edit': of('edit', 'plan'),
    'attribute, edit, refused': async page => {
      await page.getByLabel('Position on profiles').fill('first');
      await press(page, 'Save attribute', 422);
    },
    'attribute, saved': async page => {
      await of('edit', 'plan')(page);
      for (const box of ['Show in profile list', 'Indexed']) await page.getByRole('checkbox', { name: box }).check();
      await press(page, 'Save attribute', 200);
    },
    'attribute, type': of('type', 'plan'),
    'attribute, dry run': answers(`${list}/type?name=plan&kind=number`),
    'attribute, retired': async page => {
      await of('show', 'favourite_drink')(page);
      await press(page, 'Retire', 200);
    },
    'attribute, brought back': page => press(page, 'Restore', 200),
    'profiles, with a column': answers(`${root}/profiles?q=plan%3Apro`),
    'profiles, of no such attribute': answers(`${root}/profiles?q=plam%3Apro`, 422),
    'profiles, a name like it': answers(`${root}/profiles?q=Pryia`),
    'profiles, not comparable': answers(`${root}/profiles?q=first_name%3E3`, 422),
  };
}

/** Tags and events: the catalogues, and putting one on somebody by hand. */
export function catalogues(person) {
  const root = person.split('/profiles/')[0];
  const [tags, events] = [`${root}/tags`, `${root}/events`];
  const edit = (name, link) => async page => {
    await answers(`${tags}?q=press-list`)(page);
    await follow(page, page.getByRole('link', { name: `${link} ${name}` }));
  };
  return {
    'tags': answers(tags),
    'tags, nothing found': answers(`${tags}?q=nothing-like-that`),
    'tags, refused': async page => {
      await answers(`${tags}/new`)(page);
      await page.getByLabel('Tag', { exact: true }).fill('two words');
      await press(page, 'Create tag', 422);
    },
    'tags, one more': async page => {
      await answers(`${tags}/new`)(page);
      await page.getByLabel('Tag', { exact: true }).fill('press-list');
      await page.getByRole('radio', { name: 'Violet' }).check();
      await page.getByLabel('Description').fill(LONG);
      await press(page, 'Create tag', 200);
    },
    'tag, edit': edit('press-list', 'Edit'),
    'tag, rename': edit('press-list', 'Rename'),
    'tag, rename, refused': page => press(page, 'Rename tag', 422),
    'tag, merge': edit('press-list', 'Merge'),
    'tag, delete': edit('press-list', 'Delete'),
    'tag, put on': async page => {
      await answers(person)(page);
      await page.getByLabel('Tag to add').fill('press-list');
      await press(page, 'Add tag', 200);
      await page.getByRole('status').waitFor();
    },
    'tag, refused': async page => {
      await page.getByLabel('Tag to add').fill('two words');
      await press(page, 'Add tag', 422);
    },
    'events': answers(events),
    'events, refused': async page => {
      await answers(`${events}/new`)(page);
      await press(page, 'Create event', 422);
    },
    'event': async page => {
      await answers(`${events}?q=order`)(page);
      await follow(page, page.locator('tbody').getByRole('link').first());
      await page.locator('main summary:not([aria-label])').click();
    },
    'event, refused': async page => {
      await page.getByLabel('Parcel').evaluate(field => { field.value = 'nothing'; field.checked = true; });
      await press(page, 'Save event', 422);
    },
    'event, saved': async page => {
      await page.getByLabel('Parcel').check();
      await press(page, 'Save event', 200);
    },
    'event, kept': async page => {
      await page.getByLabel('Keep events for (days)').fill('3650');
      await press(page, 'Change…', 200);
    },
    'event, wrong days': answers(`${events}/1/keep?days=none`, 422),
    'event, made by hand': async page => {
      await answers(`${events}/new`)(page);
      await page.getByLabel('Source name').fill('Visited a shop of the northern regions on a long weekend');
      await press(page, 'Create event', 200);
    },
    'event, add': answers(`${person}/events/new`),
    'event, add, refused': async page => {
      await page.getByLabel('Value of property 2').fill(LONG);
      await press(page, 'Add event', 422);
    },
  };
}

export function merging(person) {
  const list = person.replace(/profiles\/[^/]+$/, 'merges');
  const stale = page => page.locator('form.decide input[name=version]').evaluate(field => { field.value = '0'; });
  return {
    'subscriptions': answers(`${person}/subscriptions`),
    'subscriptions, change': answers(`${person}/subscriptions/change?line=all&to=unsubscribe`),
    'subscriptions, refused': page => press(page, 'Unsubscribe', 422),
    'messages off': answers(`${person}/restrictions?do=turn-off`),
    'suppress': answers(`${person}/restrictions?do=suppress`),
    'suppress, refused': page => press(page, 'Suppress', 422),
    'erase': answers(`${person}/erase`),
    'erase, refused': page => press(page, 'Erase', 422),
    'merges': answers(list),
    'merges, dismissed': async page => {
      await page.getByRole('button', { name: 'Not the same person' }).first().click();
      await page.getByRole('status').waitFor();
      await follow(page, page.getByRole('link', { name: 'Dismissed' }));
      await page.getByRole('button', { name: 'Restore' }).waitFor();
    },
    'merges, brought back': async page => {
      await page.getByRole('button', { name: 'Restore' }).first().click();
      await page.getByRole('status').waitFor();
    },
    'merge, choose': answers(`${person}/merge`),
    'merge, found': answers(`${person}/merge?q=nair`),
    'merge, nobody found': answers(`${person}/merge?q=nobody+of+that+name`),
    'merge, compare': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Compare' }).first());
    },
    'merge, changed meanwhile': async page => {
      await stale(page);
      await press(page, await page.locator('form.decide button').innerText(), 409);
    },
    'merge, after it': async page => {
      await press(page, await page.locator('form.decide button').innerText(), 200);
      await page.getByRole('heading', { name: 'Merged from' }).waitFor();
    },
    'merges, done': answers(`${list}?show=done`),
    'merge, undo': async page => follow(page, page.getByRole('link', { name: /^Undo/ }).first()),
    'merge, undone': async page => {
      await press(page, 'Undo merge', 200);
      await page.getByRole('status').waitFor();
    },
    'merges, test environment': answers(list.replace('/live/', '/test/')),
  };
}
