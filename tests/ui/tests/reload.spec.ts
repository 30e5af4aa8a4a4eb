import { FIRST, SECOND, type Lab, expect, test } from '../lab';

/** What each view was showing, and how one sees that it shows that again. */
async function setUp(lab: Lab): Promise<readonly (readonly [string, () => Promise<void>])[]> {
  const pack = await lab.pack('civics');
  const fake = await lab.model('fake-a');
  const models = await lab.open('models');
  await models.getByLabel('Search').fill('fake-b');
  const benchmarks = await lab.open('benchmarks');
  await benchmarks.getByLabel('Language').first().selectOption('th');
  const form = await lab.open('new-run', { state: { model: fake, packs: [pack] } });
  await form.getByRole('checkbox', { name: 'th', exact: true }).check();
  const runs = await lab.open('runs');
  await runs.getByRole('checkbox', { name: `Tick run ${FIRST}` }).check();
  const results = await lab.open('results', { runs: [FIRST] });
  await results.getByRole('tab', { name: 'Items' }).click();
  await results.getByLabel('Verdict').selectOption('wrong');
  await results.locator('.swb-grid-row').nth(2).click();
  await expect(results.locator('.swb-detail h3')).not.toHaveText('Item');
  const item = (await results.locator('.swb-detail h3').textContent()) ?? '';
  await lab.open('compare', { runs: [FIRST, SECOND] });
  const report = await lab.open('report', { runs: [FIRST] });
  await report.getByLabel('Title').fill('\u0e23\u0e32\u0e22\u0e07\u0e32\u0e19');
  await report.getByLabel('Format').selectOption('csv');
  const attempt = await lab.open('try', { model: fake });
  await attempt.getByLabel('Minutes without a question until it unloads').fill('7');
  await lab.open('studio');
  await lab.open('doctor');
  await lab.open('settings');
  return [
    ['models', async () => expect(models.getByLabel('Search')).toHaveValue('fake-b')],
    ['benchmarks', async () => expect(benchmarks.getByLabel('Language').first()).toHaveValue('th')],
    ['new-run', async () => expect(form.getByRole('checkbox', { name: 'th', exact: true })).toBeChecked()],
    ['runs', async () => expect(runs.getByRole('checkbox', { name: `Tick run ${FIRST}` })).toBeChecked()],
    [
      `results-${FIRST}`,
      async () => {
        await expect(results.locator('.swb-detail h3')).toHaveText(item);
        await expect(results.getByLabel('Verdict')).toHaveValue('wrong');
      }
    ],
    [
      `compare-${FIRST}-${SECOND}`,
      async () =>
        expect(lab.document(['compare', FIRST, SECOND]).locator('h2, h3').first()).toBeVisible({
          timeout: 60_000
        })
    ],
    [
      `report-${FIRST}`,
      async () => {
        await expect(report.getByLabel('Title')).toHaveValue('\u0e23\u0e32\u0e22\u0e07\u0e32\u0e19');
        await expect(report.getByLabel('Format')).toHaveValue('csv');
      }
    ],
    [
      `try-${fake}`,
      async () => expect(attempt.getByLabel('Minutes without a question until it unloads')).toHaveValue('7')
    ],
    ['studio', async () => expect(lab.document(['studio']).getByText('New draft').first()).toBeVisible()],
    [
      'doctor',
      async () => expect(lab.document(['doctor']).getByRole('button', { name: 'Check again' })).toBeVisible()
    ],
    ['settings', async () => expect(lab.document(['settings']).getByLabel('Runs on a page')).toBeVisible()]
  ];
}

test('every view comes back with the page, as it was', async ({ lab }) => {
  test.setTimeout(180_000);
  const views = await setUp(lab);
  await lab.reload();
  for (const [name, same] of views) {
    // A tab that is not looked at draws nothing: bring it to the front.
    await lab.page
      .locator(`#jp-main-dock-panel .lm-TabBar-tab[data-id="sovereign-workbench-${name}"]`)
      .click();
    await test.step(name, same);
  }
});
