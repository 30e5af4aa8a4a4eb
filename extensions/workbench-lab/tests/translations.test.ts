import { readFileSync } from 'node:fs';

import { TranslationManager } from '@jupyterlab/translation';
import type { TranslationBundle } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

const LOCALES = { ar: 'ar_sa', fr: 'fr_fr', hi: 'hi_in', ja: 'ja_jp', th: 'th_th' } as const;
const DOMAIN = 'sovereign_workbench';

/** Our words in a language, as JupyterLab itself reads them from what its server sends. */
async function words(language: keyof typeof LOCALES, locale: string = language): Promise<TranslationBundle> {
  const path = `../../workbench/jupyter/translations/locale/${LOCALES[language]}/LC_MESSAGES/${DOMAIN}.json`;
  const data = { [DOMAIN]: JSON.parse(readFileSync(path, 'utf-8')) as unknown };
  const connector = { fetch: () => Promise.resolve({ data, message: '' }) };
  const manager = new TranslationManager('', '', undefined, connector as never);
  await manager.fetch(locale);
  return manager.load(DOMAIN);
}

describe('the panel in other languages', () => {
  it.each([
    ['ar', 'عمليات التشغيل'],
    ['fr', 'Exécutions'],
    ['hi', 'रन'],
    ['ja', '実行'],
    ['th', 'การรัน']
  ] as const)('says "Runs" in %s', async (language, runs) => {
    expect((await words(language)).__('Runs')).toBe(runs);
  });

  it('comes with a language pack of a country too', async () => {
    expect((await words('fr', 'fr_FR')).__('Runs')).toBe('Exécutions');
  });

  it.each([
    ['ar', [0, 1, 2, 5, 11, 100], ['لا بنود', 'بند واحد', 'بندان', '5 بنود', '11 بندًا', '100 بند']],
    ['fr', [0, 1, 2, 1_000_000], ['0 item', '1 item', '2 items', '1000000 d’items']],
    ['hi', [1, 2], ['1 आइटम', '2 आइटम']],
    ['ja', [1, 2], ['1 項目', '2 項目']],
    ['th', [1, 2], ['1 ข้อ', '2 ข้อ']]
  ] as const)('counts as %s does', async (language, numbers, said) => {
    const trans = await words(language);
    expect(numbers.map(n => trans._n('%2 item', '%2 items', n, String(n)))).toEqual(said);
  });

  it('keeps a per cent sign and fills the places of a sentence', async () => {
    const trans = await words('ja');
    expect(trans.__('%1 to %2 of %3', 1, 10, 50)).toBe('1～10（全 50）');
    expect((await words('th')).__('95% interval')).toContain('95%');
  });
});
