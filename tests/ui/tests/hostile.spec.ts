import { HOSTILE, SECOND, expect, ready, test } from '../lab';

test('text that means harm is text in every view that shows it', async ({ lab }) => {
  test.setTimeout(180_000);
  const { page } = lab;
  const dialogs: string[] = [];
  const strangers: string[] = [];
  const errors: string[] = [];
  page.on('dialog', dialog => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('request', asked => {
    if (!/^(http|ws)s?:\/\/127\.0\.0\.1[:/]|^(data|blob|about):/.test(asked.url())) {
      strangers.push(asked.url());
    }
  });
  page.on('pageerror', error => errors.push(error.message));
  const results = await lab.open('results', { runs: [HOSTILE], state: { tab: 'items' } });
  const rows = results.locator('.swb-grid-row');
  await expect(rows.first()).toContainText('alert(1)');
  const heights = await rows.evaluateAll(all => [
    ...new Set(all.map(row => row.getBoundingClientRect().height))
  ]);
  expect(heights).toEqual([28]);

  // Each row opened: one of them holds a megabyte.
  for (let row = 0; row < Math.min(8, await rows.count()); row += 1) {
    await rows.nth(row).click();
    await ready(results.locator('.swb-detail'));
  }
  const detail = results.locator('.swb-detail');
  await expect(detail).toContainText('<script>');
  // What cannot be seen is shown by its number, and changes no order.
  await expect(detail.locator('.swb-mark').first()).toBeVisible();
  expect(
    await detail.evaluate(node => /[\u202a-\u202e\u2066-\u2069\0\x1b]/.test(node.textContent ?? ''))
  ).toBe(false);
  await detail.getByRole('button', { name: 'Show the exact prompt' }).click();
  await ready(detail);

  for (const tab of ['Scores', 'Slices', 'About']) {
    await results.getByRole('tab', { name: tab }).click();
    await ready(results);
  }
  const others = [
    await lab.open('runs'),
    await lab.open('compare', { runs: [HOSTILE, SECOND] }),
    await lab.open('compare'),
    await lab.open('report', { runs: [HOSTILE] }),
    await lab.open('new-run', { runs: [HOSTILE] }),
    await lab.panel()
  ];
  for (const shown of [results, ...others]) {
    expect(await shown.locator('script, img, iframe[srcdoc], object, embed').count()).toBe(0);
    expect(await shown.locator('a[href^="javascript"]').count()).toBe(0);
  }
  for (const shown of others) {
    expect(await shown.evaluate(node => node.scrollWidth - node.clientWidth)).toBeLessThanOrEqual(1);
  }

  const report = lab.document(['report', HOSTILE]);
  await lab.open('report', { runs: [HOSTILE] });
  await report.getByRole('button', { name: 'Write the report' }).click();
  const frame = report.locator('iframe.swb-frame');
  await frame.waitFor({ timeout: 60_000 });
  expect(await frame.getAttribute('sandbox')).toBe('');
  await expect(report.frameLocator('iframe.swb-frame').locator('body')).toContainText('script', {
    timeout: 30_000
  });

  expect(await page.evaluate(() => (window as unknown as { attacked?: number }).attacked)).toBeUndefined();
  expect(dialogs).toEqual([]);
  expect(strangers).toEqual([]);
  expect(errors).toEqual([]);
  // The tabs and the status bar stay where they are.
  const bar = await page
    .locator('#jp-main-dock-panel .lm-TabBar-tab')
    .evaluateAll(all => all.map(tab => tab.getBoundingClientRect().height));
  expect(Math.max(...bar)).toBeLessThan(40);
});
