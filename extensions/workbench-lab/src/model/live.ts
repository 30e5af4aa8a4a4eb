import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { type ApiError, asApiError } from '../api/errors';
import type { Run, Worker } from '../api/types';
import type { Hint, Hints } from './hints';

/** Milliseconds between two requests: when hints come, while something lives, and when all is quiet. */
const HINTED = 1500;
const BUSY = 10_000;
const QUIET = 60_000;

/** Processes that have not ended; for the status bar, the Running panel and the side bar. */
export class Live<T> implements IDisposable {
  /** `after` says how soon a hint is followed: after so many milliseconds, or not at all. */
  constructor(
    private readonly _load: (signal: AbortSignal) => Promise<readonly T[]>,
    hints: Hints,
    after: (hint: Hint) => number | null
  ) {
    this._subscription = hints.subscribe(hint => {
      const wait = after(hint);
      if (wait !== null) {
        this._plan(wait);
      }
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The last answer; empty before the first. The same array until the next answer. */
  get all(): readonly T[] {
    return this._all;
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
      this._all = await this._load(this._aborter.signal);
      this._error = null;
    } catch (error) {
      this._error = asApiError(error);
    }
    this._asking = false;
    if (!this.isDisposed) {
      this._changed.emit();
      this._plan(this._all.length > 0 ? BUSY : QUIET);
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
  private _all: readonly T[] = [];
  private _error: ApiError | null = null;
  private _asking = false;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _at = 0;
}

/** Runs that live. */
export function liveRuns(client: Client, hints: Hints): Live<Run> {
  return new Live(
    async signal => (await client.get('/runs', { query: { live: true, limit: 100 }, signal })).runs,
    hints,
    hint => (hint.kind === 'run' ? (hint.change === 'progress' ? HINTED : 0) : null)
  );
}

/** Models that are served, or will be. */
export function liveWorkers(client: Client, hints: Hints): Live<Worker> {
  return new Live(
    async signal => (await client.get('/workers', { signal })).workers.filter(isServed),
    hints,
    hint => (hint.kind === 'worker' ? 0 : null)
  );
}

/** Whether a worker lives. */
export function isServed(worker: Worker): boolean {
  return worker.state === 'queued' || worker.state === 'loading' || worker.state === 'serving';
}
