import { type ReactElement, lazy } from 'react';

import type { Run, Worker } from '../api/types';
import type { ViewState } from '../model/address';
import type { Live } from '../model/live';
import { DocumentProvider, type IServices } from '../views/context';
import { Body } from './body';

const SidebarView = lazy(() => import('../views/sidebar'));
const NOWHERE = (): void => undefined;
const NOTHING = (): ViewState => ({});

/** The panel in the left side bar: the way to every view, and the runs that live. */
export class Sidebar extends Body {
  constructor(
    services: IServices,
    private readonly _live: Live<Run>,
    private readonly _workers: Live<Worker>
  ) {
    super(services);
    this.addClass('swb-sidebar');
  }

  protected override draw(): ReactElement {
    return (
      <DocumentProvider
        value={{
          address: { view: 'runs', runs: [] },
          active: this.looked,
          recall: NOTHING,
          remember: NOWHERE,
          setTitle: NOWHERE
        }}
      >
        <SidebarView live={this._live} workers={this._workers} />
      </DocumentProvider>
    );
  }
}
