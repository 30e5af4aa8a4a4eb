import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { type ReactElement, Suspense } from 'react';

import { ServicesProvider } from '../views/context';
import type { IServices } from '../views/context';

/** A widget of ours: it draws only once it was looked at, and knows whether it is looked at now. */
export abstract class Body extends ReactWidget {
  constructor(protected readonly services: IServices) {
    super();
    this.addClass('swb-body');
  }

  protected get looked(): boolean {
    return this.isVisible;
  }

  /** What is drawn. */
  protected abstract draw(): ReactElement;

  protected override render(): ReactElement | null {
    this._seen ||= this.isVisible;
    if (!this._seen) {
      return null;
    }
    const { trans } = this.services;
    return (
      <ServicesProvider value={this.services}>
        <Suspense fallback={<p className="swb-quiet">{trans.__('Loading…')}</p>}>{this.draw()}</Suspense>
      </ServicesProvider>
    );
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this.update();
  }

  protected override onAfterHide(message: Message): void {
    super.onAfterHide(message);
    this.update();
  }

  private _seen = false;
}
