import {
  type KeyboardEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState
} from 'react';

import type { PagedList } from '../model/pages';
import { useServices } from './context';

export interface IGridColumn<T> {
  readonly id: string;
  readonly name: string;
  /** A track of a CSS grid, e.g. `minmax(12em, 3fr)`. */
  readonly width: string;
  readonly number?: boolean;
  readonly cell: (row: T) => ReactNode;
}

interface IGridProps<T> {
  readonly label: string;
  readonly columns: readonly IGridColumn<T>[];
  readonly list: PagedList<T>;
  readonly id: (row: T) => string;
  /** Id of the row that is open. */
  readonly chosen: string;
  readonly onChoose: (row: T) => void;
}

/** Height of a row and of the header, in pixels; the stylesheet has the same. */
export const ROW = 28;
/** Rows drawn beyond either edge, so that a turn of the wheel meets no blank. */
const BEYOND = 12;

/** The rows to draw. */
export function windowOf(scrollTop: number, height: number, total: number): { first: number; last: number } {
  const first = Math.max(0, Math.floor(scrollTop / ROW) - BEYOND);
  const last = Math.min(total - 1, Math.ceil((scrollTop + height) / ROW) + BEYOND);
  return { first, last };
}

/** Where a key moves the cursor; null for keys that are not the grid's. */
export function moved(key: string, at: number, total: number, page: number): number | null {
  const steps: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: total - 1
  };
  const to = steps[key];
  return to === undefined ? null : Math.max(0, Math.min(total - 1, to));
}

/** A table of any length: only what is looked at is drawn, and fetched by pages. Another list is another key. */
export function Grid<T>({ label, columns, list, id, chosen, onChoose }: IGridProps<T>): ReactElement {
  const { trans } = useServices();
  const frame = useRef<HTMLDivElement>(null);
  const name = useId();
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const [cursor, setCursor] = useState(0);
  const total = list.total ?? 0;
  const { first, last } = windowOf(top, height, total);

  useLayoutEffect(() => {
    const element = frame.current;
    if (!element || typeof ResizeObserver === 'undefined') {
      return undefined;
    }
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    list.need(first, Math.max(first, last));
  }, [list, list.version, first, last]);

  const show = (index: number): void => {
    const element = frame.current;
    if (element) {
      const room = element.clientHeight - 2 * ROW;
      const wanted = index * ROW;
      if (wanted < element.scrollTop) {
        element.scrollTop = wanted;
      } else if (wanted > element.scrollTop + room) {
        element.scrollTop = wanted - room;
      }
    }
  };
  const onKey = (event: KeyboardEvent): void => {
    const to = moved(event.key, cursor, total, Math.max(1, Math.floor(height / ROW) - 2));
    if (to !== null) {
      event.preventDefault();
      setCursor(to);
      show(to);
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      const row = list.row(cursor);
      if (row !== undefined) {
        onChoose(row);
      }
    }
  };

  const template = columns.map(column => column.width).join(' ');
  const drawn = Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => first + step);
  return (
    <div
      ref={frame}
      className="swb-grid"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={list.total === null ? -1 : total + 1}
      aria-colcount={columns.length}
      aria-busy={list.total === null}
      aria-activedescendant={total > 0 && cursor >= first && cursor <= last ? `${name}-${cursor}` : undefined}
      onKeyDown={onKey}
      onScroll={event => setTop(event.currentTarget.scrollTop)}
    >
      <div className="swb-grid-head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        {columns.map(column => (
          <div key={column.id} role="columnheader" className={column.number ? 'swb-number' : undefined}>
            {column.name}
          </div>
        ))}
      </div>
      <div className="swb-grid-body" role="rowgroup" style={{ blockSize: total * ROW }}>
        {drawn.map(index => {
          const row = list.row(index);
          return (
            <div
              key={index}
              id={`${name}-${index}`}
              role="row"
              aria-rowindex={index + 2}
              aria-selected={row !== undefined && id(row) === chosen}
              className={index === cursor ? 'swb-grid-row swb-cursor' : 'swb-grid-row'}
              style={{ gridTemplateColumns: template, insetBlockStart: index * ROW }}
              onClick={() => {
                setCursor(index);
                if (row !== undefined) {
                  onChoose(row);
                }
              }}
            >
              {row === undefined ? (
                <div role="gridcell" aria-colspan={columns.length} className="swb-quiet">
                  {trans.__('Loading…')}
                </div>
              ) : (
                columns.map(column => (
                  <div key={column.id} role="gridcell" className={column.number ? 'swb-number' : undefined}>
                    {column.cell(row)}
                  </div>
                ))
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
