import { Token } from '@lumino/coreutils';

import type { Run, Worker } from './api/types';
import type { Live } from './model/live';
import type { IServices } from './views/context';

/** The connection to Workbench on this Jupyter server, shared by everything that shows it. */
export interface IWorkbench {
  readonly services: IServices;
  readonly live: Live<Run>;
  readonly workers: Live<Worker>;
}

export const IWorkbench = new Token<IWorkbench>(
  'sovereign-workbench-lab:IWorkbench',
  'A connection to Workbench on the Jupyter server: its typed client, change hints, the runs that live and the models that are served.'
);
