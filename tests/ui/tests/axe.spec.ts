import axe from 'axe-core';

import { THEME, everyView, expect, look, test } from '../lab';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

interface IFound {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

for (const theme of ['light', 'dark', 'contrast'] as const) {
  test.describe(`WCAG 2.2 AA, ${THEME[theme]}`, () => {
    test.use({ mockSettings: look(theme) });

    test('no view violates it', async ({ lab }) => {
      test.setTimeout(180_000);
      await lab.page.addScriptTag({ content: axe.source });
      expect(await lab.page.evaluate(() => document.body.dataset.jpThemeName)).toBe(THEME[theme]);
      const wrong: string[] = [];
      for (const [name, open] of await everyView(lab)) {
        const shown = await test.step(name, open);
        const found = (await test.step(`axe on ${name}`, async () =>
          shown.evaluate(
            async (node, tags) =>
              (window as unknown as { axe: typeof axe }).axe.run(node, {
                runOnly: tags,
                resultTypes: ['violations'],
                iframes: false
              }),
            TAGS
          ))) as IFound;
        for (const { id, nodes } of found.violations) {
          wrong.push(
            ...nodes.map(each => `${name}: ${id}: ${each.html.slice(0, 200)} ${each.failureSummary ?? ''}`)
          );
        }
      }
      expect(wrong).toEqual([]);
    });
  });
}
