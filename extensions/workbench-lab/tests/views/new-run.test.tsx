import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import NewRun from '../../src/views/new-run';
import { ERROR, OTHER, RUN, detail, done, id, model, pack, run, task } from '../fixtures';
import { show } from '../harness';
import { FakeServer, Status } from '../server';

const HERE = { view: 'new-run', runs: [] } as const;
const SCHEMA = {
  settings: {
    type: 'object',
    properties: {
      shots: { type: 'integer', minimum: 0, maximum: 100, default: 0, title: 'Shots' },
      engine: { type: 'string', enum: ['transformers', 'fake'], default: 'transformers', title: 'Engine' }
    }
  },
  spec: {},
  defaults: {},
  metrics: ['accuracy']
};
const PLAN = {
  spec: {},
  spec_hash: 'f'.repeat(64),
  items: 100,
  tokens: null,
  seconds: null,
  seconds_source: '',
  memory: null,
  fits: null,
  parts: []
};

function server(): FakeServer {
  return new FakeServer({
    listModels: () => ({ models: [model(), model({ id: id('d'), name: 'fake:small', place: 'fake' })] }),
    listPacks: () => ({ packs: [pack()], total: 1, facets: NO_FACETS }),
    getSchema: () => SCHEMA,
    listKernels: () => ({ kernels: [] }),
    listSuites: () => ({ suites: [] }),
    getRun: () => detail(done()),
    startPlan: () => task('plan', PLAN),
    startRun: () => task('start', { run: run({ id: OTHER }), spec_hash: 'f'.repeat(64) })
  });
}

const NO_FACETS = {
  languages: [],
  scripts: [],
  countries: [],
  tasks: [],
  origins: [],
  licences: [],
  places: []
};

async function choose(name: string): Promise<void> {
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Model' }), name);
  await userEvent.click(screen.getByRole('checkbox', { name: 'thai-proverbs' }));
}

test('a draft has the model, the benchmarks and only settings that were changed', async () => {
  const fake = server();
  const { kept } = show(<NewRun />, fake, HERE);
  await choose('gemma-3-270m');
  await userEvent.click(screen.getByRole('checkbox', { name: 'th' }));
  const shots = screen.getByRole('spinbutton', { name: 'Shots' });
  await userEvent.clear(shots);
  await userEvent.type(shots, '5');
  await userEvent.click(screen.getByRole('button', { name: 'What would it cost?' }));
  await screen.findByRole('region', { name: 'Cost' });
  expect(fake.of('startPlan')[0]!.body).toEqual({
    model: id('a'),
    packs: [id('b')],
    settings: { shots: 5, languages: ['th'] }
  });
  expect(kept).toMatchObject({ model: id('a'), packs: [id('b')], languages: ['th'], settings: { shots: 5 } });
  expect(screen.getByText('Fits into the free memory').nextSibling!.textContent).toBe('unknown');
});

test('a model of the fake engine is run by it', async () => {
  const fake = server();
  show(<NewRun />, fake, HERE);
  await choose('fake:small');
  await userEvent.click(screen.getByRole('button', { name: 'What would it cost?' }));
  await waitFor(() => expect(fake.of('startPlan')[0]?.body).toMatchObject({ settings: { engine: 'fake' } }));
});

test('a start whose answer was lost is asked again with the same token; another run gets another', async () => {
  const fake = server();
  show(<NewRun />, fake, HERE);
  await choose('gemma-3-270m');
  fake.answer('startRun', () => new Status(500, { error: ERROR }));
  const start = screen.getByRole('button', { name: 'Start' });
  await userEvent.click(start);
  expect((await screen.findByRole('alert')).textContent).toContain(ERROR.remedy);
  fake.answer('startRun', () => task('start', { run: run({ id: OTHER }), spec_hash: 'f'.repeat(64) }));
  await userEvent.click(start);
  await screen.findByText(/The run has started/);
  await userEvent.click(start);
  await waitFor(() => expect(fake.of('startRun')).toHaveLength(3));
  const tokens = fake.of('startRun').map(call => (call.body as { token: string }).token);
  expect(tokens[0]).toBe(tokens[1]);
  expect(tokens[2]).not.toBe(tokens[1]);
});

test('nothing opens by itself: a started run is offered', async () => {
  const { lab } = show(<NewRun />, server(), HERE);
  await choose('gemma-3-270m');
  await userEvent.click(screen.getByRole('button', { name: 'Start' }));
  const offer = await screen.findByRole('button', { name: 'Show it' });
  expect(lab.opened).toEqual([]);
  await userEvent.click(offer);
  expect(lab.opened[0]!.address).toEqual({ view: 'results', runs: [OTHER] });
});

test('a run is asked again as it was', async () => {
  const fake = server();
  show(<NewRun />, fake, { view: 'new-run', runs: [RUN] });
  await userEvent.click(await screen.findByRole('button', { name: 'What would it cost?' }));
  await waitFor(() =>
    expect(fake.of('startPlan')[0]?.body).toEqual({
      model: id('a'),
      packs: [id('b')],
      settings: { shots: 2, languages: ['th'] }
    })
  );
});

test('a model that the gate refuses is not run', async () => {
  const fake = server();
  fake.answer('listModels', () => ({ models: [model({ refusal: ERROR })] }));
  show(<NewRun />, fake, HERE);
  await choose('gemma-3-270m');
  expect(screen.getByRole('button', { name: 'Start' })).toHaveProperty('disabled', true);
  expect(screen.getByRole('alert').textContent).toContain(ERROR.message);
});
