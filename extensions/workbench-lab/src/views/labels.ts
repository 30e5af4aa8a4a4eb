import type { TranslationBundle } from '@jupyterlab/translation';

import type { ItemVerdict, RunState } from '../api/types';

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
