import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { liveRuns, liveWorkers } from '../../src/model/live';
import { runManager, workerManager } from '../../src/widgets/running';
import SidebarView from '../../src/views/sidebar';
import { OTHER, RUN, SERVER, WORKER, done, id, run, worker } from '../fixtures';
import { FakeLab, show } from '../harness';
import { FakeServer } from '../server';

/** The panel draws it; nothing here looks at it. */
const ICON = (): string => '';
const HERE = { view: 'runs', runs: [] } as const;

function server(): FakeServer {
  return new FakeServer({
    listRuns: call => ({
      runs: call.query.get('live') === 'true' ? [run()] : [run(), done({ id: OTHER })],
      total: 2
    }),
    listWorkers: () => ({ workers: [worker(), worker({ id: OTHER, state: 'ended' })] }),
    getServer: () => SERVER,
    stopWorker: () => worker({ state: 'ended', freed: 2 ** 20 }),
    pauseRun: () => run({ state: 'paused', verbs: ['resume', 'cancel'] })
  });
}

test('the side bar leads everywhere: views, live runs, served models, MLflow', async () => {
  const fake = server();
  const { client, hints } = new FakeLab(fake);
  const live = liveRuns(client, hints);
  const workers = liveWorkers(client, hints);
  const { lab } = show(<SidebarView live={live} workers={workers} />, fake, HERE);
  await act(async () => {
    await Promise.all([live.refresh(), workers.refresh()]);
  });
  await userEvent.click(screen.getByRole('button', { name: 'Doctor' }));
  expect(lab.opened.at(-1)!.address).toEqual({ view: 'doctor', runs: [] });
  expect(screen.getByRole('button', { name: 'Pause' })).toBeTruthy();
  const link = await screen.findByRole('link', { name: /Open MLflow/ });
  expect(link.getAttribute('href')).toBe('/workbench/mlflow/');
  expect(link.getAttribute('rel')).toBe('noopener noreferrer');
  await userEvent.click(screen.getByRole('button', { name: 'Unload gemma-3-270m' }));
  await waitFor(() => expect(lab.said).toEqual(['The model is unloaded; 1\u00a0MiB of memory came back.']));
  live.dispose();
  workers.dispose();
});

test('the Running panel lists runs and served models, with what each can be told', async () => {
  const fake = server();
  const lab = new FakeLab(fake);
  const live = liveRuns(lab.client, lab.hints);
  const workers = liveWorkers(lab.client, lab.hints);
  await Promise.all([live.refresh(), workers.refresh()]);
  const [first] = runManager(lab, live, ICON).running({ mode: 'list' });
  expect([first!.label(), first!.detail!(), first!.context]).toEqual(['gemma-3-270m', 'Running, 40%', RUN]);
  first!.shutdown!();
  await waitFor(() => expect(lab.asked).toHaveLength(1));
  expect(fake.of('cancelRun')).toEqual([]);
  runManager(lab, live, ICON).shutdownAll();
  await waitFor(() => expect(fake.of('pauseRun')).toHaveLength(1));
  const served = workerManager(lab, workers, ICON).running({ mode: 'list' });
  expect(served.map(each => each.context)).toEqual([WORKER]);
  expect(served[0]!.detail!()).toBe('Serving, 1.5\u00a0GiB');
  served[0]!.open!();
  expect(lab.opened.at(-1)!.address).toEqual({ view: 'try', runs: [], model: id('a') });
  served[0]!.shutdown!();
  await waitFor(() => expect(fake.of('stopWorker')[0]!.path).toEqual({ worker: WORKER }));
  live.dispose();
  workers.dispose();
});
