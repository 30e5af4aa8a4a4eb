import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { CommandIDs } from '../commands';
import { workbenchIcon } from '../icons';
import { IWorkbench } from '../tokens';
import { Sidebar } from '../widgets/sidebar';

const RANK = 600;

/** The panel in the left side bar. */
export const panel: JupyterFrontEndPlugin<void> = {
  id: 'sovereign-workbench-lab:panel',
  description: 'Adds the Workbench panel to the left side bar.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    workbench: IWorkbench,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const { services, live, workers } = workbench;
    const { trans } = services;
    const sidebar = new Sidebar(services, live, workers);
    sidebar.id = 'sovereign-workbench-panel';
    sidebar.title.icon = workbenchIcon;
    sidebar.title.caption = trans.__('Workbench');
    sidebar.node.setAttribute('role', 'region');
    sidebar.node.setAttribute('aria-label', trans.__('Workbench'));
    app.shell.add(sidebar, 'left', { rank: RANK });
    restorer?.add(sidebar, 'sovereign-workbench-panel');
    app.commands.addCommand(CommandIDs.panel, {
      label: args => (args.isPalette === true ? trans.__('Show the Workbench panel') : trans.__('Workbench')),
      caption: trans.__('Show the Workbench panel'),
      icon: args => (args.isPalette === true ? undefined : workbenchIcon),
      describedBy: { args: { type: 'object', properties: {} } },
      execute: () => app.shell.activateById(sidebar.id)
    });
    palette?.addItem({
      command: CommandIDs.panel,
      category: trans.__('Workbench'),
      args: { isPalette: true }
    });
  }
};
