import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';

import { CommandIDs } from '../commands';
import { IWorkbench } from '../tokens';

/** The way in from Lab's launcher. */
export const launching: JupyterFrontEndPlugin<void> = {
  id: 'sovereign-workbench-lab:launcher',
  description: 'Adds Workbench to the launcher.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [ILauncher],
  activate: (_: JupyterFrontEnd, workbench: IWorkbench, launcher: ILauncher | null): void => {
    const category = workbench.services.trans.__('Workbench');
    launcher?.add({ command: CommandIDs.panel, category, rank: 0 });
    launcher?.add({ command: CommandIDs.open, args: { view: 'new-run', runs: [] }, category, rank: 1 });
  }
};
