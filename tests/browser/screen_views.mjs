// The pages of screen views.
import { LONG, answers, follow, press } from './steps.mjs';

/** Screen views, and what one person is shown of them. */
export function screenViews(root, person) {
  const list = `${root}/screen-views`;
  return {
    'screen views': answers(list),
    'screen views, none': answers(list.replace('/live/', '/test/')),
    'screen view, new': answers(`${list}/new`),
    'screen view, refused': async page => {
      await page.getByLabel('Name').fill(LONG.slice(0, 100));
      await page.getByLabel('Content').fill('{"title": "{% if user.plan %}"}');
      await page.getByLabel('Priority').fill('1001');
      await press(page, 'Save screen view', 422);
    },
    'screen view, saved': async page => {
      await page.getByLabel('Content').fill(`{"title": "Hi {{ user.first_name }}", "text": "${LONG}"}`);
      await page.getByLabel('Audience').fill('-tag:nobody-has-this');
      await page.getByLabel('Priority').fill('1000');
      await press(page, 'Save screen view', 200);
    },
    'screen view, edit': page => follow(page, page.getByRole('link', { name: 'Edit', exact: true })),
    'person, screen views': async page => {
      await answers(`${person}/segments`)(page);
      await follow(page, page.getByRole('link', { name: 'What sites and apps show them' }));
      for (const summary of await page.locator('main details summary').all()) await summary.click();
    },
    'screen view, archive': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: LONG.slice(0, 100) }));
      await follow(page, page.getByRole('link', { name: 'Archive', exact: true }));
    },
    'screen view, archived': async page => {
      await press(page, 'Archive screen view', 200);
      await follow(page, page.getByRole('link', { name: LONG.slice(0, 100) }));
    },
  };
}
