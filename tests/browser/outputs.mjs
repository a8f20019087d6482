// The pages of webhooks.
import { LONG, answers, follow, press } from './steps.mjs';

export function webhooks(root) {
  const list = `${root}/webhooks`;
  const name = 'Shop backend of the northern regions, second data centre';
  const open = async page => {
    await answers(list)(page);
    await follow(page, page.getByRole('link', { name }));
  };
  return {
    'webhooks, none': answers(list),
    'webhook, new': answers(`${list}/new`),
    'webhook, new, refused': async page => {
      await page.getByLabel('Address').fill(`http://localhost/${LONG}`);
      for (const box of await page.getByRole('checkbox').all()) await box.uncheck();
      await press(page, 'Create webhook', 422);
    },
    'webhook, nothing sent yet': async page => {
      await answers(`${list}/new`)(page);
      await page.getByLabel('Name').fill(name);
      await page.getByLabel('Address').fill(`https://receiver-of-the-northern-regions.invalid/${'hooks'.repeat(30)}`);
      await press(page, 'Create webhook', 200);
    },
    // There is no such receiver, so the log has attempts.
    'webhook': async page => {
      await press(page, 'Send a test', 200);
      await open(page);
      await page.waitForTimeout(4_000);
      await open(page);
    },
    'webhook, an answer': page => page.locator('main summary:not([aria-label])').first().click(),
    'webhook, given up, none': answers(`${list}?state=failed`),
    'webhook, edit': async page => {
      await open(page);
      await follow(page, page.getByRole('link', { name: 'Edit', exact: true }));
    },
    'webhook, secret': async page => {
      await open(page);
      await press(page, 'Show secret', 200);
    },
    'webhook, secret replaced': async page => {
      await open(page);
      await press(page, 'Replace secret', 200);
    },
    'webhook, off': page => press(page, 'Turn off', 200),
    'webhooks': answers(list),
    'webhook, delete': async page => {
      await open(page);
      await follow(page, page.getByRole('link', { name: 'Delete…' }));
    },
    'webhooks, one deleted': page => press(page, 'Delete webhook', 200),
  };
}
