import type { TranslationBundle } from '@jupyterlab/translation';

import { NOT_INSTALLED } from '../api/errors';
import type { Check, ItemVerdict, Model, RunState, Verb, Worker } from '../api/types';

export function verdictLabel(verdict: ItemVerdict, trans: TranslationBundle): string {
  switch (verdict) {
    case 'right':
      return trans.__('Right');
    case 'partial':
      return trans.__('Partly right');
    case 'wrong':
      return trans.__('Wrong');
    case 'failed':
      return trans.__('Failed');
    case 'measured':
      return trans.__('Measured');
  }
}

/** States in which a run has a process, or waits for one. */
const LIVE: readonly RunState[] = ['queued', 'loading', 'running', 'paused', 'finishing'];

export function isLive(run: { readonly state: RunState }): boolean {
  return LIVE.includes(run.state);
}

export function stateLabel(state: RunState, trans: TranslationBundle): string {
  switch (state) {
    case 'queued':
      return trans.__('Queued');
    case 'loading':
      return trans.__('Loading the model');
    case 'running':
      return trans.__('Running');
    case 'paused':
      return trans.__('Paused');
    case 'finishing':
      return trans.__('Scoring');
    case 'done':
      return trans.__('Done');
    case 'interrupted':
      return trans.__('Interrupted');
    case 'cancelled':
      return trans.__('Cancelled');
    case 'failed':
      return trans.__('Failed');
  }
}

/** Name of what can be told to a run. */
export function verbLabel(verb: Verb, trans: TranslationBundle): string {
  switch (verb) {
    case 'pause':
      return trans.__('Pause');
    case 'resume':
      return trans.__('Resume');
    case 'cancel':
      return trans.__('Cancel…');
    case 'requeue':
      return trans.__('Ask failed items again');
    case 'delete':
      return trans.__('Delete…');
  }
}

/** Name of a worker's state. */
export function workerStateLabel(state: Worker['state'], trans: TranslationBundle): string {
  switch (state) {
    case 'queued':
      return trans.__('Queued');
    case 'loading':
      return trans.__('Loading the model');
    case 'serving':
      return trans.__('Serving');
    case 'ended':
      return trans.__('Unloaded');
    case 'failed':
      return trans.__('Failed');
    case 'lost':
      return trans.__('Its process died');
  }
}

/** Name of where a model was found. */
export function placeLabel(place: Model['place'], trans: TranslationBundle): string {
  switch (place) {
    case 'store':
      return trans.__('Store');
    case 'hub cache':
      return trans.__('Hub cache');
    case 'folder':
      return trans.__('Folder');
    case 'fake':
      return trans.__('Fake engine');
  }
}

/** Name of what a benchmark's items ask for; a kind that is newer than this panel keeps its code. */
export function taskLabel(task: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    multiple_choice: trans.__('Multiple choice'),
    classification: trans.__('Classification'),
    minimal_pairs: trans.__('Minimal pairs'),
    extractive_qa: trans.__('Answers found in a text'),
    open_qa: trans.__('Open questions'),
    math: trans.__('Mathematics'),
    translation: trans.__('Translation'),
    correction: trans.__('Correction of mistakes'),
    summarisation: trans.__('Summaries'),
    instructions: trans.__('Following of instructions'),
    text: trans.__('Whole texts')
  };
  return names[task] ?? task;
}

/** Name of where a benchmark's texts come from. */
export function originLabel(origin: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    native: trans.__('Native'),
    'human-translated': trans.__('Translated by people'),
    'machine-translated': trans.__('Translated by a machine'),
    'post-edited': trans.__('Translated by a machine, corrected by people'),
    unknown: trans.__('unknown')
  };
  return names[origin] ?? origin;
}

/** Name of where a benchmark lies. */
export function packPlaceLabel(place: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    shipped: trans.__('Shipped with Workbench'),
    home: trans.__('Data directory'),
    recipe: trans.__('Recipe')
  };
  return names[place] ?? place;
}

/** What a score says of a model, in words. */
export function scoreVerdictLabel(verdict: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    'above chance': trans.__('above chance'),
    'not distinguishable from guessing': trans.__('not distinguishable from guessing'),
    'below chance': trans.__('below chance'),
    'no chance level': trans.__('no chance level'),
    'not scored': trans.__('not scored')
  };
  return names[verdict] ?? verdict;
}

/** How bad a finding is. */
export function severityLabel(severity: Check['severity'], trans: TranslationBundle): string {
  switch (severity) {
    case 'error':
      return trans.__('Error');
    case 'warning':
      return trans.__('Warning');
    case 'note':
      return trans.__('Note');
  }
}

/** How the answer of a written response was found. */
export function extractionLabel(extraction: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    parsed: trans.__('Answer found'),
    fallback: trans.__('By fallback'),
    failed: trans.__('No answer found')
  };
  return names[extraction] ?? extraction;
}

/** What kind of error it is, for readers of other languages than the server's English; empty for those that are ours. */
export function errorKindLabel(code: string, trans: TranslationBundle): string {
  const [family] = code.split('_');
  const names: Record<string, string> = {
    internal: trans.__('Something went wrong inside Workbench.'),
    usage: trans.__('That cannot be asked in this way.'),
    bad: trans.__('This cannot be used as it is.'),
    not: code === 'not_comparable' ? trans.__('These cannot be compared.') : trans.__('This is not there.'),
    model: trans.__('Something is wrong with the model.'),
    benchmark: trans.__('Something is wrong with the benchmark.'),
    spec: trans.__('This run cannot be asked for.'),
    journal: trans.__('Something is wrong with the files of the run.'),
    interrupted: trans.__('This was interrupted.'),
    refused: trans.__('This is not allowed here.'),
    machine: trans.__('This machine cannot do that now.')
  };
  return code === NOT_INSTALLED ? '' : (names[family ?? ''] ?? '');
}

/** Name of what two runs must have in common to be compared. */
export function conditionLabel(condition: string, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    item_set: trans.__('Items asked'),
    gold: trans.__('Right answers'),
    prompts: trans.__('Prompts'),
    prompt_language: trans.__('Language of the prompt'),
    shots: trans.__('Shots'),
    formulation: trans.__('Formulation'),
    wording: trans.__('Wording'),
    chat_template: trans.__('Chat template'),
    normaliser: trans.__('Normalisation of answers'),
    extraction: trans.__('Extraction of answers'),
    repeats: trans.__('Repeats'),
    parity: trans.__('Rules of scoring')
  };
  return names[condition] ?? condition;
}
