import type { Locator } from '@playwright/test';

import { FIRST, type Lab, everyView, expect, ready, test } from '../lab';

const STOPS =
  'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, iframe, [tabindex="0"]';

/** What the keyboard must reach: everything that takes focus, one of a group of radio buttons, one tab of a list. */
async function stops(shown: Locator): Promise<number> {
  return shown.evaluate((root, selector) => {
    const all = [...root.querySelectorAll<HTMLElement>(selector)];
    const found = all.filter(
      each => each.tabIndex >= 0 && each.checkVisibility({ visibilityProperty: true })
    );
    found.forEach((each, index) => each.setAttribute('data-stop', String(index)));
    return found.length;
  }, STOPS);
}

async function press(lab: Lab, key: string): Promise<void> {
  await lab.page.keyboard.press(key);
}

test('Tab reaches everything in every view, shows where it is, and leaves it again', async ({ lab }) => {
  test.setTimeout(180_000);
  for (const [name, open] of await everyView(lab)) {
    const shown = await open();
    await test.step(name, async () => {
      const wanted = Math.min(60, await stops(shown));
      expect(wanted).toBeGreaterThan(0);
      await shown.locator('[data-stop="0"]').focus();
      const reached = new Set<string>();
      for (let step = 0; step < wanted; step += 1) {
        const now = await lab.page.evaluate(() => {
          const at = document.activeElement as HTMLElement | null;
          const style = at ? getComputedStyle(at) : null;
          return {
            stop: at?.dataset.stop ?? null,
            seen: at !== null && (style?.outlineStyle !== 'none' || at.matches('iframe')),
            what: at?.outerHTML.slice(0, 120) ?? ''
          };
        });
        if (now.stop === null) {
          break;
        }
        reached.add(now.stop);
        expect(now.seen || step === 0, `focus is seen on ${now.what}`).toBe(true);
        await press(lab, 'Tab');
      }
      expect(reached.size, `${reached.size} of ${wanted} reached`).toBe(wanted);
      await shown.evaluate(root =>
        root.querySelectorAll('[data-stop]').forEach(each => each.removeAttribute('data-stop'))
      );
    });
  }
});

test('an item is found, opened, noted and closed by keys alone', async ({ lab }) => {
  const shown = await lab.open('results', { runs: [FIRST] });
  await shown.getByRole('tab', { name: 'Scores' }).focus();
  await press(lab, 'ArrowRight');
  await expect(shown.getByRole('tab', { name: 'Items' })).toBeFocused();
  await ready(shown);
  const grid = shown.getByRole('grid');
  for (
    let step = 0;
    step < 20 && !(await grid.evaluate(node => node === document.activeElement));
    step += 1
  ) {
    await press(lab, 'Tab');
  }
  await expect(grid).toBeFocused();
  await press(lab, 'ArrowDown');
  await press(lab, 'ArrowDown');
  const active = await grid.getAttribute('aria-activedescendant');
  expect(active).toMatch(/-2$/);
  await press(lab, 'Enter');
  const detail = shown.locator('.swb-detail');
  await ready(detail);
  await press(lab, 'End');
  await expect.poll(async () => grid.evaluate(node => node.scrollTop)).toBeGreaterThan(1000);
  for (let step = 0; step < 20 && !(await detail.getByLabel('Note').evaluate(isFocused)); step += 1) {
    await press(lab, 'Tab');
  }
  await lab.page.keyboard.type('seen');
  await press(lab, 'Tab');
  await press(lab, 'Enter');
  await expect(lab.page.getByText('The note is saved.')).toBeVisible();
});

const isFocused = (node: Element): boolean => node === document.activeElement;

test('the panel opens a view by keys alone', async ({ lab }) => {
  const panel = await lab.panel();
  await panel.getByRole('button', { name: 'Benchmarks', exact: true }).focus();
  await press(lab, 'Enter');
  await expect(lab.document(['benchmarks'])).toBeVisible();
});
