import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import { ServerConnection, type ServiceManager } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { Client } from '../api/client';
import { CommandIDs } from '../commands';
import { type IAddress, type ViewState, toArgs } from '../model/address';
import { Formats } from '../model/format';
import { Hints } from '../model/hints';
import type { IQuestion, IServices } from '../views/context';

const API = 'workbench/api/v1';

/** JupyterLab, as the views need it. */
export class LabServices implements IServices {
  constructor(
    manager: ServiceManager.IManager,
    readonly trans: TranslationBundle,
    private readonly _commands: CommandRegistry,
    private readonly _notebooks: INotebookTracker | null
  ) {
    const settings = manager.serverSettings;
    this.client = new Client(URLExt.join(settings.baseUrl, API), (url, init) =>
      ServerConnection.makeRequest(url, init, settings)
    );
    this.hints = new Hints(manager.events.stream);
    this.formats = new Formats(document.documentElement.lang || undefined, trans);
    this._base = settings.baseUrl;
  }

  readonly client: Client;
  readonly hints: Hints;
  readonly formats: Formats;

  readonly open = (address: IAddress, state?: ViewState): void => {
    void this._commands.execute(CommandIDs.open, toArgs(address, state));
  };

  copy(text: string): Promise<void> {
    Clipboard.copyToSystem(text);
    return Promise.resolve();
  }

  insertCell(source: string): string | null {
    const panel = this._notebooks?.currentWidget;
    const model = panel?.content.model;
    if (!panel || !model) {
      return null;
    }
    const at = panel.content.activeCellIndex + 1;
    // Through the shared model: the cell is inserted for everybody who has the notebook open, and can be undone.
    model.sharedModel.insertCell(at, {
      cell_type: 'code',
      source: source.trimEnd(),
      metadata: panel.content.notebookConfig.defaultCell === 'code' ? { trusted: true } : {}
    });
    panel.content.activeCellIndex = at;
    return panel.title.label;
  }

  async ask(question: IQuestion): Promise<string | null> {
    const buttons = question.answers.map((answer, index) => {
      const options = { label: answer.label, accept: index > 0 };
      return answer.danger ? Dialog.warnButton(options) : Dialog.createButton(options);
    });
    const { button } = await showDialog({
      title: question.title,
      body: question.body,
      buttons,
      defaultButton: 0
    });
    return question.answers[buttons.indexOf(button)]?.value ?? null;
  }

  notify(message: string, kind: 'info' | 'error'): void {
    if (kind === 'error') {
      Notification.error(message, { autoClose: false });
    } else {
      Notification.success(message, { autoClose: 4000 });
    }
  }

  mlflow(path: string): string {
    return URLExt.join(this._base, path);
  }

  private readonly _base: string;
}
