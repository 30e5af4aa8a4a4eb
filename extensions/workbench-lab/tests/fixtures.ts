import type {
  Fact,
  ItemDetail,
  ItemRow,
  Model,
  ModelDetail,
  Pack,
  Run,
  RunDetail,
  Server,
  Settings,
  Task,
  Worker
} from '../src/api/types';

export const RUN = '20261123-101500-abc123';
export const OTHER = '20261123-111500-def456';

export const id = (digit: string): string => digit.repeat(32).slice(0, 32);
export const key = (index: number): string => index.toString(16).padStart(64, '0');

/** Everything a hostile model might write into a field. */
export const HOSTILE = '<img src=x onerror=alert(1)>\u202egnp.exe\u0000\u001b[31mred\u200b</script>';

export function run(change: Partial<Run> = {}): Run {
  return {
    id: RUN,
    state: 'running',
    model: 'gemma-3-270m',
    packs: ['thai-proverbs'],
    languages: ['th'],
    suite: '',
    engine: 'fake',
    answered: 40,
    planned: 100,
    failed: 2,
    rate: 8,
    remaining: 7.5,
    now: 'thai-proverbs/th',
    waiting: '',
    started: '2026-11-23T10:15:00+00:00',
    seconds: 0,
    resumed: 0,
    error: null,
    verbs: ['pause', 'cancel'],
    scores: [
      {
        pack: 'thai-proverbs',
        language: 'th',
        answered: 40,
        planned: 100,
        failed: 2,
        mean: 0.5,
        low: 0.35,
        high: 0.65
      }
    ],
    ...change
  };
}

export function done(change: Partial<Run> = {}): Run {
  return run({
    state: 'done',
    answered: 100,
    rate: null,
    remaining: null,
    now: '',
    verbs: ['delete'],
    ...change
  });
}

export function detail(of: Run): RunDetail {
  return {
    run: of,
    spec: {},
    spec_hash: 'f'.repeat(64),
    settings: { shots: 2 },
    model_id: id('a'),
    pack_ids: [id('b')],
    events: [{ at: of.started, kind: 'started', message: 'the run began' }],
    result:
      of.state === 'done'
        ? {
            scores: [
              {
                pack: 'thai-proverbs',
                language: 'th',
                metric: 'accuracy',
                value: 0.6,
                low: 0.5,
                high: 0.7,
                interval: 'wilson',
                n: 98,
                groups: 98,
                chance: 0.25,
                majority: 0.3,
                higher_is_better: true,
                verdict: 'above chance',
                headline: true
              }
            ],
            counts: [
              {
                pack: 'thai-proverbs',
                language: 'th',
                planned: 100,
                scored: 98,
                failed: 2,
                tied: 0,
                truncated: 0,
                parsed: 0,
                fallback: 0,
                extraction_failed: 0
              }
            ],
            packs: [],
            engine: { name: 'fake' },
            environment: { python: '3.11' },
            model_digest: 'e'.repeat(64),
            started: of.started,
            finished: of.started,
            seconds: 12
          }
        : null
  };
}

export function row(index: number, change: Partial<ItemRow> = {}): ItemRow {
  return {
    key: key(index),
    position: index,
    pack: 'thai-proverbs',
    language: 'th',
    direction: 'ltr',
    item_id: `item-${index}`,
    repeat: 0,
    domain: '',
    culture: '',
    group: '',
    excerpt: `question ${index}`,
    choices: 2,
    gold: 0,
    prediction: 1,
    answer: 'the other',
    verdict: 'wrong',
    metric: 'accuracy',
    score: 0,
    margin: -1.5,
    extraction: '',
    error: '',
    tied: 0,
    tokens: 12,
    truncated: 0,
    tags: [],
    note: false,
    ...change
  };
}

export function item(of: ItemRow, change: Partial<ItemDetail> = {}): ItemDetail {
  const choice = { tokens: 2, characters: 5, bytes: 5, greedy: false };
  return {
    item: of,
    formulation: 'cloze',
    query: of.excerpt,
    choices: [
      { ...choice, text: 'the one', log_likelihood: -5, gold: true, chosen: false },
      { ...choice, text: 'the other', log_likelihood: -3.5, gold: false, chosen: true }
    ],
    references: [],
    response: '',
    answer: 'the other',
    finish: '',
    rule: 'highest_log_likelihood',
    scores: { accuracy: 0 },
    log_likelihoods: [-5, -3.5],
    token_counts: [2, 2],
    prompt_hash: 'p',
    rendered_hash: 'r',
    note: { tags: [], note: '', changed: null },
    cut: [],
    ...change
  };
}

export function task(kind: Task['kind'], result: Task['result']): Task {
  return {
    id: id('c'),
    kind,
    state: result === null ? 'running' : 'done',
    started: '2026-11-23T10:15:00+00:00',
    result
  };
}

export const ERROR = {
  code: 'not_found',
  message: 'there is no such run',
  where: RUN,
  remedy: 'List the runs.',
  exit_code: 3
};

const unknown: Fact = { value: null, origin: 'unknown', source: 'nothing says' };

export function model(change: Partial<Model> = {}): Model {
  return {
    id: id('a'),
    name: 'gemma-3-270m',
    place: 'store',
    path: 'models/gemma-3-270m',
    format: 'safetensors',
    family: { value: 'gemma3', origin: 'declared', source: 'config.json' },
    parameters: { value: 268_098_176, origin: 'measured', source: 'headers' },
    quantisation: unknown,
    licence: unknown,
    languages: unknown,
    size: 536_000_000,
    memory: null,
    refusal: null,
    used_by: [],
    workers: [],
    ...change
  };
}

export function pack(change: Partial<Pack> = {}): Pack {
  return {
    id: id('b'),
    name: 'thai-proverbs',
    place: 'home',
    title: 'Thai proverbs',
    description: 'Which meaning a proverb has.',
    version: '1.0.0',
    task: 'multiple_choice',
    formulations: ['cloze'],
    origin: 'native',
    reviewed: true,
    licence: 'CC0-1.0',
    metrics: ['accuracy'],
    languages: ['th'],
    countries: ['TH'],
    scripts: ['Thai'],
    declared_languages: ['th'],
    error: null,
    ...change
  };
}

export function modelDetail(of: Model, change: Partial<ModelDetail> = {}): ModelDetail {
  return {
    model: of,
    architecture: unknown,
    dtype: unknown,
    context_length: { value: 32_768, origin: 'declared', source: 'config.json' },
    vocabulary: unknown,
    chat_template: unknown,
    tokens: {
      bos_id: 2,
      bos: '<bos>',
      eos_ids: [1, 106],
      add_bos: true,
      add_eos: false,
      source: 'tokenizer'
    },
    files: 5,
    gate: { open: true, refusals: [], notes: [] },
    licence_record: null,
    measured: [],
    ...change
  };
}

/** A worker's id looks like a run's. */
export const WORKER = '20261123-120000-0a0b0c';

export function worker(change: Partial<Worker> = {}): Worker {
  return {
    id: WORKER,
    state: 'serving',
    name: 'gemma-3-270m',
    model: id('a'),
    engine: 'transformers',
    device: 'cpu',
    dtype: 'float32',
    max_length: null,
    started: '2026-11-23T12:00:00+00:00',
    ended: null,
    waiting: '',
    why: '',
    needed: 1_073_741_824,
    reserved: 2_147_483_648,
    measured: 1_610_612_736,
    freed: null,
    idle_timeout: 900,
    lease: null,
    error: null,
    ...change
  };
}

export const SETTINGS: Settings = {
  folders: ['models'],
  kernel: '',
  report_language: 'en',
  page_size: 50,
  server: {
    home: '/home/user/.local/share/workbench',
    version: '0.1.0',
    tracking: 'embedded',
    keep_alive_hours: 72,
    model_folders: []
  }
};

export const SERVER: Server = {
  version: '0.1.0',
  schema: 1,
  max_body: 1,
  formats: ['html', 'md'],
  report_languages: [
    {
      tag: 'en',
      name: 'English',
      native_name: 'English',
      script: 'Latn',
      direction: 'ltr',
      countries: ['US']
    },
    { tag: 'th', name: 'Thai', native_name: 'ไทย', script: 'Thai', direction: 'ltr', countries: ['TH'] }
  ],
  mlflow: 'workbench/mlflow/',
  tasks: 4,
  refresh_seconds: 1
};
