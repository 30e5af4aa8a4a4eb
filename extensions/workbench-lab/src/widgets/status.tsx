import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import type { ReactElement } from 'react';

import type { Run } from '../api/types';
import type { Live } from '../model/live';
import type { IServices } from '../views/context';

/** How the live runs stand, on one line; a click shows them all. */
export class Status extends ReactWidget {
  constructor(
    private readonly _services: IServices,
    private readonly _live: Live<Run>
  ) {
    super();
    this.addClass('swb-status');
  }

  protected override render(): ReactElement {
    return <UseSignal signal={this._live.changed}>{() => this._line()}</UseSignal>;
  }

  private _line(): ReactElement | null {
    const { trans, formats } = this._services;
    const runs = this._live.all;
    if (runs.length === 0) {
      return null;
    }
    const answered = runs.reduce((sum, run) => sum + run.answered, 0);
    const planned = runs.every(run => run.planned !== null)
      ? runs.reduce((sum, run) => sum + (run.planned ?? 0), 0)
      : null;
    const count = formats.count(runs.length);
    const words =
      planned === null || planned === 0
        ? trans._n('%2 evaluation run', '%2 evaluation runs', runs.length, count)
        : trans._n(
            '%2 evaluation run: %3',
            '%2 evaluation runs: %3',
            runs.length,
            count,
            formats.share(answered / planned)
          );
    return (
      <button
        type="button"
        className="swb-status-button"
        title={trans.__('Show the runs')}
        onClick={() => this._services.open({ view: 'runs', runs: [] })}
      >
        {words}
      </button>
    );
  }
}
