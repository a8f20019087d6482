// The pages of segments.
import { LONG, answers, follow, press } from './steps.mjs';

/** Segments, and why somebody is in them. */
export function segments(root, person) {
  const list = `${root}/segments`;
  // While a segment is counted its page loads itself again.
  const counted = page => page.getByText('This page updates every two seconds').waitFor({ state: 'hidden' });
  const make = async (page, name, definition) => {
    await answers(`${list}/new`)(page);
    await page.getByLabel('Name').fill(name);
    await page.getByLabel('Profiles that match').fill(definition);
    await press(page, 'Check and save', 200);
    await press(page, 'Save segment', 200);
    await counted(page);
  };
  return {
    'segments, new': answers(`${list}/new`),
    'segments, chosen people': answers(`${list}/new?kind=chosen`),
    'segments, kept by a system': answers(`${list}/new?kind=kept`),
    'segment, kept': async page => {
      await page.getByLabel('Name').fill('What the model says');
      await press(page, 'Save segment', 200);
    },
    'segment, refused': async page => {
      await answers(`${list}/new`)(page);
      await page.getByLabel('Name').fill(LONG.slice(0, 100));
      await page.getByLabel('Profiles that match').fill('plam:pro');
      await press(page, 'Check and save', 422);
    },
    'segment, tried': async page => {
      await answers(`${list}/new?q=${encodeURIComponent('plan:pro')}`)(page);
      await page.getByLabel('Name').fill('Pro plan');
      await page.getByLabel('Folder').fill('Money');
      await page.getByLabel('Tags').fill('weekly, core');
      await press(page, 'Check and save', 200);
    },
    'segment, saved': async page => {
      await press(page, 'Save segment', 200);
      await counted(page);
    },
    'segment, another': page => make(page, 'Everybody but pro', '-segment:"Pro plan"'),
    'segment, compared': async page => {
      await press(page, 'Compare', 200);
    },
    'segment, edit': page => follow(page, page.getByRole('link', { name: 'Edit', exact: true })),
    'segment, rows': page => follow(page, page.getByRole('link', { name: 'Build it from rows' })),
    'segment, share': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Pro plan', exact: true }));
      await follow(page, page.getByRole('link', { name: 'Share…' }));
    },
    'segment, share refused': async page => {
      await page.getByLabel('Name of the attribute').fill(' ');
      await press(page, 'Share segment', 422);
    },
    'segment, shared': async page => {
      await page.getByLabel('Name of the attribute').fill(LONG.slice(0, 60));
      await press(page, 'Share segment', 200);
    },
    'membership attribute, stop': page => follow(page, page.getByRole('link', { name: 'Stop sharing…' })),
    'membership attributes': answers(`${root}/attributes/memberships`),
    'segment, archive': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Pro plan', exact: true }));
      await follow(page, page.getByRole('link', { name: 'Archive' }));
    },
    'segments': answers(list),
    'segments, by size': answers(`${list}?sort=size`),
    'segment, freeze': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Pro plan', exact: true }));
      await follow(page, page.getByRole('link', { name: 'Freeze…' }));
    },
    'segment, frozen without a name': page => press(page, 'Check who changes', 422),
    'segment, about to be frozen': async page => {
      await page.getByLabel('Name of a new segment').fill('Pros of today');
      await press(page, 'Check who changes', 200);
    },
    'segment, frozen': async page => {
      await press(page, 'Change now', 200);
      await page.getByRole('heading', { name: 'Done' }).waitFor();
      // Not as it loaded itself again.
      await answers(page.url())(page);
    },
    'several people, remove from a segment': answers(`${root}/profiles/bulk?do=unchoose&all=yes&q=priya`),
    'person, segments': answers(`${person}/segments`),
    'person, why in a segment': async page => {
      await answers(`${person}/segments`)(page);
      await follow(page, page.getByRole('link', { name: /^Why/ }).first());
    },
    'segment, chosen': async page => {
      await answers(`${list}/new?kind=chosen`)(page);
      await page.getByLabel('Name').fill('Guests of honour');
      await press(page, 'Save segment', 200);
      await counted(page);
    },
    'person, put into a segment': async page => {
      await answers(`${person}/segments`)(page);
      await press(page, 'Add to Guests of honour', 200);
      await page.getByRole('region', { name: /^Entered and left/ }).getByText('Chosen by hand').first().waitFor();
    },
    'person, entered': async page => {
      await answers(`${person}/activity?kind=segments&open=all`)(page);
      await page.getByText('Entered Guests of honour').waitFor();
      await follow(page, page.getByRole('link', { name: 'Chosen by hand' }).first());
      await page.getByText('Entered Guests of honour').waitFor();
      await page.goBack();
    },
    'person, history with moves': answers(`${person}/history?kind=segment`),
    'segment, archived': async page => {
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Pro plan', exact: true }));
      await follow(page, page.getByRole('link', { name: 'Archive' }));
      await press(page, 'Archive segment', 200);
      await follow(page, page.getByRole('link', { name: 'Pro plan', exact: true }));
    },
    'segment, broken': async page => {
      await page.waitForTimeout(2500);
      await answers(list)(page);
      await follow(page, page.getByRole('link', { name: 'Everybody but pro' }).first());
    },
  };
}
