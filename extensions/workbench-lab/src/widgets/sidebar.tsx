import { type ReactElement, lazy } from 'react';

import type { LiveRuns } from '../model/live';
import { DocumentProvider, type IServices } from '../views/context';
import { Body } from './body';

const SidebarView = lazy(() => import('../views/sidebar'));
const NOWHERE = (): void => undefined;

/** The panel in the left side bar: the way to every view, and the runs that live. */
export class Sidebar extends Body {
  constructor(
    services: IServices,
    private readonly _live: LiveRuns
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
          state: {},
          remember: NOWHERE,
          setTitle: NOWHERE
        }}
      >
        <SidebarView live={this._live} />
      </DocumentProvider>
    );
  }
}
