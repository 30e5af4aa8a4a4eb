import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';

import { IWorkbench } from '../tokens';
import { Status } from '../widgets/status';

const RANK = 60;

/** How the live runs stand, in the status bar; nothing while there are none. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'sovereign-workbench-lab:status',
  description: 'Shows in the status bar how live evaluation runs stand.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [IStatusBar],
  activate: (_: JupyterFrontEnd, workbench: IWorkbench, bar: IStatusBar | null): void => {
    const { services, live } = workbench;
    bar?.registerStatusItem('sovereign-workbench-lab:status', {
      item: new Status(services, live),
      align: 'left',
      rank: RANK,
      isActive: () => live.all.length > 0,
      activeStateChanged: live.changed
    });
  }
};
