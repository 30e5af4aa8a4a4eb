import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import type { Draft, SuiteEntry } from '../../src/api/types';
import { Suites } from '../../src/views/suites';
import { ERROR, OTHER, RUN, id, model, pack, run, task } from '../fixtures';
import { show } from '../harness';
import { FakeServer, Status } from '../server';

const HERE = { view: 'new-run', runs: [] } as const;
const MODELS = [model(), model({ id: id('d'), name: 'smollm2' })];
const DRAFT: Draft = {
  model: id('a'),
  packs: [id('b')],
  settings: { shots: 5, languages: ['th'], suite: 'an older one' }
};
const ENTRY: SuiteEntry = {
  id: id('e'),
  name: 'weekly',
  runs: 2,
  changed: '2026-11-23T10:15:00+00:00',
  error: null
};
const SUITE = {
  id: id('e'),
  name: 'weekly',
  yaml: 'name: weekly\n',
  drafts: [DRAFT, { ...DRAFT, model: id('d') }],
  missing: ['llama']
};

function server(saved: SuiteEntry[]): FakeServer {
  const suites = [...saved];
  return new FakeServer({
    listSuites: () => ({ suites }),
    getSuite: () => SUITE,
    putSuite: () => {
      suites[0] = ENTRY;
      return SUITE;
    },
    deleteSuite: () => void suites.splice(0),
    makeSnippet: call => ({ python: JSON.stringify(call.body) })
  });
}

const view = (onTake: (draft: Draft) => void = () => undefined): React.ReactElement => (
  <Suites models={MODELS} packs={[pack()]} draft={DRAFT} onTake={onTake} />
);

test('a form is saved for several models, and the server names engine and suite itself', async () => {
  const fake = server([]);
  const { lab, kept } = show(view(), fake, HERE);
  await userEvent.type(await screen.findByLabelText('Name of the suite'), 'weekly');
  await userEvent.click(screen.getByLabelText('smollm2'));
  await userEvent.click(screen.getByText('Save the suite'));
  await waitFor(() =>
    expect(fake.of('putSuite')[0]?.body).toEqual({
      name: 'weekly',
      models: [id('a'), id('d')],
      packs: [id('b')],
      languages: ['th'],
      settings: [{ shots: 5 }],
      replace: false
    })
  );
  expect(lab.asked).toEqual([]);
  expect(await screen.findByRole('table', { name: 'Runs of the suite' })).toBeTruthy();
  expect(kept.suite).toBe(id('e'));
});

test('a suite of the same name is replaced only when the user says so', async () => {
  const fake = server([ENTRY]);
  const { lab } = show(view(), fake, HERE);
  await screen.findByRole('option', { name: 'weekly', hidden: true });
  await userEvent.type(screen.getByLabelText('Name of the suite'), 'weekly');
  await userEvent.click(screen.getByText('Save the suite'));
  await waitFor(() => expect(lab.asked).toHaveLength(1));
  expect(fake.of('putSuite')).toEqual([]);
  lab.reply = 'replace';
  await userEvent.click(screen.getByText('Save the suite'));
  await waitFor(() => expect(fake.of('putSuite')[0]?.body).toMatchObject({ replace: true }));
});

test('a name that is no file name everywhere cannot be saved', async () => {
  show(view(), server([]), HERE);
  await userEvent.type(await screen.findByLabelText('Name of the suite'), '../x');
  expect(screen.getByText('Save the suite')).toHaveProperty('disabled', true);
});

test('a suite is loaded: what is missing is said, a run goes into the form, the file is shown', async () => {
  const taken: Draft[] = [];
  show(
    view(draft => taken.push(draft)),
    server([ENTRY]),
    HERE,
    { suite: id('e') }
  );
  const table = await screen.findByRole('table', { name: 'Runs of the suite' });
  expect(
    within(table)
      .getAllByRole('rowheader')
      .map(cell => cell.textContent)
  ).toEqual(['gemma-3-270m', 'smollm2']);
  expect(screen.getByText('llama')).toBeTruthy();
  expect(screen.getByText('name: weekly')).toBeTruthy();
  await userEvent.click(within(table).getAllByRole('button', { name: 'Take into the form' })[1]!);
  expect(taken).toEqual([{ ...DRAFT, model: id('d') }]);
});

test('after a failure only what did not start is started again, with the same token', async () => {
  const fake = server([ENTRY]);
  const { lab } = show(view(), fake, HERE, { suite: id('e') });
  let fails = true;
  fake.answer('startRun', call => {
    const { draft } = call.body as { draft: Draft };
    if (fails && draft.model === id('d')) {
      return new Status(500, { error: ERROR });
    }
    const started = run({ id: draft.model === id('d') ? OTHER : RUN });
    return task('start', { run: started, spec_hash: 'f'.repeat(64) });
  });
  const start = await screen.findByRole('button', { name: 'Start all runs of the suite' });
  await userEvent.click(start);
  expect((await screen.findByRole('alert')).textContent).toContain(ERROR.remedy);
  fails = false;
  await userEvent.click(start);
  await userEvent.click(await screen.findByRole('button', { name: `Show run ${OTHER}` }));
  expect(lab.opened[0]!.address).toEqual({ view: 'results', runs: [OTHER] });
  const asked = fake.of('startRun').map(call => call.body as { token: string; draft: Draft });
  expect(asked.map(({ draft }) => draft.model)).toEqual([id('a'), id('d'), id('d')]);
  expect(asked[2]!.token).toBe(asked[1]!.token);
  await userEvent.click(screen.getByRole('button', { name: 'Copy as Python' }));
  await waitFor(() => expect(JSON.parse(lab.copied[0]!)).toEqual({ action: 'suite', drafts: SUITE.drafts }));
});

test('a suite is deleted once that was asked', async () => {
  const fake = server([ENTRY]);
  const { lab } = show(view(), fake, HERE, { suite: id('e') });
  lab.reply = 'delete';
  await userEvent.click(await screen.findByRole('button', { name: 'Delete the suite…' }));
  await waitFor(() => expect(screen.queryByRole('table')).toBeNull());
  expect(fake.of('deleteSuite')[0]!.path).toEqual({ suite: id('e') });
});
