import type { JSONObject } from '@lumino/coreutils';

import { visibleText } from './visible';

/** One line of a plot: a number with its interval, and what it is to be held against. */
export interface IPlotRow {
  readonly parts: readonly string[];
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** The chance level of a score, or no difference. */
  readonly reference: number | null;
}

/** Colours of the theme, as CSS has them. */
export interface IPalette {
  readonly text: string;
  readonly grid: string;
  readonly mark: string;
  readonly font: string;
}

const ROW = 22;
const WIDTH = 420;
/** Isolates what somebody wrote from its neighbours, whatever its direction. */
const FIRST_STRONG = '\u2068';
const POP = '\u2069';

/** A line's name: its parts, each kept apart from the others, with nothing invisible of theirs in it. */
export function rowName(parts: readonly string[]): string {
  return parts.map(part => `${FIRST_STRONG}${visibleText(part)}${POP}`).join(' \u00b7 ');
}

/** The ends of the axis: all of 0 to 1 where scores are shares, else what the numbers need. */
export function domainOf(rows: readonly IPlotRow[]): [number, number] | null {
  const ends = rows
    .flatMap(row => [row.value, row.low, row.high, row.reference])
    .filter(each => each !== null);
  return ends.length > 0 && ends.every(each => each >= 0 && each <= 1) ? [0, 1] : null;
}

/**
 * Numbers with their intervals, one line each, in Vega-Lite 5: a bar for the interval, a dot for the number, a tick
 * for what it is held against. It holds its data, and fetches nothing.
 */
export function intervalPlot(
  rows: readonly IPlotRow[],
  title: string,
  description: string,
  palette: IPalette,
  domain = domainOf(rows)
): JSONObject {
  const values = rows
    .filter(row => row.value !== null)
    .map(({ parts, value, low, high, reference }) => ({ name: rowName(parts), value, low, high, reference }));
  const valid = (field: string): JSONObject => ({ filter: { field, valid: true } });
  return {
    description,
    width: WIDTH,
    height: { step: ROW },
    data: { values },
    encoding: {
      y: { field: 'name', type: 'nominal', sort: null, title: null, axis: { labelLimit: 320, ticks: false } },
      x: {
        type: 'quantitative',
        title,
        // Of a long plot only the beginning is in sight.
        axis: { orient: 'top' },
        scale: domain ? { domain } : { zero: false, nice: true }
      }
    },
    layer: [
      {
        transform: [valid('low'), valid('high')],
        mark: { type: 'rule', strokeWidth: 4, color: palette.mark, opacity: 0.6 },
        encoding: { x: { field: 'low' }, x2: { field: 'high' } }
      },
      {
        transform: [valid('reference')],
        mark: { type: 'tick', thickness: 2, color: palette.text, size: ROW - 4 },
        encoding: { x: { field: 'reference' } }
      },
      {
        mark: { type: 'point', shape: 'circle', filled: true, size: 70, opacity: 1, color: palette.mark },
        encoding: { x: { field: 'value' } }
      }
    ],
    config: {
      // What it shows stands in a table for whoever cannot see it; two readings of the same would be one too many.
      // Vega-Lite asks both, for the plot and for each of its marks.
      aria: false,
      mark: { aria: false },
      background: 'transparent',
      font: palette.font,
      view: { stroke: null },
      axis: {
        labelColor: palette.text,
        titleColor: palette.text,
        domainColor: palette.grid,
        tickColor: palette.grid,
        gridColor: palette.grid,
        labelFontSize: 12,
        titleFontSize: 12,
        titleFontWeight: 'normal'
      }
    }
  };
}
