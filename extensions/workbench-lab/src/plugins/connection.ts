import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { liveRuns, liveWorkers } from '../model/live';
import { IWorkbench } from '../tokens';
import { LabServices } from '../widgets/services';

/** Name of the catalogue of our strings. */
export const DOMAIN = 'sovereign_workbench';

/** Connects to Workbench on the server; everything else here is shown through it. */
export const connection: JupyterFrontEndPlugin<IWorkbench> = {
  id: 'sovereign-workbench-lab:connection',
  description: 'Connects to Workbench on the Jupyter server.',
  autoStart: true,
  provides: IWorkbench,
  optional: [ITranslator, INotebookTracker, IRenderMimeRegistry],
  activate: (
    app: JupyterFrontEnd,
    translator: ITranslator | null,
    notebooks: INotebookTracker | null,
    rendermime: IRenderMimeRegistry | null
  ): IWorkbench => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const services = new LabServices(app.serviceManager, trans, app.commands, notebooks, rendermime);
    const live = liveRuns(services.client, services.hints);
    const workers = liveWorkers(services.client, services.hints);
    // Asked once the page stands: starting JupyterLab waits for nothing of ours.
    void app.restored.then(() => Promise.all([live.refresh(), workers.refresh()]));
    return { services, live, workers };
  }
};
