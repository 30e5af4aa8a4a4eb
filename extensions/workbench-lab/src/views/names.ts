import type { TranslationBundle } from '@jupyterlab/translation';

import type { View } from '../model/address';

/** Name of a view, as it stands on its tab and in the side bar. */
export function viewLabel(view: View, trans: TranslationBundle): string {
  switch (view) {
    case 'models':
      return trans.__('Models');
    case 'try':
      return trans.__('Try a model');
    case 'benchmarks':
      return trans.__('Benchmarks');
    case 'new-run':
      return trans.__('New run');
    case 'runs':
      return trans.__('Runs');
    case 'results':
      return trans.__('Results');
    case 'compare':
      return trans.__('Compare');
    case 'report':
      return trans.__('Report');
    case 'studio':
      return trans.__('Item studio');
    case 'doctor':
      return trans.__('Doctor');
    case 'settings':
      return trans.__('Settings');
  }
}
