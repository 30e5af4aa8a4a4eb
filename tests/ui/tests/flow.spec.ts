import { type Lab, SECOND, FIRST, expect, ready, test } from '../lab';

/** Runs that a test started, newest first. */
async function newest(lab: Lab): Promise<{ id: string; state: string }> {
  const { runs } = await lab.get<{ runs: { id: string; state: string }[] }>('/runs?limit=1');
  const [run] = runs;
  if (run === undefined) {
    throw new Error('there is no run');
  }
  return run;
}

test('a run of the fake engine: asked for, watched, looked into', async ({ lab }) => {
  test.setTimeout(120_000);
  const { page } = lab;
  const panel = await lab.panel();
  await panel.getByRole('button', { name: 'New run', exact: true }).click();
  const form = lab.document(['new-run']);
  await form.getByLabel('Model', { exact: true }).last().selectOption({ label: 'fake-a' });
  await form.getByRole('checkbox', { name: 'civics' }).check();
  await form.getByRole('checkbox', { name: 'th', exact: true }).check();
  await form.getByRole('button', { name: 'What would it cost?' }).click();
  await expect(form.getByRole('region', { name: 'Cost' })).toBeVisible({ timeout: 60_000 });
  await form.getByRole('button', { name: 'Start', exact: true }).click();
  await form.getByRole('button', { name: 'Show it' }).click({ timeout: 60_000 });
  const { id } = await newest(lab);
  const results = lab.document(['results', id]);
  await expect(results.getByText(/Queued|Loading the model|Running|Scoring|Done/).first()).toBeVisible();
  await lab.reload();
  await expect(results.locator('.swb-badge', { hasText: 'Done' })).toBeVisible({ timeout: 90_000 });
  await results.getByRole('tab', { name: 'Items' }).click();
  await results.getByLabel('Verdict').selectOption('wrong');
  await results.locator('.swb-grid-row').first().click();
  const detail = results.locator('.swb-detail');
  await expect(detail.locator('.swb-badge', { hasText: 'Wrong' })).toBeVisible();
  await expect(detail.locator('[lang="th"]').first()).toContainText(/[\u0e00-\u0e7f]/);
  await detail.getByRole('button', { name: 'Show the exact prompt' }).click();
  await ready(detail);
  // The same run in the status bar's and Running panel's memory: nothing lives any more.
  await expect(page.locator('#jp-main-statusbar')).not.toContainText('evaluation run');
});

test('two runs are compared, and a flipped item opens in its run', async ({ lab }) => {
  const runs = await lab.open('runs');
  await runs.getByRole('checkbox', { name: `Tick run ${FIRST}` }).check();
  await runs.getByRole('checkbox', { name: `Tick run ${SECOND}` }).check();
  await runs.getByRole('button', { name: 'Compare two ticked runs' }).click();
  const comparison = lab.page.locator('[id^="sovereign-workbench-compare-"] .swb-document');
  await expect(comparison.getByRole('region', { name: 'Differences of the scores' }).first()).toBeVisible({
    timeout: 60_000
  });
  await comparison.getByTitle('Open this item').first().click();
  await expect(lab.page.locator('.swb-detail:visible h3')).toContainText('-00');
});

test('a report is written, shown and saved', async ({ lab }) => {
  const report = await lab.open('report', { runs: [FIRST] });
  await report.getByLabel('Format').selectOption('md');
  await report.getByRole('button', { name: 'Write the report' }).click();
  const link = report.getByRole('link', { name: 'Download' });
  await link.waitFor({ timeout: 60_000 });
  const [download] = await Promise.all([lab.page.waitForEvent('download'), link.click()]);
  expect(download.suggestedFilename()).toMatch(/\.md$/);
  const stream = await download.createReadStream();
  let text = '';
  for await (const piece of stream) {
    text += String(piece);
  }
  expect(text).toContain('example-1b');
});

test('code of a view is inserted into the open notebook, and nowhere when none is open', async ({ lab }) => {
  const runs = await lab.open('results', { runs: [FIRST] });
  await runs.getByRole('button', { name: 'Insert cell' }).click();
  await expect(lab.page.getByText('No notebook is open.')).toBeVisible();
  await lab.notebook();
  await lab.open('results', { runs: [FIRST] });
  await runs.getByRole('button', { name: 'Insert cell' }).click();
  await expect(lab.page.getByText('The code stands in a new cell of')).toBeVisible();
  // JupyterLab draws the cells of a notebook in front only.
  await lab.page.locator('#jp-main-dock-panel .lm-TabBar-tab', { hasText: '.ipynb' }).click();
  await expect(lab.page.locator('.jp-Notebook .jp-Cell').nth(1)).toContainText(FIRST);
});
