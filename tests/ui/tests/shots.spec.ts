import { everyView, expect, look, test } from '../lab';

/** Into `shots/`, which is not kept: to be looked at. */
const LOOKS = [
  ['light', 'light', 'en'],
  ['dark', 'dark', 'en'],
  ['contrast', 'contrast', 'en'],
  ['arabic', 'light', 'ar'],
  ['thai', 'light', 'th'],
  ['french', 'light', 'fr'],
  ['hindi', 'light', 'hi'],
  ['japanese', 'dark', 'ja']
] as const;
/** The name of the view of runs, on its tab. */
const RUNS: Readonly<Record<string, string>> = {
  en: 'Runs',
  ar: '\u0639\u0645\u0644\u064a\u0627\u062a \u0627\u0644\u062a\u0634\u063a\u064a\u0644',
  th: '\u0e01\u0e32\u0e23\u0e23\u0e31\u0e19',
  fr: 'Ex\u00e9cutions',
  hi: '\u0930\u0928',
  ja: '\u5b9f\u884c'
};

for (const [name, theme, locale] of LOOKS) {
  test.describe(name, () => {
    test.use({ mockSettings: look(theme, locale) });

    test('every view, in its language and whole', async ({ lab }) => {
      test.setTimeout(180_000);
      const page = lab.page;
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale);
      // JupyterLab is never mirrored: each text has its own direction.
      expect(await page.evaluate(() => getComputedStyle(document.body).direction)).toBe('ltr');
      for (const [view, open] of await everyView(lab)) {
        const shown = await open();
        await page.screenshot({ path: `shots/${name}/${view}.png` });
        const cut = await shown.evaluate(cutOff);
        expect(cut, `${view} in ${locale}`).toEqual([]);
      }
      await lab.open('runs');
      await expect(page.locator('#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current').first()).toContainText(
        RUNS[locale] ?? ''
      );
    });
  });
}

/** Texts of buttons, labels and headings that stand out of the view, or that are cut. */
function cutOff(root: Element): string[] {
  const box = root.getBoundingClientRect();
  return [...root.querySelectorAll('button, label, h2, h3, h4, legend, dt, th')]
    .filter(
      node => node.checkVisibility() && node.closest('.swb-table-frame, .swb-grid, .swb-hidden') === null
    )
    .filter(node => {
      const own = node.getBoundingClientRect();
      const out = own.right > box.right + 1 || own.left < box.left - 1;
      const cut = node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === 'hidden';
      return own.width > 0 && (out || cut);
    })
    .map(node => node.textContent ?? '');
}
