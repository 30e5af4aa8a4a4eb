import type { IRunningSessions } from '@jupyterlab/running';

import type { Run, Verb, Worker } from '../api/types';
import type { Live } from '../model/live';
import { visibleText } from '../model/visible';
import type { IServices } from '../views/context';
import { stateLabel, workerStateLabel } from '../views/labels';

// The plug-in takes all that it needs at once from here.
export { verbLabel } from '../views/labels';

type Icon = IRunningSessions.IRunningItem['icon'];

/** Class of a run in the Running panel, for its context menu. */
export const RUN_CLASS = 'swb-running-run';

/** What the Running panel asks about runs: a click opens the results, the cross asks before it cancels. */
export function runManager(services: IServices, live: Live<Run>, icon: Icon): IRunningSessions.IManager {
  const { trans, formats } = services;
  return {
    name: trans.__('Evaluation runs'),
    running: () =>
      live.all.map(run => ({
        label: () => visibleText(run.model),
        detail: () =>
          run.planned === null || run.planned === 0
            ? stateLabel(run.state, trans)
            : trans.__('%1, %2', stateLabel(run.state, trans), formats.share(run.answered / run.planned)),
        labelTitle: () => visibleText(run.packs.join(', ')),
        icon,
        className: RUN_CLASS,
        context: run.id,
        open: () => services.open({ view: 'results', runs: [run.id] }),
        shutdown: () => void told(services, run, 'cancel').then(() => live.refresh())
      })),
    refreshRunning: () => void live.refresh(),
    runningChanged: live.changed,
    shutdownLabel: trans.__('Cancel…'),
    shutdownAllLabel: trans.__('Pause all'),
    shutdownAllConfirmationText: trans.__('Pause all evaluation runs? What is answered is kept.'),
    shutdownAll: () => {
      for (const run of live.all.filter(each => each.verbs.includes('pause'))) {
        void told(services, run, 'pause');
      }
    }
  };
}

/** What the Running panel asks about served models: a click tries one, the cross unloads it. */
export function workerManager(
  services: IServices,
  workers: Live<Worker>,
  icon: Icon
): IRunningSessions.IManager {
  const { trans, formats } = services;
  const stop = async (worker: Worker): Promise<void> => {
    const [{ attempt }, { unload }] = await Promise.all([
      import('../views/actions'),
      import('../views/worker')
    ]);
    await attempt(services, () => unload(services, worker));
  };
  return {
    name: trans.__('Served models'),
    running: () =>
      workers.all.map(worker => {
        const { model } = worker;
        return {
          label: () => visibleText(worker.name),
          detail: () =>
            worker.measured === null
              ? workerStateLabel(worker.state, trans)
              : trans.__('%1, %2', workerStateLabel(worker.state, trans), formats.bytes(worker.measured)),
          labelTitle: () => trans.__('Served since %1 on %2', formats.moment(worker.started), worker.device),
          icon,
          context: worker.id,
          open: () => services.open({ view: 'try', runs: [], ...(model !== null && { model }) }),
          shutdown: () => void stop(worker)
        };
      }),
    refreshRunning: () => void workers.refresh(),
    runningChanged: workers.changed,
    shutdownLabel: trans.__('Unload'),
    shutdownAllLabel: trans.__('Unload all'),
    shutdownAllConfirmationText: trans.__('Unload all served models? Whoever asks them is interrupted.'),
    shutdownAll: () => {
      for (const worker of workers.all) {
        void stop(worker);
      }
    }
  };
}

/** Tell a run something; the code that asks and tells is loaded once it is needed. */
export async function told(services: IServices, run: Run, verb: Verb): Promise<void> {
  const { attempt, tell } = await import('../views/actions');
  await attempt(services, async () => {
    await tell(services, run, verb);
  });
}
