import type { JSONObject, ReadonlyJSONObject } from '@lumino/coreutils';

export const VIEWS = [
  'models',
  'try',
  'benchmarks',
  'new-run',
  'runs',
  'results',
  'compare',
  'report',
  'studio',
  'doctor',
  'settings'
] as const;

export type View = (typeof VIEWS)[number];

/** Which document: a view, of which runs or of which model; the same address is the same tab. */
export interface IAddress {
  readonly view: View;
  readonly runs: readonly string[];
  /** The model that is tried. */
  readonly model?: string;
}

/** What a document was showing: filters, the open item, an unfinished form. It comes back with the page. */
export type ViewState = ReadonlyJSONObject;

const RUN = /^\d{8}-\d{6}-[0-9a-f]{6}$/;
const MODEL = /^[0-9a-f]{32}$/;
const NEEDED: Readonly<Record<View, readonly [least: number, most: number]>> = {
  models: [0, 0],
  try: [0, 0],
  benchmarks: [0, 0],
  'new-run': [0, 1],
  runs: [0, 0],
  results: [1, 1],
  compare: [0, 2],
  report: [0, 50],
  studio: [0, 0],
  doctor: [0, 0],
  settings: [0, 0]
};

/** Name of a document, for the tracker: one an address. */
export function nameOf(address: IAddress): string {
  return [address.view, ...address.runs, ...(address.model === undefined ? [] : [address.model])].join(':');
}

/** Arguments of the command that opens a document. */
export function toArgs(address: IAddress, state: ViewState = {}): JSONObject {
  const { view, runs, model } = address;
  return {
    view,
    runs: [...runs],
    ...(model !== undefined && { model }),
    state: { ...state } as JSONObject
  };
}

/** Read the arguments of that command; they may come from an older version, or from anybody. */
export function fromArgs(args: ReadonlyJSONObject): { address: IAddress; state: ViewState } | null {
  const view = VIEWS.find(each => each === args.view);
  if (view === undefined) {
    return null;
  }
  const given = args.runs ?? [];
  const runs = Array.isArray(given) ? (given as unknown[]) : [given as unknown];
  const known = runs.filter((run): run is string => typeof run === 'string' && RUN.test(run));
  const [least, most] = NEEDED[view];
  if (known.length !== runs.length || known.length < least || known.length > most) {
    return null;
  }
  const { model, state } = args;
  if (model !== undefined && (view !== 'try' || typeof model !== 'string' || !MODEL.test(model))) {
    return null;
  }
  return {
    address: { view, runs: known, ...(model !== undefined && { model }) },
    state: isObject(state) ? state : {}
  };
}

function isObject(value: unknown): value is ReadonlyJSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
