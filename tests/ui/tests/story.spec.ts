import { type Lab, expect, ready, test } from '../lab';

const SMOL = 'smollm2-135m-instruct';
const GEMMA = 'gemma-3-270m';
const LONG = 240_000;

async function startRun(lab: Lab, model: string): Promise<string> {
  const form = await lab.open('new-run', {
    state: {
      model: await lab.model(model),
      packs: [await lab.pack('civics')],
      languages: ['th'],
      settings: { limit: 6, device: 'cpu' }
    }
  });
  await form.getByRole('button', { name: 'Start', exact: true }).click();
  await form.getByRole('button', { name: 'Show it' }).click({ timeout: 60_000 });
  const { runs } = await lab.get<{ runs: { id: string; model: string }[] }>('/runs?limit=1');
  const [run] = runs;
  expect(run?.model).toBe(model);
  return run?.id ?? '';
}

test('find a model, try it, preview, run, watch, look into, compare, report, and back to code', async ({
  lab
}) => {
  test.skip(
    (await lab.get<{ models: { name: string }[] }>('/models')).models.every(each => each.name !== SMOL)
  );

  await test.step('find a model', async () => {
    const panel = await lab.panel();
    await panel.getByRole('button', { name: 'Models', exact: true }).click();
    const models = lab.document(['models']);
    await models.getByLabel('Search').fill('smol');
    await models.getByRole('button', { name: SMOL }).click();
    await ready(models);
    await expect(models.getByText('May be loaded')).toBeVisible();
    await expect(models.getByText('Memory before load').first()).toBeVisible();
    await lab.reload();
    await expect(models.getByLabel('Search')).toHaveValue('smol');
  });

  await test.step('try it, and unload it', async () => {
    await lab.document(['models']).getByRole('button', { name: 'Try it' }).click();
    const address = ['try', await lab.model(SMOL)];
    const attempt = lab.document(address);
    await ready(attempt);
    await attempt.getByRole('button', { name: 'Load the model' }).click();
    const words = attempt.getByLabel('Your message; Ctrl+Enter sends it');
    await words.waitFor({ timeout: LONG });
    await words.fill('What is the capital of Thailand?');
    await words.press('Control+Enter');
    const turns = attempt.locator('.swb-turn-assistant');
    await expect(turns).toHaveCount(1, { timeout: LONG });
    await attempt.getByText('Tokens that were sent').click();
    await expect(attempt.locator('.swb-tokens').first()).toContainText('im_start', { timeout: 60_000 });
    await lab.reload();
    await expect(turns).toHaveCount(1);
    await attempt
      .getByRole('button', { name: /^Unload/ })
      .first()
      .click();
    await expect(attempt.getByText(/of memory/).first()).toBeVisible({ timeout: 60_000 });
  });

  await test.step('preview a Thai benchmark', async () => {
    const benchmarks = await lab.open('benchmarks');
    await benchmarks.getByLabel('Language').first().selectOption('th');
    await benchmarks.getByRole('button', { name: 'civics', exact: true }).click();
    await ready(benchmarks);
    const preview = benchmarks.getByRole('region', { name: 'Preview of civics' });
    await preview.getByLabel('Language').selectOption('th');
    await preview.getByRole('button', { name: 'Show items' }).click();
    await expect(preview.getByText(/[\u0e00-\u0e7f]{4}/).first()).toBeVisible({ timeout: 60_000 });
    await preview.getByLabel('Tokens of model').selectOption({ label: SMOL });
    await expect(preview.locator('.swb-tokens').first()).toBeVisible({ timeout: 60_000 });
    await lab.reload();
    await expect(preview).toBeVisible();
  });

  const first = await test.step('run and watch', async () => {
    const run = await startRun(lab, SMOL);
    const results = lab.document(['results', run]);
    const done = results.locator('.swb-badge', { hasText: 'Done' });
    // A quick machine may be through before anybody looks.
    await expect(results.getByRole('progressbar').or(done).first()).toBeVisible({ timeout: LONG });
    await lab.reload();
    await expect(done).toBeVisible({ timeout: LONG });
    return run;
  });

  await test.step('open a wrong item', async () => {
    const results = lab.document(['results', first]);
    await results.getByRole('tab', { name: 'Items' }).click();
    await results.getByLabel('Verdict').selectOption('wrong');
    await results.locator('.swb-grid-row').first().click();
    await expect(results.locator('.swb-detail .swb-badge', { hasText: 'Wrong' })).toBeVisible();
    await lab.reload();
    await expect(results.locator('.swb-detail .swb-badge', { hasText: 'Wrong' })).toBeVisible();
  });

  const second = await test.step('the other model', async () => {
    const run = await startRun(lab, GEMMA);
    await expect(lab.document(['results', run]).locator('.swb-badge', { hasText: 'Done' })).toBeVisible({
      timeout: LONG
    });
    return run;
  });

  await test.step('compare two models', async () => {
    const comparison = await lab.open('compare', { runs: [first, second] });
    await expect(comparison.getByRole('region', { name: 'Differences of the scores' }).first()).toBeVisible({
      timeout: 60_000
    });
    await expect(comparison).toContainText(SMOL);
    await expect(comparison).toContainText(GEMMA);
    await lab.reload();
    await expect(comparison.getByRole('region', { name: 'Differences of the scores' }).first()).toBeVisible({
      timeout: 60_000
    });
  });

  await test.step('download the report', async () => {
    const report = await lab.open('report', { runs: [first] });
    await report.getByRole('button', { name: 'Write the report' }).click();
    const link = report.getByRole('link', { name: 'Download' });
    await link.waitFor({ timeout: 60_000 });
    const [download] = await Promise.all([lab.page.waitForEvent('download'), link.click()]);
    expect(download.suggestedFilename()).toMatch(/\.html$/);
    await lab.reload();
    await expect(report.locator('iframe.swb-frame')).toBeVisible();
  });

  await test.step('insert the code and run it', async () => {
    await lab.notebook();
    const results = await lab.open('results', { runs: [first] });
    // The first is the whole result's; where a list of items is open, that has its own.
    await results.getByRole('button', { name: 'Insert cell' }).first().click();
    const notebook = lab.page.locator('.jp-NotebookPanel');
    await lab.page.locator('#jp-main-dock-panel .lm-TabBar-tab', { hasText: '.ipynb' }).click();
    await notebook.locator('.jp-Cell').nth(1).click();
    await lab.page.keyboard.press('Shift+Enter');
    await expect(notebook.locator('.jp-OutputArea-output').first()).toContainText(SMOL, { timeout: LONG });
    await expect(notebook).not.toContainText('Traceback');
  });
});
