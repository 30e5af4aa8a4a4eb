import type { ReactElement } from 'react';

import { asApiError } from '../api/errors';
import type { Run, SnippetRequest, Verb } from '../api/types';
import { Button } from './basics';
import { type IServices, useServices } from './context';
import { verbLabel } from './labels';

/** Run something that may fail and say so when it does. */
export async function attempt(services: IServices, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    const { message, remedy } = asApiError(error);
    const said = [message, remedy].filter(part => part !== '');
    services.notify(said.length > 0 ? said.join('\n') : services.trans.__('That did not work.'), 'error');
  }
}

interface ICodeProps {
  readonly of: () => SnippetRequest;
  /** What the code does, where a view has several. */
  readonly name?: string;
}

/** "Copy as Python" and "Insert cell" of what a view shows. */
export function CodeActions({ of, name }: ICodeProps): ReactElement {
  const services = useServices();
  const { client, trans } = services;
  const python = async (): Promise<string> => (await client.post('/snippets', { body: of() })).python;
  const copy = async (): Promise<void> => {
    await services.copy(await python());
    services.notify(trans.__('The code is in the clipboard.'), 'info');
  };
  const insert = async (): Promise<void> => {
    const notebook = await services.insertCell(await python());
    if (notebook === null) {
      services.notify(trans.__('No notebook is open. Open one, or copy the code instead.'), 'error');
    } else {
      services.notify(trans.__('The code stands in a new cell of %1.', notebook), 'info');
    }
  };
  return (
    <span className="swb-actions" role="group" aria-label={name ?? trans.__('As code')}>
      {name !== undefined && <span className="swb-quiet">{name}</span>}
      <Button onClick={() => void attempt(services, copy)}>{trans.__('Copy as Python')}</Button>
      <Button onClick={() => void attempt(services, insert)}>{trans.__('Insert cell')}</Button>
    </span>
  );
}

/** Tell a run something; false when the user thought better of it. */
export async function tell(services: IServices, run: Run, verb: Verb): Promise<boolean> {
  const { client, trans, hints } = services;
  const path = { run: run.id };
  switch (verb) {
    case 'pause':
      await client.post('/runs/{run}/pause', { path });
      break;
    case 'resume':
      await client.post('/runs/{run}/resume', { path });
      break;
    case 'requeue':
      await client.post('/runs/{run}/requeue', { path });
      break;
    case 'cancel': {
      const outcome = await services.ask({
        title: trans.__('Cancel this run?'),
        body: trans.__(
          'What is answered can still be scored; the scores then cover only those items and say so.'
        ),
        answers: [
          { value: 'keep', label: trans.__('Go on') },
          { value: 'score', label: trans.__('Cancel and score what is done') },
          { value: 'discard', label: trans.__('Cancel without a result'), danger: true }
        ]
      });
      if (outcome !== 'score' && outcome !== 'discard') {
        return false;
      }
      await client.post('/runs/{run}/cancel', { path, body: { outcome } });
      break;
    }
    case 'delete': {
      const answer = await services.ask({
        title: trans.__('Delete this run?'),
        body: trans.__(
          'Its answers, scores, tags and notes are removed from the disk. This cannot be undone.'
        ),
        answers: [
          { value: 'keep', label: trans.__('Keep it') },
          { value: 'delete', label: trans.__('Delete'), danger: true }
        ]
      });
      if (answer !== 'delete') {
        return false;
      }
      await client.delete('/runs/{run}', { path });
      hints.tell({ kind: 'run', run: run.id, change: 'removed' });
      return true;
    }
  }
  hints.tell({ kind: 'run', run: run.id, change: 'state' });
  return true;
}

/** The buttons for what can be told to a run now. */
export function Verbs({ run, onTold }: { run: Run; onTold?: (verb: Verb) => void }): ReactElement {
  const services = useServices();
  const { trans } = services;
  const act = (verb: Verb): Promise<void> =>
    attempt(services, async () => {
      if (await tell(services, run, verb)) {
        onTold?.(verb);
      }
    });
  return (
    <span className="swb-actions" role="group" aria-label={trans.__('Run %1', run.id)}>
      {run.verbs.map(verb => (
        <Button key={verb} onClick={() => void act(verb)}>
          {verbLabel(verb, trans)}
        </Button>
      ))}
    </span>
  );
}
