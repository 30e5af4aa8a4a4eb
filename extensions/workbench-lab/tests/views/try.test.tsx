import { act, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import type { Worker } from '../../src/api/types';
import Try, { workerOf } from '../../src/views/try';
import { ERROR, HOSTILE, OTHER, WORKER, id, model, modelDetail, task, worker } from '../fixtures';
import { show } from '../harness';
import { FakeServer, Status } from '../server';

const HERE = { view: 'try', runs: [], model: id('a') } as const;
const GIB = 2 ** 30;
const TOKENS = {
  model: 'gemma-3-270m',
  templated: true,
  bos: '<bos>',
  tokens: { text: '<bos>user\nhi', token_ids: [2, 105, 2151], pieces: ['<bos>', 'user\n', 'hi'] }
};

/** A server of one model, and the workers that it tells of. */
function server(workers: Worker[] = [worker()]): { fake: FakeServer; state: { workers: Worker[] } } {
  const state = { workers };
  const fake = new FakeServer({
    getModel: () => modelDetail(model()),
    listModels: () => ({ models: [model(), model({ id: id('d'), name: 'refused', refusal: ERROR })] }),
    listWorkers: () => ({ workers: state.workers }),
    estimateWorker: () => ({ needed: GIB, reserved: 2 * GIB, available: 1.5 * GIB }),
    startWorker: () => {
      state.workers = [worker({ state: 'loading', measured: null })];
      return state.workers[0];
    },
    stopWorker: () => {
      state.workers = [
        worker({ state: 'ended', ended: '2026-11-23T12:05:00+00:00', why: 'told to', freed: GIB })
      ];
      return state.workers[0];
    },
    askWorker: () => ({ text: HOSTILE, continuations: [], seconds: 1.5 }),
    startTokens: () => task('tokens', TOKENS),
    makeSnippet: call => ({ python: JSON.stringify(call.body) })
  });
  return { fake, state };
}

test('what a model takes is said before it is loaded, and that there is no room', async () => {
  const { fake } = server([]);
  show(<Try />, fake, HERE);
  expect(
    await screen.findByText(
      'It needs at least 1 GiB, its weights; 2 GiB will be reserved for it. 1.5 GiB of memory is free now.'
    )
  ).toBeTruthy();
  expect(screen.getByText(/it would wait until there is/)).toBeTruthy();
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Number format' }), 'bfloat16');
  await userEvent.click(screen.getByRole('button', { name: 'Load the model' }));
  await waitFor(() => expect(fake.of('startWorker')[0]?.body).toEqual({ model: id('a'), dtype: 'bfloat16' }));
  expect(await screen.findByRole('progressbar', { name: 'Loading the model' })).toBeTruthy();
  expect(screen.queryByRole('tablist')).toBeNull();
});

test('a chat shows the answer as text, and the tokens that were sent with BOS and ids', async () => {
  const { fake } = server();
  const { lab, kept, container } = show(<Try />, fake, HERE);
  const words = await screen.findByRole('textbox', { name: /Your message/ });
  await userEvent.type(words, 'hi');
  await userEvent.keyboard('{Control>}{Enter}{/Control}');
  const log = await screen.findByRole('log', { name: 'Conversation' });
  const answer = await within(log).findByText(/onerror/);
  expect(answer.textContent).toContain('[U+202E]');
  expect(answer.getAttribute('dir')).toBe('auto');
  expect(container.querySelector('img, script')).toBeNull();
  expect(fake.of('askWorker')[0]!.body).toEqual({
    messages: [{ role: 'user', content: 'hi' }],
    max_new_tokens: 256,
    temperature: 0
  });
  expect(kept.worker).toBe(WORKER);
  expect(kept.turns).toHaveLength(2);
  expect(screen.getByText('Measured after loading').nextSibling!.textContent).toBe('1.5\u00a0GiB');
  expect(fake.of('startTokens')).toHaveLength(0);
  await userEvent.click(within(log).getByRole('button', { name: /Tokens that were sent/ }));
  expect(await within(log).findByText('3 tokens')).toBeTruthy();
  expect(fake.of('startTokens')[0]!.body).toEqual({ messages: [{ role: 'user', content: 'hi' }] });
  expect(within(log).getByText('First token that the tokenizer adds').nextSibling!.textContent).toBe('<bos>');
  expect(within(log).getByTitle('U+000A').textContent).toBe('\u240a');
  await userEvent.click(within(log).getByRole('checkbox', { name: 'Show the ids' }));
  expect(within(log).getByText('2151')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Copy as Python' }));
  await waitFor(() => expect(JSON.parse(lab.copied[0]!)).toMatchObject({ action: 'ask', worker: WORKER }));
});

test('a page that is loaded again finds its worker, its conversation and its way to ask', async () => {
  const { fake } = server();
  const turns = [
    { role: 'user', content: 'earlier' },
    { role: 'assistant', content: 'answered' }
  ];
  show(<Try />, fake, HERE, { worker: WORKER, turns, turnsCut: true });
  expect(await screen.findByText('answered')).toBeTruthy();
  expect(screen.getByText(/too long to be kept/)).toBeTruthy();
  await userEvent.click(screen.getByRole('tab', { name: 'Continue a text' }));
  await userEvent.type(screen.getByRole('textbox', { name: /Text to continue/ }), 'ab');
  await userEvent.click(screen.getByRole('tab', { name: 'Chat' }));
  expect(screen.getByText('answered')).toBeTruthy();
  await userEvent.click(screen.getByRole('tab', { name: 'Continue a text' }));
  expect(screen.getByRole('textbox', { name: /Text to continue/ })).toHaveProperty('value', 'ab');
});

test('continuations are scored with the space that they begin with', async () => {
  const { fake } = server();
  fake.answer('askWorker', () => ({
    text: null,
    continuations: [
      { text: ' b', log_likelihood: -2, tokens: 2, greedy: true },
      { text: ' c', log_likelihood: null, tokens: 1, greedy: false }
    ],
    seconds: 0.1
  }));
  show(<Try />, fake, HERE, { way: 'score', context: 'a', continuations: ' b\n c\n\n b' });
  await userEvent.click(await screen.findByRole('button', { name: 'Score' }));
  const table = await screen.findByRole('table', { name: /Log-likelihoods/ });
  expect(fake.of('askWorker')[0]!.body).toEqual({ context: 'a', continuations: [' b', ' c'] });
  const cells = within(table)
    .getAllByRole('cell')
    .map(cell => cell.textContent);
  expect(cells).toEqual(['-2.00', '2', '-1.00', 'yes', '\u2013', '1', '\u2013', 'no']);
});

test('unloading says how much came back, and the model can be loaded again', async () => {
  const { fake } = server();
  const { lab } = show(<Try />, fake, HERE);
  await userEvent.click(await screen.findByRole('button', { name: 'Unload' }));
  expect(await screen.findByText('Unloading gave back 1 GiB of memory.')).toBeTruthy();
  expect(lab.said).toEqual(['The model is unloaded; 1\u00a0GiB of memory came back.']);
  expect(screen.getByText('told to')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Load the model' })).toBeTruthy();
});

test('a worker that ended between two questions tells why', async () => {
  const { fake, state } = server();
  show(<Try />, fake, HERE, { worker: WORKER });
  await userEvent.type(await screen.findByRole('textbox', { name: /Your message/ }), 'hi');
  state.workers = [worker({ state: 'lost', why: 'its process died', ended: '2026-11-23T12:05:00+00:00' })];
  fake.answer('askWorker', () => new Status(400, { error: ERROR }));
  await userEvent.click(screen.getByRole('button', { name: 'Send' }));
  expect(await screen.findByText('its process died')).toBeTruthy();
  expect(screen.queryByRole('button', { name: 'Send' })).toBeNull();
});

test('a worker that fails to load shows its error', async () => {
  const { fake } = server([worker({ state: 'failed', error: ERROR, measured: null })]);
  show(<Try />, fake, HERE, { worker: WORKER });
  expect((await screen.findByRole('alert')).textContent).toContain(ERROR.remedy);
});

test('a live worker of the model comes before the one that ended here', () => {
  const ended = worker({ state: 'ended' });
  const live = worker({ id: OTHER });
  expect(workerOf([live, ended], id('a'), WORKER)).toBe(live);
  expect(workerOf([ended], id('a'), WORKER)).toBe(ended);
  expect(workerOf([ended], id('a'), '')).toBeNull();
  expect(workerOf([worker({ model: id('d') })], id('a'), '')).toBeNull();
});

test('without a model those that may be tried are offered, and what is served', async () => {
  const { fake } = server();
  const { lab } = show(<Try />, fake, { view: 'try', runs: [] });
  const table = await screen.findByRole('table', { name: 'Served models' });
  expect(within(table).getByText('Serving')).toBeTruthy();
  await waitFor(() => expect(screen.getAllByRole('button', { name: 'gemma-3-270m' })).toHaveLength(2));
  expect(screen.queryByText('refused')).toBeNull();
  await userEvent.click(within(table).getByRole('button', { name: 'gemma-3-270m' }));
  expect(lab.opened[0]!.address).toEqual(HERE);
  await userEvent.click(within(table).getByRole('button', { name: 'Unload gemma-3-270m' }));
  expect(await screen.findByText('No model is served now.')).toBeTruthy();
  act(() => lab.hints.tell({ kind: 'worker' }));
});
