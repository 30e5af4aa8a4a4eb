import { Token } from '@lumino/coreutils';

import type { LiveRuns } from './model/live';
import type { IServices } from './views/context';

/** The connection to Workbench on this Jupyter server, shared by everything that shows it. */
export interface IWorkbench {
  readonly services: IServices;
  readonly live: LiveRuns;
}

export const IWorkbench = new Token<IWorkbench>(
  'sovereign-workbench-lab:IWorkbench',
  'A connection to Workbench on the Jupyter server: its typed client, change hints, and the runs that live.'
);
