// The pages of the team and of one's own account.
import { answers, follow, press } from './steps.mjs';

/** The team, and one's own account. */
export function team(root) {
  let link = '';
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
      link = (await page.locator('pre code').textContent()).trim();
      await answers(list)(page);
    },
    'join': page => answers(link)(page),
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
      await follow(page, page.getByRole('link', { name: 'Rosa Iwata', exact: true }));
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
