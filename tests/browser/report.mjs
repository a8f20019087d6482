// One line for each check, and the count at the end.
export class Report {
  passed = 0;
  failed = 0;

  /** Runs a check; it fails by throwing. Whether it passed. */
  async check(name, body) {
    try {
      await body();
      this.passed += 1;
      console.log(`ok    ${name}`);
      return true;
    } catch (error) {
      this.failed += 1;
      console.log(`FAIL  ${name}\n${indent(error.message ?? String(error))}`);
      return false;
    }
  }
}

const SHOWN = 12;

/** Fails with what was found, if anything was. */
export function none(findings) {
  if (findings.length === 0) return;
  const more = findings.length > SHOWN ? [`and ${findings.length - SHOWN} more`] : [];
  throw new Error([...findings.slice(0, SHOWN), ...more].join('\n'));
}

// Playwright colours its messages.
const indent = text => text.trim().replaceAll(/\x1b\[\d+m/g, '').split('\n').map(line => `        ${line}`).join('\n');
