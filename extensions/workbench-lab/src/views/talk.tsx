import { type ReactElement } from 'react';

import type { Worker } from '../api/types';
import { Tabs } from './basics';
import { Chat } from './chat';
import { Complete } from './complete';
import { isString, useKept, useServices } from './context';
import { ScoreText } from './score-text';

/** What every way to ask a served model needs. */
export interface IAsking {
  readonly model: string;
  readonly worker: Worker;
  /** Whether it is of the fake engine, which has no tokenizer to show. */
  readonly fake: boolean;
  /** Called when an answer says that the worker is gone. */
  readonly onEnded: () => void;
}

/** The ways to ask a served model. */
export function Talk(asking: IAsking): ReactElement {
  const { trans } = useServices();
  const [way, setWay] = useKept('way', 'chat', isString);
  return (
    <section aria-label={trans.__('Ask the model')}>
      <Tabs
        label={trans.__('Ways to ask')}
        chosen={way}
        onChoose={setWay}
        tabs={[
          { id: 'chat', name: trans.__('Chat'), content: () => <Chat {...asking} /> },
          { id: 'complete', name: trans.__('Continue a text'), content: () => <Complete {...asking} /> },
          { id: 'score', name: trans.__('Score continuations'), content: () => <ScoreText {...asking} /> }
        ]}
      />
    </section>
  );
}
