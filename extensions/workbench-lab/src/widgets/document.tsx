import type { JSONObject } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';
import { type ReactElement, lazy } from 'react';

import { type IAddress, type ViewState, toArgs } from '../model/address';
import { DocumentProvider, type IServices } from '../views/context';
import { Body } from './body';

const DocumentView = lazy(() => import('../views/document-view'));

/** One of the main area's documents. */
export class DocumentBody extends Body {
  constructor(
    services: IServices,
    readonly address: IAddress,
    state: ViewState
  ) {
    super(services);
    this._state = state;
    this.addClass('swb-document');
  }

  /** Emitted when what comes back on reload has changed. */
  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  /** Emitted with the name that the view gives itself. */
  get named(): ISignal<this, string> {
    return this._named;
  }

  /** Arguments of the command that brings this document back as it is. */
  get args(): JSONObject {
    return toArgs(this.address, this._state);
  }

  /** Show something else of the same address. */
  go(state: ViewState): void {
    if (Object.keys(state).length > 0) {
      this._state = { ...this._state, ...state };
      this._round += 1;
      this._stateChanged.emit();
      this.update();
    }
  }

  protected override draw(): ReactElement {
    return (
      <DocumentProvider
        value={{
          address: this.address,
          active: this.looked,
          recall: this._recall,
          remember: this._remember,
          setTitle: this._setTitle
        }}
      >
        <DocumentView key={this._round} />
      </DocumentProvider>
    );
  }

  private readonly _recall = (): ViewState => this._state;

  private readonly _remember = (change: JSONObject): void => {
    this._state = { ...this._state, ...change };
    this._stateChanged.emit();
  };

  private readonly _setTitle = (title: string): void => {
    this._named.emit(title);
  };

  private readonly _stateChanged = new Signal<this, void>(this);
  private readonly _named = new Signal<this, string>(this);
  private _state: ViewState;
  private _round = 0;
}
