import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';

import { CommandIDs } from '../commands';
import { workbenchIcon } from '../icons';
import { VIEWS, type View, fromArgs, nameOf } from '../model/address';
import { IWorkbench } from '../tokens';
import type { IServices } from '../views/context';
import { viewLabel } from '../views/names';
import type { DocumentBody } from '../widgets/document';

const NAMESPACE = 'sovereign-workbench';
/** Milliseconds after which what a document shows is kept for the next reload. */
const KEEP = 500;
const ALONE: readonly View[] = VIEWS.filter(view => view !== 'results');

type Document = MainAreaWidget<DocumentBody>;

/** The main area's documents: opened by one command, one tab an address, back after a reload. */
export const documents: JupyterFrontEndPlugin<void> = {
  id: 'sovereign-workbench-lab:documents',
  description: 'Opens the views of Workbench in the main area.',
  autoStart: true,
  requires: [IWorkbench],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    workbench: IWorkbench,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ): void => {
    const { services } = workbench;
    const { trans } = services;
    const tracker = new WidgetTracker<Document>({ namespace: NAMESPACE });
    app.commands.addCommand(CommandIDs.open, {
      label: args => labelOf(args, services),
      caption: trans.__('Open a view of Workbench'),
      icon: args => (args.isPalette === true ? undefined : workbenchIcon),
      describedBy: {
        args: {
          type: 'object',
          required: ['view'],
          properties: {
            view: { type: 'string', enum: [...VIEWS], description: trans.__('Which view') },
            runs: {
              type: 'array',
              items: { type: 'string' },
              description: trans.__('Ids of the runs it shows')
            },
            model: { type: 'string', description: trans.__('Id of the model it tries') },
            state: { type: 'object', description: trans.__('What it shows first: filters, the open item') }
          }
        }
      },
      execute: async args => {
        const asked = fromArgs(args as ReadonlyJSONObject);
        if (asked === null) {
          services.notify(
            trans.__('This view cannot be opened: its runs are missing or are no runs.'),
            'error'
          );
          return;
        }
        const { address, state } = asked;
        const open = tracker.find(widget => nameOf(widget.content.address) === nameOf(address));
        if (open) {
          open.content.go(state);
          app.shell.activateById(open.id);
          return;
        }
        const { DocumentBody } = await import('../widgets/document');
        const widget = made(services, new DocumentBody(services, address, state));
        const keep = new Debouncer(() => tracker.save(widget), KEEP);
        widget.content.stateChanged.connect(() => void keep.invoke(), widget);
        widget.disposed.connect(() => keep.dispose(), widget);
        await tracker.add(widget);
        app.shell.add(widget, 'main');
        app.shell.activateById(widget.id);
      }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.open,
        args: widget => widget.content.args,
        name: widget => nameOf(widget.content.address)
      });
    }
    for (const view of palette ? ALONE : []) {
      palette?.addItem({
        command: CommandIDs.open,
        category: trans.__('Workbench'),
        args: { view, runs: [], isPalette: true }
      });
    }
  }
};

function labelOf(args: Readonly<Record<string, unknown>>, { trans }: IServices): string {
  const view = VIEWS.find(each => each === args.view);
  if (view === undefined) {
    return trans.__('Open Workbench');
  }
  return args.isPalette === true ? trans.__('Workbench: %1', viewLabel(view, trans)) : viewLabel(view, trans);
}

function made(services: IServices, content: DocumentBody): Document {
  const widget = new MainAreaWidget({ content });
  widget.toolbar.hide();
  const { address } = content;
  const name = viewLabel(address.view, services.trans);
  widget.id = `sovereign-workbench-${nameOf(address).replaceAll(':', '-')}`;
  widget.title.label = name;
  widget.title.caption = name;
  widget.title.icon = workbenchIcon;
  widget.title.closable = true;
  content.named.connect((_, title) => {
    widget.title.label = title;
    widget.title.caption = title;
  }, widget);
  return widget;
}
