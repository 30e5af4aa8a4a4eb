import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import type { DraftItem, ItemDraft } from '../../src/api/types';
import { withoutChoice } from '../../src/model/draft-item';
import Studio from '../../src/views/studio';
import { ERROR, id, model, pack, task } from '../fixtures';
import { show } from '../harness';
import { FakeServer, Status } from '../server';

const HERE = { view: 'studio', runs: [] } as const;
const ITEM: DraftItem = {
  id: 'ar-001',
  input: { question: 'ما عاصمة مصر؟' },
  choices: ['القاهرة', 'x'],
  gold: 0
};

function draft(items: DraftItem[], change: Partial<ItemDraft> = {}): ItemDraft {
  return {
    draft: {
      id: id('e'),
      pack: id('b'),
      name: 'river-facts',
      language: 'ar',
      direction: 'rtl',
      items: items.length,
      removed: 0,
      revision: 3,
      created: '2026-11-23T10:15:00+00:00',
      changed: '2026-11-23T10:15:00+00:00'
    },
    form: {
      task: 'multiple_choice',
      fields: ['question'],
      choices: 2,
      references: false,
      next_id: 'ar-009',
      version: '1.0.0',
      existing: 8
    },
    items: items.map(item => ({ item, checks: [], ok: true, prompt: null })),
    removed: [],
    together: [],
    ok: true,
    ...change
  };
}

function server(items: DraftItem[] = [ITEM]): FakeServer {
  let revision = 3;
  return new FakeServer({
    listDrafts: () => ({ drafts: [draft(items).draft] }),
    listPacks: () => ({
      packs: [pack(), pack({ id: id('f'), name: 'a-recipe', place: 'recipe' })],
      total: 2,
      facets: {
        languages: [],
        scripts: [],
        countries: [],
        tasks: [],
        origins: [],
        licences: [],
        places: []
      }
    }),
    beginDraft: () => draft([]),
    getDraft: () => draft(items),
    putDraft: call => {
      const body = call.body as { items: DraftItem[]; removed: string[]; revision: number };
      if (body.revision !== revision) {
        return new Status(409, { error: ERROR });
      }
      revision += 1;
      const next = draft(body.items, { removed: body.removed });
      const [first] = next.items;
      const check = {
        severity: 'warning' as const,
        code: 'duplicate',
        field: 'input.question',
        message: 'it is asked already',
        remedy: 'Ask another.'
      };
      return {
        ...next,
        draft: { ...next.draft, revision },
        items: first ? [{ ...first, checks: [check] }, ...next.items.slice(1)] : []
      };
    },
    listPackItems: () => ({ items: [{ ...ITEM, id: 'ar-002' }], total: 1 }),
    listModels: () => ({ models: [model()] })
  });
}

test('a draft is begun for a benchmark of our own format, in one of its languages', async () => {
  const fake = server();
  const { kept } = show(<Studio />, fake, HERE);
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Benchmark' }), 'thai-proverbs');
  expect(screen.queryByRole('option', { name: 'a-recipe' })).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Write items' }));
  await waitFor(() => expect(fake.of('beginDraft')[0]?.body).toEqual({ pack: id('b'), language: 'th' }));
  await waitFor(() => expect(kept.draft).toBe(id('e')));
});

test('what is typed is kept by itself, its checks come back, and text has its own direction', async () => {
  const fake = server();
  show(<Studio />, fake, HERE, { draft: id('e') });
  const question = await screen.findByRole('textbox', { name: 'question' });
  expect([question.getAttribute('dir'), question.getAttribute('lang')]).toEqual(['rtl', 'ar']);
  await userEvent.type(question, '!');
  await userEvent.click(screen.getByRole('radio', { name: 'Choice 2 is right' }));
  expect(await screen.findByText('it is asked already', undefined, { timeout: 3000 })).toBeTruthy();
  const calls = fake.of('putDraft');
  expect(calls.at(-1)!.body).toEqual({
    items: [{ ...ITEM, input: { question: 'ما عاصمة مصر؟!' }, gold: 1 }],
    removed: [],
    revision: 2 + calls.length
  });
  expect(screen.getByText('Kept on the server.')).toBeTruthy();
});

test('a new item has the fields of the benchmark and a free id', async () => {
  const fake = server([{ ...ITEM, id: 'ar-009' }]);
  show(<Studio />, fake, HERE, { draft: id('e') });
  await userEvent.click(await screen.findByRole('button', { name: 'Add an item' }));
  const added = screen.getByRole('group', { name: 'Item ar-010' });
  expect(within(added).getAllByRole('radio')).toHaveLength(2);
  expect(within(added).getByText('Checking…')).toBeTruthy();
  await waitFor(() => expect(fake.of('putDraft')).toHaveLength(1), { timeout: 3000 });
});

test('a draft that was changed elsewhere is not written over', async () => {
  const fake = server();
  fake.answer('putDraft', () => new Status(409, { error: ERROR }));
  show(<Studio />, fake, HERE, { draft: id('e') });
  await userEvent.type(await screen.findByRole('textbox', { name: 'question' }), '!');
  expect((await screen.findByRole('alert', undefined, { timeout: 3000 })).textContent).toContain(
    ERROR.remedy
  );
  const theirs = draft([{ ...ITEM, input: { question: 'theirs' } }]);
  fake.answer('getDraft', () => ({ ...theirs, draft: { ...theirs.draft, revision: 4 } }));
  await userEvent.click(screen.getByRole('button', { name: /Show what the server has/ }));
  expect(await screen.findByDisplayValue('theirs')).toBeTruthy();
});

test('items of the benchmark are taken into the draft or left out', async () => {
  const fake = server();
  show(<Studio />, fake, HERE, { draft: id('e'), studioTab: 'pack' });
  await userEvent.click(await screen.findByRole('button', { name: 'Write it anew' }));
  await userEvent.click(screen.getByRole('checkbox', { name: 'Leave out' }));
  await waitFor(
    () =>
      expect(fake.of('putDraft').at(-1)?.body).toMatchObject({
        items: [ITEM, { ...ITEM, id: 'ar-002' }],
        removed: ['ar-002']
      }),
    { timeout: 3000 }
  );
});

test('models try the items, and what their answers say is shown', async () => {
  const fake = server();
  const answer = { turned: 0, chosen: 1, right: false, share: 0.2, answer: 'x', error: '' };
  fake.answer('startProbe', () =>
    task('probe', {
      language: 'ar',
      formulation: 'cloze',
      order: '',
      items: [
        {
          id: 'ar-001',
          models: [
            {
              model: id('a'),
              as_is: { variant: 'as-is', ...answer },
              bare: { variant: 'bare', ...answer, right: true },
              turns: []
            }
          ],
          signs: [
            { severity: 'warning', code: 'all_wrong', message: 'all were wrong', remedy: 'Look at the key.' }
          ]
        }
      ],
      baselines: [{ model: id('a'), variant: 'as-is', n: 1, right: 0, low: 0, high: 0.8, chance: 0.5 }]
    })
  );
  show(<Studio />, fake, HERE, { draft: id('e'), studioTab: 'probe' });
  await userEvent.click(await screen.findByRole('checkbox', { name: 'gemma-3-270m' }));
  await userEvent.click(screen.getByRole('button', { name: 'Let them try' }));
  expect(await screen.findByText('all were wrong')).toBeTruthy();
  const table = screen.getByRole('table', { name: 'Answers of the models' });
  expect(
    within(table)
      .getAllByRole('cell')
      .map(cell => cell.textContent)
  ).toEqual(['gemma-3-270m', 'wrong', '20%', 'right', '\u2013', 'x']);
  expect(fake.of('startProbe')[0]!.body).toEqual({ models: [id('a')] });
});

test('a draft is saved as a new version, with what is typed', async () => {
  const fake = server();
  fake.answer('startSave', () =>
    task('save', {
      pack: id('b'),
      name: 'river-facts',
      version: '1.0.1',
      card: '/packs/river-facts/card.yaml',
      digest: 'd'.repeat(64),
      canary: 'CANARY 1',
      added: 1,
      replaced: 0,
      removed: 0
    })
  );
  const { lab } = show(<Studio />, fake, HERE, { draft: id('e'), studioTab: 'save' });
  await userEvent.type(await screen.findByRole('textbox', { name: 'A line for its history' }), 'more rivers');
  await userEvent.click(screen.getByRole('button', { name: 'Save as a new version' }));
  expect(await screen.findByText('CANARY 1')).toBeTruthy();
  expect(fake.of('startSave')[0]!.body).toEqual({ version: '', note: 'more rivers', reviewed: false });
  await userEvent.click(screen.getByRole('button', { name: 'New run' }));
  expect(lab.opened[0]).toEqual({ address: { view: 'new-run', runs: [] }, state: { packs: [id('b')] } });
});

test('without its right answer an item has none, and else it keeps it', () => {
  const item = { choices: ['a', 'b', 'c'], gold: 1 };
  expect(withoutChoice(item, 1)).toEqual({ choices: ['a', 'c'], gold: null });
  expect(withoutChoice(item, 0)).toEqual({ choices: ['b', 'c'], gold: 0 });
  expect(withoutChoice(item, 2)).toEqual({ choices: ['a', 'b'], gold: 1 });
});
