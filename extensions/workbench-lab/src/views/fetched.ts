import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore
} from 'react';

import { type ApiError, asApiError, isAbort } from '../api/errors';
import type { Hint } from '../model/hints';
import { type LoadPage, PagedList } from '../model/pages';
import { useDocument, useServices } from './context';

/** What a request brought: the last answer stays while it is asked again, and when that fails. */
export interface IFetched<T> {
  readonly value: T | null;
  readonly error: ApiError | null;
  readonly loading: boolean;
  readonly refresh: () => void;
}

export interface IFreshness {
  /** Seconds after which to ask again while the view is looked at; null: only on hints. */
  readonly every?: number | null;
  /** Which hints make it ask again. */
  readonly on?: (hint: Hint) => boolean;
}

/** Shortest time between two requests that hints cause, in milliseconds. */
export const THROTTLE = 1000;
const NEVER = (): boolean => false;

/**
 * Fetch something, and again when `key` changes, on hints and at intervals, but only while the view is looked at.
 *
 * `key` names what is fetched; `load` need not be stable. Null fetches nothing.
 */
export function useFetched<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  freshness: IFreshness = {}
): IFetched<T> {
  const [settled, setSettled] = useState<ISettled<T>>({ key: null, round: 0, value: null, error: null });
  const [round, setRound] = useState(0);
  const loader = useLatest(load);
  const refresh = useCallback(() => setRound(now => now + 1), []);

  useEffect(() => {
    if (key === null) {
      return undefined;
    }
    const aborter = new AbortController();
    loader.current(aborter.signal).then(
      value => {
        if (!aborter.signal.aborted) {
          setSettled({ key, round, value, error: null });
        }
      },
      (error: unknown) => {
        if (!aborter.signal.aborted && !isAbort(error)) {
          setSettled(now => ({
            key,
            round,
            value: now.key === key ? now.value : null,
            error: asApiError(error)
          }));
        }
      }
    );
    return () => aborter.abort();
  }, [key, round, loader]);

  useFreshness(refresh, freshness, key !== null);
  const ours = settled.key === key;
  return {
    value: ours ? settled.value : null,
    error: ours ? settled.error : null,
    loading: key !== null && !(ours && settled.round === round),
    refresh
  };
}

interface ISettled<T> {
  readonly key: string | null;
  readonly round: number;
  readonly value: T | null;
  readonly error: ApiError | null;
}

/** The last `value` that was drawn with, for what happens later. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  useLayoutEffect(() => {
    latest.current = value;
  });
  return latest;
}

/** Call `refresh` on hints and at intervals, while the view is looked at; once more when it is looked at again. */
export function useFreshness(refresh: () => void, freshness: IFreshness, wanted = true): void {
  const { hints } = useServices();
  const { active } = useDocument();
  const every = freshness.every ?? null;
  const on = useLatest(freshness.on ?? NEVER);
  const missed = useRef(false);
  const looked = active && wanted;

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const subscription = hints.subscribe(hint => {
      if (!on.current(hint)) {
        return;
      }
      if (!looked) {
        missed.current = true;
      } else {
        timer ??= setTimeout(() => {
          timer = null;
          refresh();
        }, THROTTLE);
      }
    });
    if (looked && missed.current) {
      missed.current = false;
      refresh();
    }
    return () => {
      if (timer !== null) {
        clearTimeout(timer);
        missed.current = true;
      }
      subscription.dispose();
    };
  }, [hints, looked, refresh, on]);

  useEffect(() => {
    if (!looked || every === null) {
      return undefined;
    }
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') {
        refresh();
      }
    }, every * 1000);
    return () => clearInterval(timer);
  }, [looked, every, refresh]);
}

/** A long list by pages; a new one for each `load`, which must be stable. */
export function usePages<T>(load: LoadPage<T>, pageSize: number): PagedList<T> {
  const list = useMemo(() => new PagedList<T>(load, pageSize), [load, pageSize]);
  useEffect(() => {
    list.need(0, 0);
    return () => list.stop();
  }, [list]);
  useSyncExternalStore(
    useCallback(
      changed => {
        const slot = (): void => changed();
        list.changed.connect(slot);
        return () => list.changed.disconnect(slot);
      },
      [list]
    ),
    () => list.version
  );
  return list;
}
