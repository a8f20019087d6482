// The pages of imports: a file is brought, looked at, tried, imported and undone.
import { answers, follow, press } from './steps.mjs';

const FILE = {
  name: 'Kunden und Interessenten 2026, Stand vom Montag.csv',
  mimeType: 'text/csv',
  buffer: Buffer.from([
    'Kundennummer;E-Mail;Vorname;Lieblingsfarbe;Telefon;Newsletter;Zuletzt da',
    ...Array.from({ length: 30 }, (_, n) => `browser-${n};browser${n}@example.com;Ann ${n};blau;+4915112349${String(n).padStart(3, '0')};${n % 3 ? 'yes' : 'no'};03/04/2026`),
    ';;Niemand;;;;',
  ].join('\n')),
};

/** Imports of the workspace at `root`. */
export function imports(root) {
  const list = `${root}/imports`;
  const bring = async (page, file) => {
    await answers(list)(page);
    await page.getByLabel(/^People as/).setInputFiles(file);
  };
  // While it goes on, its page loads itself again.
  const done = (page, text) => page.getByText(text).first().waitFor({ timeout: 15_000 });
  return {
    'imports, nothing chosen': async page => {
      await answers(list)(page);
      await press(page, 'Upload', 422);
    },
    'import, no table': async page => {
      await bring(page, { name: 'list.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.7') });
      await press(page, 'Upload', 422);
    },
    'import, looked at': async page => {
      await bring(page, FILE);
      await press(page, 'Upload', 200);
    },
    'import, refused': async page => {
      await page.getByLabel('Time zone').fill('Mars/Olympus');
      await press(page, 'Only look again', 422);
    },
    'import, tried': async page => {
      await page.getByLabel('Time zone').fill('Europe/Zurich');
      await page.getByLabel('Kundennummer means').fill('id');
      await page.getByLabel('Newsletter means').fill('email_opt_in');
      await press(page, 'Try it: a dry run', 200);
      await done(page, 'what the import would do');
    },
    'import, receipt': async page => {
      await press(page, 'Import now', 200);
      await done(page, 'Result');
    },
    'import, undo': page => follow(page, page.getByRole('link', { name: 'Undo…' })),
    'imports': answers(list),
    'import, about to go': async page => {
      await bring(page, { ...FILE, name: 'no.csv', buffer: Buffer.from('color,size\nred,9\n') });
      await press(page, 'Upload', 200);
    },
    'import, remove': page => follow(page, page.getByRole('link', { name: 'Remove…' })),
    'imports, one removed': page => press(page, 'Remove file', 200),
    'imports, test environment': answers(`${root.replace(/\/live$/, '/test')}/imports`),
  };
}
