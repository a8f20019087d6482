// Every page of the console, each looked at as it is served.
import assert from 'node:assert/strict';
import { Visitor } from './browser.mjs';
import { look } from './look.mjs';
import { none } from './report.mjs';

const LONG = 'a long line '.repeat(20);
const MARKDOWN = `# Heading\n\n1. \`code\`, [a link](https://example.com/)\n2. ~~no~~\n\n> said\n\n\`\`\`\n${LONG}\n\`\`\``;

export async function pages(browser, demo, empty, report, shots) {
  const arrive = async (origin, role) => {
    const visitor = await Visitor.arrive(browser, origin, { reducedMotion: 'reduce' });
    if (role) await visitor.comeInAs(role);
    return visitor;
  };
  const stranger = await arrive(demo.origin);
  const ada = await arrive(demo.origin, 'support');
  const kojo = await arrive(demo.origin, 'marketer');
  const rosa = await arrive(demo.origin, 'admin');
  const founder = await arrive(empty.origin);
  const [, setupLink] = await empty.says(/(http\S+\/setup\/\S+)/);

  const person = await priya(ada);

  await show(stranger, doors);
  await show(ada, await rooms(ada, person));
  await show(await arrive(demo.origin, 'admin'), senders(person.split('/profiles/')[0], demo.origin));
  await show(await arrive(demo.origin, 'admin'), attributes(person.split('/profiles/')[0]));
  await show(await arrive(demo.origin, 'admin'), catalogues(person));
  await show(rosa, await merging(rosa, person));
  const admin = await arrive(demo.origin, 'admin');
  await show(admin, team(admin, person.split('/profiles/')[0]));
  await show(kojo, { 'not allowed': answers(`${person}/notes/00000000-0000-0000-0000-000000000000/edit`, 403) });
  await show(founder, setup(setupLink));

  /** Opens each page, and looks at it. */
  async function show(visitor, list) {
    for (const [name, open] of Object.entries(list)) {
      await visitor.page.setViewportSize({ width: 1440, height: 900 });
      if (await report.check(`${name}: opens`, () => open(visitor.page))) await look(visitor, name, report, shots);
    }
    await report.check('the browser complained of nothing', () => none(visitor.faults));
    await visitor.context.close();
  }
}

const doors = {
  'developers': answers('/developers'),
  'developers, open': async page => {
    for (const summary of await page.locator('summary').all()) await summary.click();
  },
  'sign-in': answers('/sign-in'),
  'sign-in, refused': async page => {
    await page.getByLabel('Password').fill('not the password');
    await press(page, 'Sign in', 422);
  },
};

const setup = link => ({
  'sign-in, nobody yet': answers('/sign-in'),
  'first admin': answers(link),
  'first admin, refused': page => press(page, 'Make the admin', 422),
  'an empty workspace': async page => {
    const fields = { Workspace: 'Acme', 'Your name': 'Ada', Email: 'ada@example.com', Password: 'green lantern by the harbour' };
    for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text);
    await press(page, 'Make the admin', 200);
    await page.getByRole('heading', { name: 'No profiles here yet' }).waitFor();
  },
});

async function rooms(ada, person) {
  const list = person.replace(/\/[^/]+$/, '');
  const test = list.replace('/live/', '/test/');
  // Somebody of whom hardly anything is known: no name, no address, no notes.
  await ada.page.goto(`${list}?sort=name`);
  const unknown = await ada.page.locator('tbody tr', { has: ada.page.locator('.contact .dash') }).getByRole('link').first().getAttribute('href').then(plain);
  const notes = `${person}/notes`;
  const first = page => page.locator('article').first();
  return {
    'profiles': answers(list),
    'profiles, second page': page => follow(page, page.getByRole('link', { name: /^(Next|Older)/ })),
    'profiles, found': answers(`${list}?q=priya&sort=name`),
    'profiles, nobody found': answers(`${list}?q=nobody+of+that+name`),
    'profiles, test environment': answers(test),
    'person, test environment': page => follow(page, page.locator('tbody').getByRole('link').first()),
    'person': answers(person),
    'person, hardly known': answers(unknown),
    'person, edit contact': answers(`${person}/edit?section=contact`),
    'person, edit contact, refused': async page => {
      await page.getByLabel('Email').evaluate(field => { field.type = 'text'; field.value = 'nowhere'; });
      await press(page, 'Save', 422);
    },
    'person, edit personal data': answers(`${person}/edit?section=personal`),
    'person, edit attributes': answers(`${person}/edit?section=attributes`),
    'person, two people edit': async page => {
      await answers(`${person}/edit?section=personal`)(page);
      const other = await page.context().newPage();
      await other.goto(page.url());
      await other.getByLabel('City').fill('The city that somebody else typed');
      await press(other, 'Save', 200);
      await other.close();
      await page.getByLabel('City').fill('This city');
      await press(page, 'Save', 409);
    },
    'person, saved': async page => {
      await press(page, 'Save what stands here', 200);
      await page.getByRole('link', { name: 'Undo' }).waitFor();
    },
    'person, add an attribute': answers(`${person}/attributes/new`),
    'person, add an attribute, refused': page => press(page, 'Add attribute', 422),
    'identities': answers(`${person}/identities`),
    'identities, hardly any': answers(`${unknown}/identities`),
    'id, change': answers(`${person}/id`),
    'id, change, refused': page => press(page, 'Change ID', 422),
    'new profile': answers(`${list}/new`),
    'new profile, refused': page => press(page, 'Create profile', 422),
    'new profile, twins': async page => {
      await page.getByLabel('ID', { exact: true }).fill('somebody-new');
      await page.getByLabel('First name').fill('Priya');
      await page.getByLabel('Last name').fill('Nair');
      await press(page, 'Create profile', 409);
    },
    'menu': async page => {
      await page.setViewportSize({ width: 320, height: 640 });
      await answers(list)(page);
      await page.getByRole('button', { name: 'Menu' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    },
    'activity': answers(`${person}/activity`),
    'activity, open': answers(`${person}/activity?period=all&open=all`),
    'activity, chosen': answers(`${person}/activity?period=all&kind=events&kind=attributes&not=Page+Viewed&zone=person`),
    'activity, a link': async page => {
      await answers(`${person}/activity?open=all`)(page);
      await follow(page, page.getByRole('link', { name: 'Link' }).nth(4));
    },
    'activity, raw': async page => {
      await answers(`${person}/activity?open=all`)(page);
      await follow(page, page.getByRole('link', { name: 'JSON' }).first());
    },
    'activity, numbers as a table': async page => {
      await answers(`${person}/activity`)(page);
      await page.getByText('Show as a table').click();
    },
    'activity, nothing': answers(`${person}/activity?from=2001-01-01&to=2001-01-02`),
    'notes': answers(notes),
    'notes, none': async page => {
      await answers(`${unknown}/notes`)(page);
      await page.getByRole('heading', { name: 'No notes yet' }).waitFor();
    },
    'notes, refused': async page => {
      await answers(notes)(page);
      await press(page, 'Add note', 422);
    },
    'notes, after a change': async page => {
      await page.getByRole('textbox').fill(MARKDOWN);
      await press(page, 'Add note', 200);
      await page.getByRole('status').waitFor();
    },
    'note, edit': page => follow(page, first(page).getByRole('link', { name: 'Edit' })),
    'note, edit, refused': async page => {
      await page.getByRole('textbox').fill(' ');
      await press(page, 'Save note', 422);
    },
    'note, conflict': async page => {
      await answers(notes)(page);
      await follow(page, first(page).getByRole('link', { name: 'Edit' }));
      const other = await page.context().newPage();
      await other.goto(page.url());
      await other.getByRole('textbox').fill('The other text.');
      await press(other, 'Save note', 200);
      await other.close();
      await page.getByRole('textbox').fill('This text.');
      await press(page, 'Save note', 409);
      await page.locator('main summary:not([aria-label])').click();
    },
    'note, history': async page => {
      await answers(notes)(page);
      await follow(page, first(page).getByRole('link', { name: /^edited by/ }));
    },
    'note, delete': async page => {
      await answers(notes)(page);
      await follow(page, first(page).getByRole('link', { name: 'Delete' }));
    },
    'history': answers(`${person}/history`),
    'history, nothing that fits': answers(`${person}/history?kind=erased`),
    'history, one call': async page => {
      await answers(`${person}/history`)(page);
      await follow(page, page.getByRole('link', { name: /^All of this/ }).first());
    },
    'history, undo all of it': page => follow(page, page.getByRole('link', { name: /^Undo all of this/ })),
    'history, undo': async page => {
      await answers(`${person}/history?kind=attribute`)(page);
      await follow(page, page.getByRole('link', { name: /^Undo of/ }).first());
    },
    'history, undone': async page => {
      await press(page, 'Undo change', 200);
      await page.getByRole('status').waitFor();
    },
    'account': answers('/account'),
    'account, refused': async page => {
      await answers('/account')(page);
      await page.getByLabel('Time zone').fill('Mars/Olympus');
      await press(page, 'Save', 422);
    },
    'nothing there': answers(`${list}/nowhere`, 404),
  };
}

/** Keys of senders, and what was rejected of what they sent. */
function senders(root, origin) {
  const [keys, rejections] = [`${root}/keys`, `${root}/rejections`];
  const name = 'Shop backend of the northern regions, second data centre';
  return {
    'rejected items, none': answers(rejections),
    'keys, none': answers(keys),
    'keys, refused': async page => {
      await page.getByRole('radio', { name: 'Browser' }).check();
      await page.getByLabel('Origins').fill(LONG);
      await press(page, 'Make key', 422);
    },
    'keys, made': async page => {
      await answers(keys)(page);
      await page.getByLabel('Name').fill(name);
      await press(page, 'Make key', 200);
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
      await answers(keys)(page);
      await page.getByLabel('Name').fill('Shop pages');
      await page.getByRole('radio', { name: 'Browser' }).check();
      await page.getByLabel('Origins').fill('https://shop.example\nhttps://shop-of-the-northern-regions.example:8443');
      await press(page, 'Make key', 200);
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
function attributes(root) {
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
      await press(page, 'Make attribute', 422);
    },
    'attribute, edit': of('edit', 'plan'),
    'attribute, edit, refused': async page => {
      await page.getByLabel('Place on profiles').fill('first');
      await press(page, 'Save attribute', 422);
    },
    'attribute, saved': async page => {
      await of('edit', 'plan')(page);
      for (const box of ['See in table', 'Filterable']) await page.getByRole('checkbox', { name: box }).check();
      await press(page, 'Save attribute', 200);
    },
    'attribute, type': of('type', 'plan'),
    'attribute, dry run': answers(`${list}/type?name=plan&kind=number`),
    'attribute, retired': async page => {
      await of('show', 'first_name')(page);
      await press(page, 'Retire', 200);
    },
    'attribute, brought back': page => press(page, 'Bring back', 200),
    'profiles, with a column': answers(`${root}/profiles?q=plan%3Apro`),
    'profiles, of no such attribute': answers(`${root}/profiles?q=plam%3Apro`, 422),
    'profiles, not filterable': answers(`${root}/profiles?q=first_name%3APriya`, 422),
  };
}

/** Tags and events: the catalogues, and putting one on somebody by hand. */
function catalogues(person) {
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
      await answers(tags)(page);
      await page.getByLabel('Tag', { exact: true }).fill('two words');
      await press(page, 'Add tag', 422);
    },
    'tags, one more': async page => {
      await answers(tags)(page);
      await page.getByLabel('Tag', { exact: true }).fill('press-list');
      await page.getByRole('radio', { name: 'Violet' }).check();
      await page.getByLabel('Description').fill(LONG);
      await press(page, 'Add tag', 200);
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
    'events, refused': page => press(page, 'Add event', 422),
    'event': async page => {
      await answers(`${events}?q=order`)(page);
      await follow(page, page.locator('tbody').getByRole('link').first());
      await page.locator('main summary:not([aria-label])').click();
    },
    'event, refused': async page => {
      await page.getByLabel('Icon').evaluate(field => { field.removeAttribute('maxlength'); field.value = '123456789'; });
      await press(page, 'Save event', 422);
    },
    'event, saved': async page => {
      await page.getByLabel('Icon').fill('📦');
      await press(page, 'Save event', 200);
    },
    'event, kept': async page => {
      await page.getByLabel('Days that events are kept').fill('3650');
      await press(page, 'Change…', 200);
    },
    'event, wrong days': answers(`${events}/1/keep?days=none`, 422),
    'event, made by hand': async page => {
      await answers(events)(page);
      await page.getByLabel('Source name').fill('Visited a shop of the northern regions on a long weekend');
      await press(page, 'Add event', 200);
    },
    'event, add': answers(`${person}/events/new`),
    'event, add, refused': async page => {
      await page.getByLabel('Value of property 2').fill(LONG);
      await press(page, 'Add event', 422);
    },
  };
}

/** The team, and one's own account. */
function team(admin, root) {
  const list = `${root}/operators`;
  const fill = async (page, fields) => {
    for (const [label, text] of Object.entries(fields)) await page.getByLabel(label, { exact: true }).fill(text);
  };
  return {
    'team': answers(list),
    'team, invite': page => follow(page, page.getByRole('link', { name: 'Invite somebody' })),
    'team, invite, refused': page => press(page, 'Invite', 422),
    'team, invited': async page => {
      await fill(page, { Name: 'Noor Haddad of the northern regions', Email: 'noor.haddad@northern-regions.example' });
      await page.getByRole('radio', { name: 'Support' }).check();
      await press(page, 'Invite', 200);
    },
    'team, with an invitation': async page => {
      const link = (await page.locator('pre code').textContent()).trim();
      await answers(list)(page);
      admin.link = link;
    },
    'join': page => answers(admin.link)(page),
    'join, refused': page => press(page, 'Join', 422),
    'join, link over': answers('/join/nothing', 404),
    'team, somebody': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Ada Moreau' }));
    },
    'team, somebody disabled': page => press(page, 'Disable', 200),
    'team, somebody enabled': page => press(page, 'Enable', 200),
    'team, remove somebody': page => follow(page, page.getByRole('link', { name: 'Remove from the team…' })),
    'team, oneself': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Rosa Iwata' }));
    },
    'account, refused': async page => {
      await answers('/account')(page);
      await fill(page, { 'Your name': ' ', 'Time zone': 'Mars' });
      await press(page, 'Save', 422);
    },
    'account, password': answers('/account/password'),
    'account, password, refused': page => press(page, 'Change password', 422),
  };
}

async function merging(rosa, person) {
  const list = person.replace(/profiles\/[^/]+$/, 'merges');
  const stale = page => page.locator('form.decide input[name=version]').evaluate(field => { field.value = '0'; });
  return {
    'merges': answers(list),
    'merges, dismissed': async page => {
      await page.getByRole('button', { name: 'Not the same person' }).first().click();
      await page.getByRole('status').waitFor();
      await follow(page, page.getByRole('link', { name: 'Dismissed' }));
      await page.getByRole('button', { name: 'Bring back' }).waitFor();
    },
    'merges, brought back': async page => {
      await page.getByRole('button', { name: 'Bring back' }).first().click();
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

async function priya({ page }) {
  await page.goto('/');
  await page.goto(`${new URL(page.url()).pathname}?q=priya+nair`);
  return plain(await page.getByRole('link', { name: 'Priya Nair' }).getAttribute('href'));
}

/** An address without the list from which it came. */
const plain = address => address.split('?')[0];

/** A page that is there at an address. */
function answers(address, status = 200) {
  return async page => assert.equal((await page.goto(address)).status(), status);
}

/** Sends a form, which answers with a status in the end. */
async function press(page, name, status) {
  const answer = page.waitForResponse(response => response.request().isNavigationRequest() && response.status() !== 303);
  await page.getByRole('button', { name, exact: true }).click();
  assert.equal((await answer).status(), status);
  await page.waitForLoadState();
}

async function follow(page, link) {
  const address = new URL(await link.getAttribute('href'), page.url()).href;
  await link.click();
  await page.waitForURL(address);
}
