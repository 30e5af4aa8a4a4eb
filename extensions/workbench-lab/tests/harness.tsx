import type { Event } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import { type RenderResult, render } from '@testing-library/react';
import type { ReactElement } from 'react';

import { Client } from '../src/api/client';
import type { IAddress, ViewState } from '../src/model/address';
import { Formats } from '../src/model/format';
import { Hints } from '../src/model/hints';
import { DocumentProvider, type IQuestion, type IServices, ServicesProvider } from '../src/views/context';
import type { FakeServer } from './server';

function filled(text: string, values: readonly unknown[]): string {
  return text.replace(/%(\d+)/g, (_, place: string) => String(values[Number(place) - 1]));
}

/** English, with the placeholders filled as JupyterLab does: of plurals, `%1` is the number itself. */
export const trans: TranslationBundle = {
  __: (text, ...values: unknown[]) => filled(text, values),
  gettext: (text, ...values: unknown[]) => filled(text, values),
  _n: (one, many, n, ...values: unknown[]) => filled(n === 1 ? one : many, [n, ...values]),
  ngettext: (one, many, n, ...values: unknown[]) => filled(n === 1 ? one : many, [n, ...values]),
  _p: (_, text, ...values: unknown[]) => filled(text, values),
  pgettext: (_, text, ...values: unknown[]) => filled(text, values),
  _np: (_, one, many, n, ...values: unknown[]) => filled(n === 1 ? one : many, [n, ...values]),
  npgettext: (_, one, many, n, ...values: unknown[]) => filled(n === 1 ? one : many, [n, ...values]),
  dcnpgettext: (_, __, one, many, n, ...values: unknown[]) => filled(n === 1 ? one : many, [n, ...values])
};

/** A stream of events that a test speaks on. */
export class FakeEvents {
  readonly signal = new Signal<this, Event.Emission>(this);

  get stream(): Event.Stream {
    return this.signal as unknown as Event.Stream;
  }

  emit(event: Event.Emission): void {
    this.signal.emit(event);
  }
}

/** What the views asked JupyterLab for. */
export class FakeLab implements IServices {
  constructor(server: FakeServer) {
    this.client = new Client('/workbench/api/v1', server.transport);
  }

  readonly events = new FakeEvents();
  readonly client: Client;
  readonly hints = new Hints(this.events.stream);
  readonly trans = trans;
  readonly formats = new Formats('en', trans);
  readonly opened: { address: IAddress; state?: ViewState | undefined }[] = [];
  readonly copied: string[] = [];
  readonly cells: string[] = [];
  readonly said: string[] = [];
  readonly asked: IQuestion[] = [];
  readonly plots: JSONObject[] = [];
  draws = true;
  notebook: string | null = 'Untitled.ipynb';
  reply: string | null = null;

  readonly open = (address: IAddress, state?: ViewState): void => {
    this.opened.push({ address, state });
  };
  readonly copy = (text: string): Promise<void> => {
    this.copied.push(text);
    return Promise.resolve();
  };
  readonly insertCell = (source: string): Promise<string | null> => {
    if (this.notebook !== null) {
      this.cells.push(source);
    }
    return Promise.resolve(this.notebook);
  };
  readonly ask = (question: IQuestion): Promise<string | null> => {
    this.asked.push(question);
    return Promise.resolve(this.reply);
  };
  readonly notify = (message: string): void => {
    this.said.push(message);
  };
  readonly mlflow = (path: string): string => `/${path}`;
  readonly plot = (spec: JSONObject): IDisposable | null => {
    this.plots.push(spec);
    return this.draws ? new DisposableDelegate(() => undefined) : null;
  };
}

export interface IShown extends RenderResult {
  readonly lab: FakeLab;
  readonly kept: JSONObject;
  readonly titles: string[];
}

/** Draw a view as a document. */
export function show(
  view: ReactElement,
  server: FakeServer,
  address: IAddress,
  state: ViewState = {}
): IShown {
  const lab = new FakeLab(server);
  const kept: JSONObject = {};
  const titles: string[] = [];
  const document = {
    address,
    active: true,
    recall: () => ({ ...state, ...kept }),
    remember: (change: JSONObject) => void Object.assign(kept, change),
    setTitle: (title: string) => void titles.push(title)
  };
  const shown = render(
    <ServicesProvider value={lab}>
      <DocumentProvider value={document}>{view}</DocumentProvider>
    </ServicesProvider>
  );
  return { ...shown, lab, kept, titles };
}
