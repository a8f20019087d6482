// Settings, topics, the columns and views of the list, and the audit log.
import { answers, follow, press } from './steps.mjs';

/** Settings, what is decided about messages, and the log of what was done. */
export function workspace(root) {
  const [settings, audit, topics, list, views] = ['settings', 'audit', 'topics', 'profiles', 'views'].map(part => `${root}/${part}`);
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
    'suppressions': answers(`${root}/suppressions`),
    'suppressions, add': answers(`${root}/suppressions/new`),
    'suppressions, add, refused': async page => {
      await page.getByRole('textbox', { name: 'Emails and phone numbers' }).fill('nobody');
      await press(page, 'Add addresses', 422);
    },
    'topics': answers(topics),
    'topics, section': async page => {
      await answers(`${topics}/sections/new`)(page);
      await page.getByLabel('Name').fill('Browser');
      await press(page, 'Create section', 200);
    },
    'topics, refused': async page => {
      await answers(`${topics}/new`)(page);
      await press(page, 'Create topic', 422);
    },
    'topic, one more': async page => {
      await answers(`${topics}/new?key=browser&section=1`)(page);
      await press(page, 'Create topic', 200);
    },
    'topic, edit': async page => {
      await follow(page, page.getByRole('link', { name: 'Edit topic' }));
    },
    'purposes': answers(`${topics}/purposes`),
    'purposes, refused': async page => {
      await answers(`${topics}/purposes/new`)(page);
      await press(page, 'Define purpose', 422);
    },
    'purpose, one more': async page => {
      await answers(`${topics}/purposes/new?key=gdpr.browser`)(page);
      await page.getByLabel('Name').fill('Browser');
      await press(page, 'Define purpose', 200);
    },
    'channels': answers(`${topics}/channels`),
    'channels, email': answers(`${topics}/channels/email`),
    'channels, WhatsApp': answers(`${topics}/channels/whatsapp`),
    'columns': answers(`${list}/columns`),
    'columns, many': answers(`${list}/columns?columns=contact,tags,created,seen,updated,first-seen,source,reachable,identifiers,last-event,email.address,sms.address`),
    'list, chosen columns': answers(`${list}?columns=reachable,contact,email.subscription,last-event,updated&density=dense&sort=name`),
    'list, many columns': answers(`${list}?columns=contact,tags,plan,created,seen,updated,source,reachable,identifiers,last-event`),
    'views, none': answers(views),
    'view, refused': async page => {
      await answers(`${views}/new?q=tag%3Avip`)(page);
      await press(page, 'Save view', 422);
    },
    'view, saved': async page => {
      await answers(`${views}/new?q=tag%3Avip&sort=name`)(page);
      await page.getByLabel('Name').fill('Best customers');
      await page.getByLabel('Everybody in the workspace').check();
      await press(page, 'Save view', 200);
    },
    'view, changed': async page => {
      await page.getByRole('searchbox').fill('tag:vip ann');
      await press(page, 'Search', 200);
    },
    'views': answers(views),
    'view': async page => {
      await follow(page, page.getByRole('link', { name: 'Edit Best customers' }));
    },
    'view, delete': async page => {
      await follow(page, page.getByRole('link', { name: 'Delete…' }));
    },
    'audit log': answers(audit),
    'audit log, filtered': answers(`${audit}?about=settings`),
    'audit log, nothing that fits': answers(`${audit}?about=downloads`),
    'audit log, refused': answers(`${audit}?from=2026-11-20&to=2026-11-10`, 422),
  };
}
