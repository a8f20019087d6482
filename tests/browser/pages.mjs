// Every page of the console, each looked at as it is served.
import { Visitor } from './browser.mjs';
import { attributes, catalogues, merging, senders } from './catalogues.mjs';
import { imports } from './imports.mjs';
import { messages } from './messages.mjs';
import { look } from './look.mjs';
import { pool } from './pool.mjs';
import { webhooks } from './outputs.mjs';
import { screenViews } from './screen_views.mjs';
import { segments } from './segments.mjs';
import { organisation } from './organisation.mjs';
import { none } from './report.mjs';
import { LONG, answers, follow, plain, press } from './steps.mjs';
import { preferences } from './preferences.mjs';
import { team } from './team.mjs';
import { workspace } from './workspace.mjs';

const MARKDOWN = `# Heading\n\n1. \`code\`, [a link](https://example.com/)\n2. ~~no~~\n\n> said\n\n\`\`\`\n${LONG}\n\`\`\``;

const FILTER = 'plan:pro age:10..20 created:2026-01-01..2026-01-31 email:subscribed,pending email.address:blocked'
  + ' (tag:vip OR did:"Order Completed"{total>50 currency:USD}>=3 in:90d NOT (can:email sum:"Order Completed".total>1000)) priya';

/** All pages, several lists side by side. What changes the same things is in one list, or in another round. */
export async function pages(browser, demo, empty, report, shots) {
  const arrive = async (origin, role) => {
    const visitor = await Visitor.arrive(browser, origin, { reducedMotion: 'reduce' });
    if (role) await visitor.comeInAs(role);
    return visitor;
  };
  const [, setupLink] = await empty.says(/(http\S+\/setup\/\S+)/);
  const scout = await arrive(demo.origin, 'support');
  const person = await priya(scout);
  const unknown = await hardlyKnown(scout, person);
  await scout.context.close();
  const root = person.split('/profiles/')[0];
  const as = (role, list) => async () => show(await arrive(demo.origin, role), list);

  await pool([
    as('support', corrections(person, unknown)),
    as('support', notes(person, unknown)),
    as('admin', catalogues(person)),
    as('support', lists(person)),
    as('support', activity(person)),
    as('admin', senders(root, demo.origin)),
    as('admin', attributes(root)),
    as('admin', workspace(root)),
    as('admin', webhooks(root)),
    as('admin', segments(root, person)),
    as('marketer', screenViews(root, person)),
    as(null, doors),
    as('marketer', { 'not allowed': answers(`${person}/notes/00000000-0000-0000-0000-000000000000/edit`, 403) }),
    async () => show(await arrive(empty.origin), setup(setupLink)),
  ]);
  // The team ends the sessions of support.
  await pool([as('admin', merging(person)), as('admin', team(root)), as('admin', preferences(root, person)),
    as('admin', organisation(root)), as('admin', imports(root)),
    as('admin', messages(root, person))]);

  /** Opens each page, and looks at it. */
  async function show(visitor, list) {
    for (const [name, open] of Object.entries(list)) {
      await visitor.page.setViewportSize({ width: 1440, height: 900 });
      if (await report.check(`${name}: opens`, () => open(visitor.page))) await look(visitor, name, report, shots);
    }
    await report.check(`${Object.keys(list)[0]} and so on: the browser complained of nothing`, () => none(visitor.faults));
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
  'first admin, refused': page => press(page, 'Create admin', 422),
  'an empty workspace': async page => {
    const fields = { Workspace: 'Acme', 'Your name': 'Ada', Email: 'ada@example.com', Password: 'green lantern by the harbour' };
    for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text);
    await press(page, 'Create admin', 200);
    await page.getByRole('heading', { name: 'No profiles yet' }).waitFor();
  },
});

/** Somebody of whom hardly anything is known: no name, no address, no notes. */
async function hardlyKnown({ page }, person) {
  await page.goto(`${person.replace(/\/[^/]+$/, '')}?sort=name`);
  const row = page.locator('tbody tr', { has: page.locator('.contact .dash') }).first();
  return plain(await row.getByRole('link').first().getAttribute('href'));
}

function lists(person) {
  const list = person.replace(/\/[^/]+$/, '');
  const test = list.replace('/live/', '/test/');
  return {
    'profiles': answers(list),
    'profiles, second page': page => follow(page, page.getByRole('link', { name: /^(Next|Older)/ })),
    'profiles, found': answers(`${list}?q=priya&sort=name`),
    'profiles, nobody found': answers(`${list}?q=nobody+of+that+name`),
    'profiles, filtered': answers(`${list}?q=${encodeURIComponent('plan:pro,team -tag:vip (seen<90d OR did:"Order Completed">=2)')}`),
    'profiles, no filter': answers(`${list}?q=tag:vip+plann:pro`, 422),
    'build a filter': page => follow(page, page.getByRole('link', { name: 'build a filter', exact: true })),
    'build a filter, all kinds': answers(`${list}/filter?q=${encodeURIComponent(FILTER)}`),
    'build a filter, refused': async page => {
      await page.locator('[id="r0.value"]').fill('');
      await press(page, 'Show people', 422);
    },
    'profiles, test environment': answers(test),
    'person, test environment': page => follow(page, page.locator('tbody').getByRole('link').first()),
    'several people': answers(`${list}/bulk?all=yes&q=priya`),
    'several people, send a message': answers(`${list}/bulk?do=send&all=yes&q=priya`),
    'several people, nobody ticked': answers(`${list}/bulk`),
    'several people, set an attribute': answers(`${list}/bulk?do=set&all=yes&q=priya`),
    'several people, refused': async page => {
      await answers(`${list}/bulk?do=tag&all=yes&q=priya`)(page);
      await press(page, 'Check who changes', 422);
    },
    'several people, question': async page => {
      await page.getByLabel('Tag').fill('looked-at');
      await press(page, 'Check who changes', 200);
    },
    'several people, done': page => press(page, 'Change now', 200),
    'export': answers(`${list}/export?q=priya`),
    'menu': async page => {
      await page.setViewportSize({ width: 320, height: 640 });
      await answers(list)(page);
      await page.getByRole('button', { name: 'Menu' }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    },
    'account': answers('/account'),
    'account, refused': async page => {
      await answers('/account')(page);
      await page.getByLabel('Time zone').fill('Mars/Olympus');
      await press(page, 'Save', 422);
    },
    'help': answers(list.replace(/profiles$/, 'help')),
    'nothing there': answers(`${list}/nowhere`, 404),
    'nothing there, nowhere': answers('/nowhere/at/all', 404),
    'in the other environment': answers(person.replace('/live/', '/test/'), 404),
  };
}

/** A person, what is corrected by hand, and how that is undone. */
function corrections(person, unknown) {
  const list = person.replace(/\/[^/]+$/, '');
  return {
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
      await press(page, 'Save mine', 200);
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
    'history': answers(`${person}/history`),
    'history, nothing that fits': answers(`${person}/history?kind=erased`),
    'history, one call': async page => {
      await answers(`${person}/history`)(page);
      await follow(page, page.getByRole('link', { name: /^All changes of this/ }).first());
    },
    'history, undo all of it': page => follow(page, page.getByRole('link', { name: /^Undo all changes of this/ })),
    'history, undo': async page => {
      await answers(`${person}/history?kind=attribute`)(page);
      await follow(page, page.getByRole('link', { name: /^Undo of/ }).first());
    },
    'history, undone': async page => {
      await press(page, 'Undo change', 200);
      await page.getByRole('status').waitFor();
    },
  };
}

function activity(person) {
  return {
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
  };
}

function notes(person, unknown) {
  const notes = `${person}/notes`;
  const first = page => page.locator('article').first();
  return {
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
  };
}

async function priya({ page }) {
  await page.goto('/');
  await page.goto(`${new URL(page.url()).pathname}?q=priya+nair`);
  return plain(await page.getByRole('link', { name: 'Priya Nair' }).getAttribute('href'));
}
