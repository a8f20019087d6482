// What people do with the console, with script switched off in their browser: Ada of support with the mouse, then with the keyboard
// alone; Rosa, who is quicker with a note; Kojo, who may only read.
import assert from 'node:assert/strict';
import { Visitor } from './browser.mjs';
import { none } from './report.mjs';

const NOTE = 'Call **back** on Monday:\n\n- about the *order*\n- <script>document.title = "taken"</script><img src=x onerror=alert(1)>';

export async function journeys(browser, origin, report) {
  const arrive = () => Visitor.arrive(browser, origin, { javaScriptEnabled: false });
  const [ada, rosa, kojo, keys] = await Promise.all([arrive(), arrive(), arrive(), arrive()]);
  await mouse(ada, report);
  await conflict(ada, rosa, report);
  await theirs(ada, rosa, report);
  await signedOut(ada, report);
  await reader(ada, kojo, report);
  await leave(ada, report);
  await keyboard(keys, report);
  await report.check('the browsers complained of nothing', () =>
    none([ada, rosa, kojo, keys].flatMap(visitor => visitor.faults)));
  await Promise.all([ada, rosa, kojo, keys].map(visitor => visitor.context.close()));
}

/** With the mouse, all that support does. */
async function mouse(ada, report) {
  const { page } = ada;
  const link = name => page.getByRole('link', { name, exact: true });
  const button = name => page.getByRole('button', { name, exact: true });
  const note = page.locator('article', { hasText: 'on Monday' });

  await report.check('the front door leads to the sign-in page', async () => {
    await page.goto('/');
    at(page, '/sign-in');
  });
  await report.check('a wrong password is refused, and the form comes back as it was typed', async () => {
    await page.getByLabel('Email').fill('nobody@example.com');
    await page.getByLabel('Password').fill('not the password');
    await button('Sign in').click();
    await page.getByRole('alert').getByText('No account has this email and password').waitFor();
    assert.equal(await page.getByLabel('Email').inputValue(), 'nobody@example.com');
  });
  await report.check('one click comes in as the support operator', async () => {
    await ada.comeInAs('support');
    await page.getByRole('heading', { name: 'Profiles', level: 1 }).waitFor();
  });
  await report.check('the list is sorted by the heading that is clicked', async () => {
    await link('Name').click();
    assert.equal(await page.locator('th[aria-sort]').getAttribute('aria-sort'), 'ascending');
  });
  await report.check('a search finds the person, and the address says what was searched', async () => {
    await page.getByRole('searchbox').fill('Priya');
    await button('Search').click();
    assert.equal(new URL(page.url()).searchParams.get('q'), 'Priya');
    await link('Priya Nair').click();
    await page.getByRole('heading', { name: 'Priya Nair', level: 1 }).waitFor();
    await page.getByText('c-100482').first().waitFor();
  });
  await report.check('the activity tab shows the last month', async () => {
    await tab(page, 'Activity');
    await page.locator('.timeline summary').first().waitFor();
  });
  await report.check('a period and an event can be chosen', async () => {
    await page.getByText('Last 30 days', { exact: true }).first().click();
    await page.getByRole('navigation', { name: 'Period' }).getByRole('link', { name: 'All time' }).click();
    await page.getByText('Choose events').click();
    // One that this person has: others are offered too.
    const told = await page.locator('.timeline summary strong').allTextContents();
    const boxes = await page.locator('input[name=event]').all();
    const offered = await Promise.all(boxes.map((one) => one.getAttribute('value')));
    const event = offered.find((name) => told.includes(name));
    const box = page.locator(`input[name=event][value="${event}"]`);
    await box.check();
    await button('Filter').first().click();
    const shown = new Set(await page.locator('.timeline summary strong').allTextContents());
    assert.deepEqual([...shown], [event]);
    assert.equal(await page.locator('input[name=event]:checked').getAttribute('value'), event);
    assert.equal(await page.locator('[aria-label=Period] [aria-current]').textContent(), 'All time');
  });
  await report.check('an event opens to its details', async () => {
    const first = page.locator('.timeline details').first();
    assert.equal(await first.getByText('Received', { exact: true }).isVisible(), false);
    await first.locator('summary').click();
    assert.equal(await first.getByText('Received', { exact: true }).isVisible(), true);
  });
  await report.check('a day without events says so and leads to all time', async () => {
    await page.goto(`${new URL(page.url()).pathname}?from=2001-01-01&to=2001-01-02`);
    await page.getByRole('heading', { name: 'Nothing in this period' }).waitFor();
    await link('Show all time').click();
    await page.locator('.timeline summary').first().waitFor();
  });
  await report.check('a note with nothing in it comes back with the reason', async () => {
    await tab(page, 'Notes');
    await button('Add note').click();
    await page.getByRole('alert').getByText('Enter a note.').waitFor();
    assert.equal(await text(page).getAttribute('aria-invalid'), 'true');
  });
  await report.check('a note is added, with its Markdown shown and its markup harmless', async () => {
    await text(page).fill(NOTE);
    await button('Add note').click();
    await said(page, 'Note added.');
    assert.equal(await note.locator('.prose strong').textContent(), 'back');
    assert.equal(await note.locator('.prose li').count(), 2);
    assert.equal(await note.locator('.prose :is(script, img)').count(), 0);
    assert.match(await note.textContent(), /<script>/);
  });
  await report.check('a note is edited', async () => {
    await note.getByRole('link', { name: 'Edit' }).click();
    await text(page).fill('Call back on Monday, after ten.');
    await button('Save note').click();
    await said(page, 'Note saved.');
    await note.getByText('after ten').waitFor();
  });
  await report.check('its history has both texts', async () => {
    await note.getByRole('link', { name: /^edited by/ }).click();
    assert.deepEqual(await page.locator('article h2').allTextContents(), ['Current text', 'Version 1']);
    await link('Back to notes').click();
  });
  await report.check('a note is pinned to the top', async () => {
    await note.getByRole('button', { name: 'Pin' }).click();
    await said(page, 'Note pinned.');
    await page.locator('article').first().getByText('Pinned').waitFor();
    await note.getByRole('button', { name: 'Unpin' }).waitFor();
  });
  await report.check('a note is deleted, after a question', async () => {
    await note.getByRole('link', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: /^Delete this note/ }).waitFor();
    await button('Delete note').click();
    await said(page, 'Note deleted.');
    assert.equal(await note.count(), 0);
  });
  await report.check('a message shows once', async () => {
    await page.reload();
    assert.equal(await page.getByRole('status').count(), 0);
  });
}

async function conflict(ada, rosa, report) {
  const { page } = ada;
  await report.check('who is second to save a note sees both texts, and nothing is lost', async () => {
    await text(page).fill('Written by Ada.');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.locator('article', { hasText: 'Written by Ada.' }).getByRole('link', { name: 'Edit' }).click();
    await rosa.comeInAs('admin');
    await rosa.page.goto(page.url());
    await text(rosa.page).fill('Changed by Rosa.');
    await rosa.page.getByRole('button', { name: 'Save note' }).click();
    await said(rosa.page, 'Note saved.');
    await text(page).fill('Changed by Ada.');
    await page.getByRole('button', { name: 'Save note' }).click();
    await page.getByRole('alert').getByText(/changed this note while you were editing/).waitFor();
    await page.locator('.prose', { hasText: 'Changed by Rosa.' }).waitFor();
    assert.equal((await text(page).inputValue()).trim(), 'Changed by Ada.');
  });
  await report.check('they can save theirs knowingly', async () => {
    await page.getByRole('button', { name: 'Save mine' }).click();
    await said(page, 'Note saved.');
    await page.locator('article', { hasText: 'Changed by Ada.' }).waitFor();
  });
}

async function theirs(ada, rosa, report) {
  const { page } = ada;
  const person = new URL(page.url()).pathname.replace('/notes', '');
  const city = on => on.getByLabel('City');
  await report.check('who is second to save a field is shown who was first, at the field', async () => {
    await page.goto(`${person}/edit?section=personal`);
    await rosa.page.goto(page.url());
    await city(rosa.page).fill('Lyon');
    await rosa.page.getByRole('button', { name: 'Save', exact: true }).click();
    await said(rosa.page, 'City saved.');
    await city(page).fill('Nice');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    assert.equal(await city(page).getAttribute('aria-invalid'), 'true');
    await page.locator('.contested').getByText(/Rosa .* changed it.*“Lyon”/).waitFor();
    assert.equal(await city(page).inputValue(), 'Nice');
  });
  await report.check('the address of a form that was not saved can be reloaded', async () => {
    await page.goto(page.url());
    assert.equal(await city(page).inputValue(), 'Lyon');
  });
  await report.check('a click takes theirs, and Enter never does', async () => {
    await page.goto(`${person}/edit?section=personal`);
    await rosa.page.goto(page.url());
    await city(rosa.page).fill('Marseille');
    await rosa.page.getByRole('button', { name: 'Save', exact: true }).click();
    await said(rosa.page, 'City saved.');
    await city(page).fill('Nice');
    await city(page).press('Enter');
    await page.getByRole('button', { name: /^Use theirs/ }).click();
    assert.equal(await city(page).inputValue(), 'Marseille');
    assert.equal(await page.locator('[aria-invalid=true]').count(), 0);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await said(page, 'Nothing changed.');
  });
  await page.goto(`${person}/notes`);
}

/** The session ends in another tab while a note is being written. */
async function signedOut(ada, report) {
  const { page, context } = ada;
  const notes = new URL(page.url()).pathname;
  const offer = page.locator('form.offer', { hasText: /support:/i }).getByRole('button');
  await report.check('what is written when the session ends waits behind the sign-in', async () => {
    await text(page).fill('Written while the session ended.\nNothing of it is lost.');
    await context.clearCookies();
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByRole('status').getByText('You were signed out').waitFor();
    await offer.click();
    at(page, notes);
    await page.getByRole('status').getByText('Not saved yet').waitFor();
    assert.equal(await text(page).inputValue(), 'Written while the session ended.\nNothing of it is lost.');
    assert.equal(await page.locator('article', { hasText: 'while the session ended' }).count(), 0);
  });
  await report.check('and is saved by the person, once', async () => {
    await page.getByRole('button', { name: 'Add note' }).click();
    await said(page, 'Note added.');
    assert.equal(await page.locator('article', { hasText: 'while the session ended' }).count(), 1);
  });
}

async function reader(ada, kojo, report) {
  const { page } = kojo;
  const notes = new URL(ada.page.url()).pathname;
  const edit = await ada.page.locator('article').getByRole('link', { name: 'Edit' }).first().getAttribute('href');
  await report.check('a marketer reads notes and is offered no change', async () => {
    await kojo.comeInAs('marketer');
    await page.goto(notes);
    assert.ok(await page.locator('article').count() > 0);
    assert.equal(await page.locator('main').locator('form, a[href$="/edit"], a[href$="/delete"]').count(), 0);
  });
  await report.check('a marketer who tries is told which permission is missing', async () => {
    assert.equal((await page.goto(edit)).status(), 403);
    await page.getByText('permission to write notes').waitFor();
  });
}

async function leave(ada, report) {
  const { page } = ada;
  const here = new URL(page.url()).pathname;
  await report.check('who signs out is out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    at(page, '/sign-in');
    await page.goto(here);
    at(page, '/sign-in');
  });
  await report.check('who comes back lands where they wanted to go', async () => {
    await ada.comeInAs('support');
    at(page, here);
  });
}

async function keyboard(keys, report) {
  const { page } = keys;
  const press = key => page.keyboard.press(key);
  await report.check('keyboard: Enter signs in', async () => {
    await page.goto('/sign-in');
    const offer = page.locator('form.offer', { hasText: /support:/i });
    const given = name => offer.locator(`[name=${name}]`).inputValue();
    const [email, password] = [await given('email'), await given('password')];
    await tabTo(page, '#email');
    await page.keyboard.type(email);
    await press('Tab');
    await page.keyboard.type(password);
    await press('Enter');
    await page.getByRole('heading', { name: 'Profiles', level: 1 }).waitFor();
  });
  await report.check('keyboard: search, and open a person', async () => {
    // The search box has the focus on arrival.
    await page.keyboard.type('Priya');
    await press('Enter');
    await page.waitForURL(/q=Priya/);
    await tabTo(page, 'tbody a:text-is("Priya Nair")');
    await press('Enter');
    await page.getByRole('heading', { name: 'Priya Nair', level: 1 }).waitFor();
  });
  await report.check('keyboard: the first stop skips to the content', async () => {
    await press('Tab');
    assert.equal(await focused(page), 'Skip to content');
    assert.ok((await page.locator(':focus').boundingBox()).x >= 0);
    await press('Enter');
    await press('Tab');
    assert.equal(await page.locator('main :focus').count(), 1);
  });
  await report.check('keyboard: open a tab and an event', async () => {
    await tabTo(page, '.tabs a:text("Activity")');
    await press('Enter');
    await page.waitForURL(/activity/);
    await tabTo(page, '.timeline summary');
    await press('Enter');
    assert.equal(await page.locator('.timeline details').first().getByText(/^(Received|Recorded)$/).isVisible(), true);
  });
  await report.check('keyboard: write a note', async () => {
    await tabTo(page, '.tabs a:text("Notes")');
    await press('Enter');
    await page.waitForURL(/notes/);
    await tabTo(page, 'textarea');
    await page.keyboard.type('Typed without a mouse.');
    await press('Tab');
    await press('Enter');
    await said(page, 'Note added.');
  });
  await report.check('keyboard: on a narrow screen the menu opens, and Escape closes it', async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    const signOut = page.getByRole('button', { name: 'Sign out' });
    assert.equal(await signOut.isVisible(), false);
    await tabTo(page, '.menu-button');
    await press('Enter');
    assert.equal(await signOut.isVisible(), true);
    await press('Escape');
    assert.equal(await signOut.isVisible(), false);
  });
}

const text = page => page.getByRole('textbox', { name: /^(New note|Note)$/ });
const at = (page, path) => assert.equal(new URL(page.url()).pathname, path);
const said = (page, text) => page.getByRole('status').getByText(text).waitFor();
const tab = (page, name) => page.getByRole('navigation', { name: 'Profile' }).getByRole('link', { name }).click();
const focused = page => page.locator(':focus').textContent();

/** Presses Tab until the first element of the selector has the focus. */
async function tabTo(page, selector) {
  const wanted = await page.locator(selector).first().elementHandle();
  for (let stops = 0; stops < 100; stops += 1) {
    if (await wanted.evaluate(element => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${selector}`);
}
