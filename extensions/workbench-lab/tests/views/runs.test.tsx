import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { RUN_CHANGED } from '../../src/model/hints';
import Runs from '../../src/views/runs';
import { ERROR, HOSTILE, OTHER, RUN, SETTINGS, done, run } from '../fixtures';
import { show } from '../harness';
import { FakeServer, Status } from '../server';

const HERE = { view: 'runs', runs: [] } as const;
const both = (): FakeServer =>
  new FakeServer({ listRuns: () => ({ runs: [run(), done({ id: OTHER, model: 'smollm2' })], total: 2 }) });

test('runs are listed with state, progress and what can be told to them', async () => {
  show(<Runs />, both(), HERE);
  const card = (await screen.findByText('gemma-3-270m')).closest('li')!;
  expect(within(card).getByText('Running')).toBeTruthy();
  expect(within(card).getByText('40 of 100 items')).toBeTruthy();
  expect(within(card).getByText('8 items/s')).toBeTruthy();
  expect(within(card).getByRole('progressbar', { name: `Progress of run ${RUN}` })).toBeTruthy();
  const verbs = within(within(card).getByRole('group', { name: `Run ${RUN}` })).getAllByRole('button');
  expect(verbs.map(button => button.textContent)).toEqual(['Pause', 'Cancel…']);
});

test('two ticked runs are compared, and stay ticked after a reload', async () => {
  const { lab, kept } = show(<Runs />, both(), HERE);
  const compare = screen.getByRole('button', { name: 'Compare two ticked runs' });
  expect(compare).toHaveProperty('disabled', true);
  await userEvent.click(await screen.findByRole('checkbox', { name: `Tick run ${RUN}` }));
  await userEvent.click(screen.getByRole('checkbox', { name: `Tick run ${OTHER}` }));
  await userEvent.click(compare);
  expect(lab.opened[0]!.address).toEqual({ view: 'compare', runs: [RUN, OTHER] });
  expect(kept.ticked).toEqual([RUN, OTHER]);
});

test('cancelling asks what to do with what is answered', async () => {
  const server = both();
  server.answer('cancelRun', () => run({ state: 'finishing', verbs: [] }));
  const { lab } = show(<Runs />, server, HERE);
  const cancel = await screen.findByRole('button', { name: 'Cancel…' });
  await userEvent.click(cancel);
  expect(lab.asked).toHaveLength(1);
  expect(server.of('cancelRun')).toHaveLength(0);
  lab.reply = 'score';
  await userEvent.click(cancel);
  await waitFor(() => expect(server.of('cancelRun')[0]?.body).toEqual({ outcome: 'score' }));
});

test('a refused verb is said with its remedy', async () => {
  const server = both();
  server.answer('pauseRun', () => new Status(409, { error: ERROR }));
  const { lab } = show(<Runs />, server, HERE);
  await userEvent.click(await screen.findByRole('button', { name: 'Pause' }));
  await waitFor(() => expect(lab.said).toEqual([`${ERROR.message}\n${ERROR.remedy}`]));
});

test('an event of the server makes the list ask again', async () => {
  const server = both();
  const { lab } = show(<Runs />, server, HERE);
  await screen.findByText('gemma-3-270m');
  const before = server.of('listRuns').length;
  lab.events.emit({ schema_id: RUN_CHANGED, run: RUN, change: 'state' });
  lab.events.emit({ schema_id: RUN_CHANGED, run: RUN, change: 'progress' });
  await waitFor(() => expect(server.of('listRuns').length).toBe(before + 1), { timeout: 3000 });
});

test('an error shows what, where and what to do, and the list stays below it', async () => {
  const server = new FakeServer({ listRuns: () => new Status(500, { error: ERROR }) });
  show(<Runs />, server, HERE);
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain(ERROR.message);
  expect(alert.textContent).toContain(ERROR.remedy);
  server.answer('listRuns', () => ({ runs: [run()], total: 1 }));
  await userEvent.click(within(alert).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('gemma-3-270m')).toBeTruthy();
  expect(screen.queryByRole('alert')).toBeNull();
});

test('hostile names stay text', async () => {
  const server = new FakeServer({ listRuns: () => ({ runs: [run({ model: HOSTILE })], total: 1 }) });
  const { container } = show(<Runs />, server, HERE);
  const name = await screen.findByText(/onerror/);
  expect(container.querySelector('img, script')).toBeNull();
  expect(name.getAttribute('dir')).toBe('auto');
  expect(name.textContent).toContain('[U+202E]');
  expect(name.textContent).toContain('\u2400');
  expect(name.textContent).not.toContain('\u202e');
});

test('the code of a run is copied, or put into the open notebook', async () => {
  const server = both();
  server.answer('makeSnippet', call => ({ python: `# ${JSON.stringify(call.body)}` }));
  const { lab } = show(<Runs />, server, HERE);
  await userEvent.click(await screen.findByRole('button', { name: `Details of run ${RUN}` }));
  await userEvent.click(screen.getByRole('button', { name: 'Copy as Python' }));
  await waitFor(() => expect(lab.copied).toEqual([`# {"action":"run","run":"${RUN}"}`]));
  await userEvent.click(screen.getByRole('button', { name: 'Insert cell' }));
  await waitFor(() => expect(lab.cells).toHaveLength(1));
  lab.notebook = null;
  await userEvent.click(screen.getByRole('button', { name: 'Insert cell' }));
  await waitFor(() => expect(lab.said.at(-1)).toContain('No notebook is open'));
});

test('beyond one page the next ones are fetched, as many as the settings say', async () => {
  const server = new FakeServer({
    getSettings: () => ({ ...SETTINGS, page_size: 500 }),
    listRuns: call => {
      const offset = Number(call.query.get('offset'));
      return { runs: offset === 0 ? [run()] : [done({ id: OTHER, model: 'older' })], total: 501 };
    }
  });
  const { kept } = show(<Runs />, server, HERE);
  await waitFor(() => expect(server.of('listRuns').at(-1)!.query.get('limit')).toBe('500'));
  await userEvent.click(await screen.findByRole('button', { name: 'Older runs' }));
  expect(await screen.findByText('older')).toBeTruthy();
  expect(screen.getByText('501 to 501 of 501')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Older runs' })).toHaveProperty('disabled', true);
  expect(kept.page).toBe(1);
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'State' }), 'done');
  expect(kept.page).toBe(0);
});
