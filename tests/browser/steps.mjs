// What one does on a page.
import assert from 'node:assert/strict';

export const LONG = 'a long line '.repeat(20);

/** An address without the list from which it came. */
export const plain = address => address.split('?')[0];

/** A page that is there at an address. */
export function answers(address, status = 200) {
  return async page => assert.equal((await page.goto(address)).status(), status);
}

/** Sends a form, which answers with a status in the end. */
export async function press(page, name, status) {
  const answer = page.waitForResponse(response => response.request().isNavigationRequest() && response.status() !== 303);
  await page.getByRole('button', { name, exact: true }).click();
  assert.equal((await answer).status(), status);
  await page.waitForLoadState();
}

export async function follow(page, link) {
  const address = new URL(await link.getAttribute('href'), page.url()).href;
  await link.click();
  await page.waitForURL(address);
}
