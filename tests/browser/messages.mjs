// Messages: sending accounts, templates, a message to one person, and the logs.
import { answers, press } from './steps.mjs';

export const messages = (root, person) => ({
  'sending accounts': answers(`${root}/sending`),
  'sending account': async page => { await page.getByRole('link', { name: 'Shop mail' }).click(); },
  'sending account, tested': async page => {
    await page.locator('#to').fill('tester@example.com');
    await press(page, 'Send a test', 200);
  },
  'what a provider tells': async page => {
    await page.goto(`${root}/sending`);
    await page.getByRole('link', { name: 'Shop mail' }).click();
    await page.getByRole('link', { name: 'Set up' }).click();
    await page.getByText('None. What the provider tells').waitFor();
  },
  'what a provider tells, refused': async page => {
    await page.locator('#format').selectOption('mailgun');
    await press(page, 'Save', 422);
  },
  'new sending account': answers(`${root}/sending/new`),
  'new mail server': answers(`${root}/sending/new?channel=email&provider=smtp`),
  'new mail server, refused': page => press(page, 'Create sending account', 422),
  'new gateway': answers(`${root}/sending/new?channel=sms&provider=gateway`),
  'new chat': answers(`${root}/sending/new?channel=slack&provider=chat`),
  'templates': answers(`${root}/templates`),
  'template': async page => { await page.getByRole('link', { name: 'Weekly letter' }).click(); },
  'template, edited': async page => { await page.getByRole('link', { name: 'Edit' }).first().click(); },
  'new template': answers(`${root}/templates/new`),
  'messages of a person, none': answers(`${person}/messages`),
  'message, what to send': answers(`${person}/messages/new`),
  'message, own words': answers(`${person}/messages/new?channel=email`),
  'message, refused': page => press(page, 'Send message', 422),
  'message, previewed': async page => {
    await page.getByLabel('Subject').fill('About your order');
    await page.getByLabel('Text', { exact: true }).fill('Hello {{ user.first_name }},\nit leaves us tomorrow.');
    await press(page, 'Preview', 200);
    await page.getByText('it leaves us tomorrow').first().waitFor();
  },
  'message, sent': async page => {
    await page.getByRole('button', { name: 'Send message' }).click();
    await page.getByText('Message on its way.').waitFor();
    await page.getByText('Kept here.').waitFor();
    // Not as it loaded itself again.
    await answers(page.url())(page);
  },
  'messages of a person': answers(`${person}/messages`),
  'messages of the workspace': answers(`${root}/messages`),
  'messages, none found': answers(`${root}/messages?status=uncertain`),
});
