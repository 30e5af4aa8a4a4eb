import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers, type IRunningSessions } from '@jupyterlab/running';

import type { Run, Verb } from '../api/types';
import { workbenchIcon } from '../icons';
import type { LiveRuns } from '../model/live';
import { visibleText } from '../model/visible';
import { IWorkbench } from '../tokens';
import type { IServices } from '../views/context';
import { stateLabel } from '../views/labels';

/** Live runs in Lab's Running panel: a click opens the results, the cross asks before it cancels. */
export const running: JupyterFrontEndPlugin<void> = {
  id: 'sovereign-workbench-lab:running',
  description: "Lists live evaluation runs in JupyterLab's Running panel.",
  autoStart: true,
  requires: [IWorkbench],
  optional: [IRunningSessionManagers],
  activate: (_: JupyterFrontEnd, workbench: IWorkbench, managers: IRunningSessionManagers | null): void => {
    managers?.add(manager(workbench.services, workbench.live));
  }
};

/** What the Running panel asks. */
export function manager(services: IServices, live: LiveRuns): IRunningSessions.IManager {
  const { trans } = services;
  const pausable = (): Run[] => live.runs.filter(run => run.verbs.includes('pause'));
  return {
    name: trans.__('Evaluation runs'),
    running: () => live.runs.map(run => item(services, live, run)),
    refreshRunning: () => void live.refresh(),
    runningChanged: live.changed,
    shutdownLabel: trans.__('Cancel…'),
    shutdownAllLabel: trans.__('Pause all'),
    shutdownAllConfirmationText: trans.__('Pause all evaluation runs? What is answered is kept.'),
    shutdownAll: () => {
      for (const run of pausable()) {
        void told(services, run, 'pause');
      }
    }
  };
}

function item(services: IServices, live: LiveRuns, run: Run): IRunningSessions.IRunningItem {
  const { trans, formats } = services;
  return {
    label: () => visibleText(run.model),
    detail: () =>
      run.planned === null || run.planned === 0
        ? stateLabel(run.state, trans)
        : trans.__('%1, %2', stateLabel(run.state, trans), formats.share(run.answered / run.planned)),
    labelTitle: () => visibleText(run.packs.join(', ')),
    icon: () => workbenchIcon,
    open: () => services.open({ view: 'results', runs: [run.id] }),
    shutdown: () => void told(services, run, 'cancel').then(() => live.refresh())
  };
}

async function told(services: IServices, run: Run, verb: Verb): Promise<void> {
  const { attempt, tell } = await import('../views/actions');
  await attempt(services, async () => {
    await tell(services, run, verb);
  });
}
