// All workspaces, their groups, and the way from one to another.
import { answers, follow, press } from './steps.mjs';

/** The organisation; `root` is the address of a workspace. */
export function organisation(root) {
  return {
    'a workspace, switcher open': async page => {
      await answers(`${root}/profiles`)(page);
      await page.locator('.places summary').click();
    },
    'workspaces': answers('/workspaces'),
    'organisation': answers('/organisation'),
    'organisation, new workspace': page => follow(page, page.getByRole('link', { name: 'Create workspace' })),
    'organisation, new workspace, refused': async page => {
      await page.getByLabel('Short name in links').fill('Not a slug');
      await press(page, 'Create workspace', 422);
    },
    'organisation, new workspace, created': async page => {
      await page.getByLabel('Name', { exact: true }).fill('Larch Wholesale and Everything Else That Is Sold by the Pallet');
      await page.getByLabel('Short name in links').fill('wholesale');
      await press(page, 'Create workspace', 200);
    },
    'organisation, new group': answers('/organisation/groups/new'),
    'organisation, new group, refused': page => press(page, 'Create group', 422),
    'organisation, group, empty': async page => {
      await page.getByLabel('Name', { exact: true }).fill('Business customers');
      await page.getByRole('radio', { name: 'ID' }).check();
      await press(page, 'Create group', 200);
    },
    'organisation, group': page => press(page, 'Add to the group', 200),
    'organisation, group, dissolve': page => follow(page, page.getByRole('link', { name: 'Dissolve group…' })),
    'organisation, with groups': answers('/organisation'),
    'organisation, admins': answers('/organisation/admins'),
    'organisation, admins, refused': async page => {
      await page.getByLabel('Email').fill('nobody@example.com');
      await press(page, 'Make organisation admin', 422);
    },
    'organisation, status': answers('/organisation/status'),
    'organisation, audit log': answers('/organisation/audit'),
  };
}
