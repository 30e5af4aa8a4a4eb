import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { type ApiError, asApiError } from '../api/errors';
import type { Run } from '../api/types';
import type { Hints } from './hints';

/** Milliseconds between two requests: when hints come, while runs live, and when all is quiet. */
const HINTED = 1500;
const BUSY = 10_000;
const QUIET = 60_000;

/** The runs that have not ended; for the status bar, the Running panel and the side bar. */
export class LiveRuns implements IDisposable {
  constructor(
    private readonly _client: Client,
    hints: Hints
  ) {
    this._subscription = hints.subscribe(hint => {
      if (hint.kind === 'run') {
        this._plan(hint.change === 'progress' ? HINTED : 0);
      }
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The last answer; empty before the first. The same array until the next answer. */
  get runs(): readonly Run[] {
    return this._runs;
  }

  get error(): ApiError | null {
    return this._error;
  }

  get isDisposed(): boolean {
    return this._aborter.signal.aborted;
  }

  /** Ask now, and from then on by itself. */
  async refresh(): Promise<void> {
    if (this._asking || this._aborter.signal.aborted) {
      return;
    }
    this._asking = true;
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
    try {
      const answer = await this._client.get('/runs', {
        query: { live: true, limit: 100 },
        signal: this._aborter.signal
      });
      this._runs = answer.runs;
      this._error = null;
    } catch (error) {
      this._error = asApiError(error);
    }
    this._asking = false;
    if (!this.isDisposed) {
      this._changed.emit();
      this._plan(this._runs.length > 0 ? BUSY : QUIET);
    }
  }

  dispose(): void {
    this._aborter.abort();
    this._subscription.dispose();
    if (this._timer !== null) {
      clearTimeout(this._timer);
    }
    Signal.clearData(this);
  }

  private _plan(after: number): void {
    const at = Date.now() + after;
    if (this.isDisposed || (this._timer !== null && this._at <= at)) {
      return;
    }
    if (this._timer !== null) {
      clearTimeout(this._timer);
    }
    this._at = at;
    this._timer = setTimeout(() => {
      this._timer = null;
      void this.refresh();
    }, after);
  }

  private readonly _aborter = new AbortController();
  private readonly _changed = new Signal<this, void>(this);
  private readonly _subscription: IDisposable;
  private _runs: readonly Run[] = [];
  private _error: ApiError | null = null;
  private _asking = false;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _at = 0;
}
