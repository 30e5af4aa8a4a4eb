import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { type ApiError, asApiError } from '../api/errors';
import type { DraftItem, ItemDraft } from '../api/types';

/** Milliseconds without a change after which a draft is written. */
const STILL = 600;

/** What is typed, kept on the server a moment later: there is nothing to save, and the checks come back by themselves. */
export class DraftSync implements IDisposable {
  constructor(
    private readonly _client: Client,
    first: ItemDraft
  ) {
    this._shown = first;
    this._items = first.items.map(({ item }) => item);
    this._removed = first.removed;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Grows with each change; what React compares. */
  get version(): number {
    return this._version;
  }

  /** The items as they are typed. */
  get items(): readonly DraftItem[] {
    return this._items;
  }

  /** Ids of the benchmark's items that the next version leaves out. */
  get removed(): readonly string[] {
    return this._removed;
  }

  /** The draft as the server last had it, with its checks. */
  get shown(): ItemDraft {
    return this._shown;
  }

  get error(): ApiError | null {
    return this._error;
  }

  /** Whether the server has everything that was typed. */
  get isKept(): boolean {
    return this._written === this._edits;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Change what is typed. */
  edit(change: { items?: readonly DraftItem[]; removed?: readonly string[] }): void {
    this._items = change.items ?? this._items;
    this._removed = change.removed ?? this._removed;
    this._edits += 1;
    this._emit();
    this._plan();
  }

  /** Write what is not written yet, and wait until it is; false when it cannot be. */
  async flush(): Promise<boolean> {
    if (this._timer !== null) {
      clearTimeout(this._timer);
      this._timer = null;
    }
    while (!this.isKept) {
      await (this._writing ?? (this._writing = this._write()));
      if (this._error) {
        return false;
      }
    }
    return true;
  }

  /** Nothing that was typed is lost when its view goes. */
  dispose(): void {
    if (!this._disposed) {
      void this.flush();
      this._disposed = true;
      Signal.clearData(this);
    }
  }

  private _plan(): void {
    if (this._timer !== null) {
      clearTimeout(this._timer);
    }
    this._timer = setTimeout(() => void this.flush(), STILL);
  }

  private async _write(): Promise<void> {
    const edits = this._edits;
    try {
      this._shown = await this._client.put('/studio/{draft}', {
        path: { draft: this._shown.draft.id },
        body: {
          items: [...this._items],
          removed: [...this._removed],
          revision: this._shown.draft.revision
        }
      });
      this._written = edits;
      this._error = null;
    } catch (error) {
      this._error = asApiError(error);
    }
    this._writing = null;
    this._emit();
  }

  private _emit(): void {
    this._version += 1;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _items: readonly DraftItem[];
  private _removed: readonly string[];
  private _shown: ItemDraft;
  private _error: ApiError | null = null;
  private _writing: Promise<void> | null = null;
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _edits = 0;
  private _written = 0;
  private _version = 0;
  private _disposed = false;
}
