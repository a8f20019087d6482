// What people decide by their links, and what they ask an admin for.
import { answers, follow, press } from './steps.mjs';

/** The links of a person, the pages behind them, and requests about data. */
export function preferences(root, profile) {
  let link = '';
  const german = () => `${link}?lang=de`;
  return {
    'data requests, none': answers(`${root}/requests`),
    'links of a person': async page => {
      await answers(`${profile}/subscriptions`)(page);
      await press(page, 'Show link to their preference page', 200);
    },
    'preferences': async page => {
      link = new URL((await page.locator('pre code').first().textContent()).trim()).pathname;
      await answers(link)(page);
    },
    'preferences, in German': page => answers(german())(page),
    'preferences, saved': async page => {
      await page.getByRole('checkbox').first().setChecked(false);
      await press(page, 'Speichern', 200);
    },
    'preferences, unsubscribe from one': page => answers(`${link}/unsubscribe`)(page),
    'preferences, unsubscribed': page => press(page, 'Unsubscribe', 200),
    'preferences, stopped': page => answers(link)(page),
    'preferences, taken up again': page => press(page, 'Receive messages again', 200),
    'preferences, copy asked for': page => press(page, 'Ask for a copy', 200),
    'preferences, forget': page => follow(page, page.getByRole('link', { name: 'Have everything deleted…' })),
    'preferences, asked to forget': page => press(page, 'Ask to delete everything', 200),
    'preferences, link over': page => answers('/preferences/nothing', 404)(page),
    'data requests': answers(`${root}/requests`),
  };
}
