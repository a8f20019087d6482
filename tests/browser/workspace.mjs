// Settings, and the audit log.
import { answers, press } from './steps.mjs';

/** Settings, and the log of what was done. */
export function workspace(root) {
  const [settings, audit] = [`${root}/settings`, `${root}/audit`];
  return {
    'settings': answers(settings),
    'settings, name, refused': async page => {
      await answers(`${settings}/name`)(page);
      await page.getByRole('textbox', { name: 'Name' }).fill('');
      await press(page, 'Save', 422);
    },
    'settings, country': answers(`${settings}/country`),
    'settings, matching': answers(`${settings}/matching`),
    'settings, placeholders': answers(`${settings}/placeholders`),
    'settings, events': answers(`${settings}/events`),
    'settings, in plum': async page => {
      await answers(`${settings}/colour`)(page);
      await page.getByRole('radio', { name: 'Plum' }).check();
      await press(page, 'Save', 200);
    },
    'settings, in indigo again': async page => {
      await answers(`${settings}/colour`)(page);
      await page.getByRole('radio', { name: 'Indigo' }).check();
      await press(page, 'Save', 200);
    },
    'audit log': answers(audit),
    'audit log, filtered': answers(`${audit}?about=settings`),
    'audit log, nothing that fits': answers(`${audit}?about=downloads`),
    'audit log, refused': answers(`${audit}?from=2026-11-20&to=2026-11-10`, 422),
  };
}
