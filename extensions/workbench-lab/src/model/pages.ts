import { type ISignal, Signal } from '@lumino/signaling';

import { type ApiError, asApiError, isAbort } from '../api/errors';

/** One page as the server gives it. */
export interface IPage<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

export type LoadPage<T> = (offset: number, limit: number, signal: AbortSignal) => Promise<IPage<T>>;

/** Pages kept at once; the farthest from what is looked at go first. */
const KEPT = 60;

/**
 * A long list of which only the pages around what is looked at are here.
 *
 * `need` says what is looked at; `refresh` asks again for that and forgets the rest when the answer is there, so that
 * what is on the screen never blinks.
 */
export class PagedList<T> {
  constructor(
    private readonly _load: LoadPage<T>,
    readonly pageSize = 100
  ) {}

  /** Emitted whenever a page came or failed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Grows with each change; what React compares. */
  get version(): number {
    return this._version;
  }

  /** How many rows there are; null before the first answer. */
  get total(): number | null {
    return this._total;
  }

  get error(): ApiError | null {
    return this._error;
  }

  /** A row, if its page is here. */
  row(index: number): T | undefined {
    return this._pages.get(Math.floor(index / this.pageSize))?.[index % this.pageSize];
  }

  /** Load what rows `first` to `last` need, and a page on either side of them. */
  need(first: number, last: number): void {
    const end = this._total === null ? 0 : Math.max(0, Math.ceil(this._total / this.pageSize) - 1);
    const from = Math.max(0, Math.floor(first / this.pageSize) - 1);
    const to = Math.min(end, Math.floor(last / this.pageSize) + 1);
    this._middle = Math.floor((first + last) / 2 / this.pageSize);
    const pages = Array.from({ length: to - from + 1 }, (_, step) => from + step);
    // What is on the screen comes before what may come.
    pages.sort((a, b) => Math.abs(a - this._middle) - Math.abs(b - this._middle));
    for (const page of pages) {
      if (!this._pages.has(page)) {
        void this._fetch(page);
      }
    }
  }

  /** Ask again; rows stay as they are until the answer comes. */
  async refresh(): Promise<void> {
    if (this._refreshing) {
      this._again = true;
      return;
    }
    this._refreshing = true;
    this._generation += 1;
    this._loading.clear();
    const stale = new Set(this._pages.keys());
    const wanted = [...stale].filter(page => Math.abs(page - this._middle) <= 1);
    await Promise.all((wanted.length > 0 ? wanted : [0]).map(page => this._fetch(page)));
    for (const page of stale) {
      if (!wanted.includes(page)) {
        this._pages.delete(page);
      }
    }
    this._refreshing = false;
    this._emit();
    if (this._again) {
      this._again = false;
      await this.refresh();
    }
  }

  /** Give up what is on its way; what is here stays, and `need` may begin anew. */
  stop(): void {
    this._aborter.abort();
    this._aborter = new AbortController();
    this._loading.clear();
    this._generation += 1;
  }

  private async _fetch(page: number): Promise<void> {
    if (this._loading.has(page)) {
      return;
    }
    const generation = this._generation;
    this._loading.add(page);
    try {
      const answer = await this._load(page * this.pageSize, this.pageSize, this._aborter.signal);
      if (generation !== this._generation) {
        return;
      }
      this._pages.set(page, answer.rows);
      this._total = answer.total;
      this._error = null;
      this._forget();
    } catch (error) {
      if (isAbort(error) || generation !== this._generation) {
        return;
      }
      this._error = asApiError(error);
      // An empty list says at least that nothing is on its way.
      this._total ??= 0;
    } finally {
      if (generation === this._generation) {
        this._loading.delete(page);
      }
    }
    this._emit();
  }

  private _forget(): void {
    const far = (page: number): number => Math.abs(page - this._middle);
    const sorted = [...this._pages.keys()].sort((a, b) => far(a) - far(b));
    for (const page of sorted.slice(KEPT)) {
      this._pages.delete(page);
    }
  }

  private _emit(): void {
    this._version += 1;
    this._changed.emit();
  }

  private readonly _pages = new Map<number, readonly T[]>();
  private readonly _loading = new Set<number>();
  private _aborter = new AbortController();
  private readonly _changed = new Signal<this, void>(this);
  private _total: number | null = null;
  private _error: ApiError | null = null;
  private _middle = 0;
  private _generation = 0;
  private _version = 0;
  private _refreshing = false;
  private _again = false;
}
