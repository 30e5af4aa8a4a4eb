import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ServerConnection, type ServiceManager } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { JSONObject } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { Widget } from '@lumino/widgets';

import { Client } from '../api/client';
import { CommandIDs } from '../commands';
import { type IAddress, type ViewState, toArgs } from '../model/address';
import { Formats } from '../model/format';
import { Hints } from '../model/hints';
import type { IQuestion, IServices } from '../views/context';

const API = 'workbench/api/v1';
/** The newest Vega-Lite that JupyterLab's own extension draws. */
const VEGA_LITE = 'application/vnd.vegalite.v5+json';

/** JupyterLab, as the views need it; they take its functions one by one, so each keeps its `this`. */
export class LabServices implements IServices {
  constructor(
    manager: ServiceManager.IManager,
    readonly trans: TranslationBundle,
    private readonly _commands: CommandRegistry,
    private readonly _notebooks: INotebookTracker | null,
    private readonly _rendermime: IRenderMimeRegistry | null
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

  readonly copy = (text: string): Promise<void> => {
    Clipboard.copyToSystem(text);
    return Promise.resolve();
  };

  readonly insertCell = async (source: string): Promise<string | null> => {
    const panel = this._notebooks?.currentWidget;
    if (!panel) {
      return null;
    }
    // A notebook that is still being opened gets its content afterwards, and would lose the cell again.
    await panel.context.ready;
    const model = panel.content.model;
    if (!model) {
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
  };

  readonly ask = async (question: IQuestion): Promise<string | null> => {
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
  };

  readonly notify = (message: string, kind: 'info' | 'error'): void => {
    if (kind === 'error') {
      Notification.error(message, { autoClose: false });
    } else {
      Notification.success(message, { autoClose: 4000 });
    }
  };

  readonly mlflow = (path: string): string => URLExt.join(this._base, path);

  readonly plot = (spec: JSONObject, host: HTMLElement): IDisposable | null => {
    const registry = this._rendermime;
    if (!registry || !host.isConnected || !registry.mimeTypes.includes(VEGA_LITE)) {
      return null;
    }
    const renderer = registry.createRenderer(VEGA_LITE);
    Widget.attach(renderer, host);
    // No menu over the plot: it would offer to send the numbers to an editor on somebody's server.
    const options = {
      actions: false,
      renderer: 'svg',
      formatLocale: this.formats.numerals()
    };
    const model = registry.createModel({
      data: { [VEGA_LITE]: spec },
      metadata: { [VEGA_LITE]: { embed_options: options } }
    });
    void renderer.renderModel(model).catch(() => renderer.dispose());
    return renderer;
  };

  private readonly _base: string;
}
