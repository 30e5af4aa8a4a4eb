import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { Run } from '../api/types';
import { CommandIDs } from '../commands';
import { workbenchIcon } from '../icons';
import type { Live } from '../model/live';
import { IWorkbench } from '../tokens';
import type { IServices } from '../views/context';
import { RUN_CLASS, runManager, told, verbLabel, workerManager } from '../widgets/running';

const RANK = 10;
/** What the context menu of a run offers; which of it applies now, the run says. */
const VERBS = { pause: CommandIDs.pause, resume: CommandIDs.resume, cancel: CommandIDs.cancel } as const;

/** Live runs and served models in Lab's Running panel. */
export const running: JupyterFrontEndPlugin<void> = {
  id: 'sovereign-workbench-lab:running',
  description: "Lists live evaluation runs and served models in JupyterLab's Running panel.",
  autoStart: true,
  requires: [IWorkbench],
  optional: [IRunningSessionManagers],
  activate: (app: JupyterFrontEnd, workbench: IWorkbench, managers: IRunningSessionManagers | null): void => {
    const { services, live, workers } = workbench;
    addVerbs(app, services, live);
    managers?.add(runManager(services, live, () => workbenchIcon));
    managers?.add(workerManager(services, workers, () => workbenchIcon));
  }
};

/** Pause, resume and cancel: commands of a run by its id, or of the one whose context menu is open. */
function addVerbs(app: JupyterFrontEnd, services: IServices, live: Live<Run>): void {
  const { trans } = services;
  const runOf = (args: ReadonlyJSONObject): Run | undefined => {
    const asked =
      typeof args.run === 'string'
        ? args.run
        : app.contextMenuHitTest(node => node.classList.contains(RUN_CLASS))?.dataset.context;
    return live.all.find(run => run.id === asked);
  };
  for (const [verb, command] of Object.entries(VERBS) as [keyof typeof VERBS, string][]) {
    app.commands.addCommand(command, {
      label: verbLabel(verb, trans),
      describedBy: {
        args: {
          type: 'object',
          properties: {
            run: {
              type: 'string',
              description: trans.__('Id of the run; without it, the one that was clicked')
            }
          }
        }
      },
      isVisible: args => runOf(args as ReadonlyJSONObject)?.verbs.includes(verb) ?? false,
      execute: async args => {
        const run = runOf(args as ReadonlyJSONObject);
        if (run) {
          await told(services, run, verb);
          await live.refresh();
        }
      }
    });
    app.contextMenu.addItem({ command, selector: `.${RUN_CLASS}`, rank: RANK });
  }
}
