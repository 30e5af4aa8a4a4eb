import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { connection } from './plugins/connection';
import { documents } from './plugins/documents';
import { launching } from './plugins/launcher';
import { panel } from './plugins/panel';
import { running } from './plugins/running';
import { status } from './plugins/status';

export { IWorkbench } from './tokens';

const plugins: JupyterFrontEndPlugin<unknown>[] = [connection, documents, panel, status, running, launching];

export default plugins;
