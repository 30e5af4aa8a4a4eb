import type { Event } from '@jupyterlab/services';
import { type IDisposable, DisposableDelegate } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

export const RUN_CHANGED = 'urn:sovereign-workbench:event:run-changed';
export const MODELS_CHANGED = 'urn:sovereign-workbench:event:models-changed';

/** A hint that something is worth fetching again. Whoever hears none misses nothing: views also ask by themselves. */
export type Hint =
  | { readonly kind: 'run'; readonly run: string; readonly change: 'state' | 'progress' | 'removed' }
  | { readonly kind: 'models' }
  /** A model was served or unloaded from this page; the server has no event for it. */
  | { readonly kind: 'worker' };

/** The server's events as hints. */
export class Hints implements IDisposable {
  constructor(private readonly _stream: Event.Stream) {
    this._stream.connect(this._onEvent, this);
  }

  get heard(): ISignal<this, Hint> {
    return this._heard;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  dispose(): void {
    this._disposed = true;
    this._stream.disconnect(this._onEvent, this);
    Signal.clearData(this);
  }

  /** Call `listener` for each hint, until disposed. */
  subscribe(listener: (hint: Hint) => void): IDisposable {
    const slot = (_: this, hint: Hint): void => listener(hint);
    this._heard.connect(slot);
    return new DisposableDelegate(() => this._heard.disconnect(slot));
  }

  /** Tell everybody here what this page itself has just done. */
  tell(hint: Hint): void {
    this._heard.emit(hint);
  }

  private _onEvent(_: Event.IManager, event: Event.Emission): void {
    const hint = fromEvent(event);
    if (hint) {
      this._heard.emit(hint);
    }
  }

  private readonly _heard = new Signal<this, Hint>(this);
  private _disposed = false;
}

/** Read an event; those of others are none of ours. */
export function fromEvent(event: Event.Emission): Hint | null {
  if (event.schema_id === MODELS_CHANGED) {
    return { kind: 'models' };
  }
  const { run, change } = event;
  if (event.schema_id !== RUN_CHANGED || typeof run !== 'string') {
    return null;
  }
  return { kind: 'run', run, change: change === 'progress' || change === 'removed' ? change : 'state' };
}
