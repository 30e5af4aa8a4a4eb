import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { MODELS_CHANGED } from '../../src/model/hints';
import Benchmarks from '../../src/views/benchmarks';
import Models from '../../src/views/models';
import { ERROR, HOSTILE, id, model, modelDetail, pack, worker } from '../fixtures';
import { show } from '../harness';
import { FakeServer } from '../server';

const MODELS = { view: 'models', runs: [] } as const;
const PACKS = { view: 'benchmarks', runs: [] } as const;
const FACET = { value: 'th', label: 'Thai', count: 9 };
const FACETS = {
  languages: [FACET],
  scripts: [],
  countries: [],
  tasks: [],
  origins: [],
  licences: [],
  places: []
};

test('a fact says how it is known, and what is not known never looks known', async () => {
  show(<Models />, new FakeServer({ listModels: () => ({ models: [model()] }) }), MODELS);
  const card = (await screen.findByText('gemma-3-270m')).closest('li')!;
  const value = (name: string): string => within(card).getByText(name).nextSibling!.textContent!;
  expect(value('Parameters')).toBe('268,098,176 (measured)');
  expect(value('Licence')).toBe('unknown');
  expect(value('Memory before load')).toBe('\u2013');
  expect(within(card).getByText('May be loaded')).toBeTruthy();
});

test('a refused model says why and cannot be run', async () => {
  show(
    <Models />,
    new FakeServer({ listModels: () => ({ models: [model({ refusal: ERROR, name: HOSTILE })] }) }),
    MODELS
  );
  expect((await screen.findByRole('alert')).textContent).toContain(ERROR.remedy);
  expect(screen.queryByRole('button', { name: 'New run' })).toBeNull();
  expect(document.querySelector('img, script')).toBeNull();
});

test('models that came or went are looked for again', async () => {
  const server = new FakeServer({ listModels: () => ({ models: [] }) });
  const { lab } = show(<Models />, server, MODELS);
  expect(await screen.findByText(/No model was found/)).toBeTruthy();
  server.answer('listModels', () => ({ models: [model()] }));
  lab.events.emit({ schema_id: MODELS_CHANGED, models: 1 });
  expect(await screen.findByText('gemma-3-270m', undefined, { timeout: 3000 })).toBeTruthy();
});

test('benchmarks are filtered by the server', async () => {
  const server = new FakeServer({ listPacks: () => ({ packs: [pack()], total: 15, facets: FACETS }) });
  const { lab, kept } = show(<Benchmarks />, server, PACKS);
  await screen.findByRole('option', { name: 'Thai (9)' });
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Language' }), 'th');
  await waitFor(() => expect(server.of('listPacks').at(-1)!.query.get('language')).toBe('th'));
  expect(kept.filter).toEqual({ language: 'th' });
  expect(await screen.findByText('1 of 15 benchmarks')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'New run' }));
  expect(lab.opened).toEqual([{ address: { view: 'new-run', runs: [] }, state: { packs: [id('b')] } }]);
});

test('a model says everything that is known of it, who serves it, and is tried', async () => {
  const served = model({ workers: [worker().id] });
  const server = new FakeServer({
    listModels: () => ({ models: [served] }),
    getModel: () =>
      modelDetail(served, {
        gate: { open: true, refusals: [], notes: ['a note of the gate'] },
        licence_record: { id: 'Apache-2.0', text: 'You may.', accepted: '2026-11-20T10:00:00+00:00' },
        measured: [
          {
            run: '20261123-101500-abc123',
            device: 'cpu',
            device_name: 'A processor',
            dtype: 'float32',
            peak_memory: 2 ** 31,
            model_memory: 2 ** 30,
            load_seconds: 3
          }
        ]
      }),
    listWorkers: () => ({ workers: [worker()] }),
    makeSnippet: call => ({ python: JSON.stringify(call.body) })
  });
  const { lab } = show(<Models />, server, MODELS);
  await userEvent.click(await screen.findByRole('button', { name: 'gemma-3-270m' }));
  expect(await screen.findByText('The gate found nothing against loading it.')).toBeTruthy();
  expect(screen.getByText('a note of the gate')).toBeTruthy();
  expect(screen.getByText('Apache-2.0')).toBeTruthy();
  expect(screen.getByText('1, 106')).toBeTruthy();
  const measured = screen.getByRole('table', { name: 'Measured by finished runs' });
  expect(within(measured).getByText('A processor')).toBeTruthy();
  expect(await screen.findByRole('table', { name: 'Served models' })).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Try it' }));
  expect(lab.opened.at(-1)!.address).toEqual({ view: 'try', runs: [], model: id('a') });
  const loading = screen.getByRole('group', { name: 'Loading as code' });
  await userEvent.click(within(loading).getByRole('button', { name: 'Insert cell' }));
  await waitFor(() => expect(JSON.parse(lab.cells[0]!)).toEqual({ action: 'load', model: id('a') }));
});
