import { UUID } from '@lumino/coreutils';
import { type ReactElement, useEffect, useRef, useState } from 'react';

import { asApiError } from '../api/errors';
import { runTask } from '../api/tasks';
import type { Draft, Plan, Trial } from '../api/types';
import { CodeActions } from './actions';
import { Button, ErrorNotice, Facts, Table } from './basics';
import { useServices } from './context';
import { MemoryParts } from './facts';
import { ItemBody } from './item';
import { UserText } from './text';

type Outcome =
  | { kind: 'plan'; value: Plan }
  | { kind: 'trial'; value: Trial }
  | { kind: 'started'; run: string }
  | { kind: 'error'; error: ReturnType<typeof asApiError> };

/** What can be done with a draft: its cost, a dry run, the start. Another draft begins anew. */
export function Steps({ draft, refused }: { draft: Draft; refused: boolean }): ReactElement {
  const { client, trans, open, hints } = useServices();
  const [busy, setBusy] = useState('');
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  // One wish has one token: pressing again after a lost answer starts no second run.
  const [token, setToken] = useState(() => UUID.uuid4());
  const aborter = useRef<AbortController | null>(null);
  useEffect(() => () => aborter.current?.abort(), []);
  const act = async (name: string, step: (signal: AbortSignal) => Promise<Outcome>): Promise<void> => {
    const current = new AbortController();
    aborter.current = current;
    setBusy(name);
    let found: Outcome;
    try {
      found = await step(current.signal);
    } catch (error) {
      found = { kind: 'error', error: asApiError(error) };
    }
    if (!current.signal.aborted) {
      setOutcome(found);
      setBusy('');
    }
  };
  const plan = (): Promise<void> =>
    act(trans.__('Counting…'), async signal => ({
      kind: 'plan',
      value: await runTask(client, '/plans', { body: draft, signal })
    }));
  const tryOut = (): Promise<void> =>
    act(trans.__('Asking five items…'), async signal => ({
      kind: 'trial',
      value: await runTask(client, '/trials', { body: { draft, items: 5 }, signal })
    }));
  const start = (): Promise<void> =>
    act(trans.__('Starting…'), async () => {
      const { run } = await runTask(client, '/runs', { body: { token, draft } });
      setToken(UUID.uuid4());
      hints.tell({ kind: 'run', run: run.id, change: 'state' });
      return { kind: 'started', run: run.id };
    });
  return (
    <>
      <div className="swb-bar">
        <Button disabled={busy !== ''} onClick={() => void plan()}>
          {trans.__('What would it cost?')}
        </Button>
        <Button disabled={busy !== '' || refused} onClick={() => void tryOut()}>
          {trans.__('Try five items')}
        </Button>
        <Button kind="primary" disabled={busy !== '' || refused} onClick={() => void start()}>
          {trans.__('Start')}
        </Button>
        <CodeActions of={() => ({ action: 'submit', draft })} />
        <span role="status" className="swb-quiet">
          {busy}
        </span>
      </div>
      {outcome?.kind === 'error' && <ErrorNotice error={outcome.error} />}
      {outcome?.kind === 'started' && (
        <p role="status">
          {trans.__('The run has started. It goes on when this page is closed.')}{' '}
          <Button onClick={() => open({ view: 'results', runs: [outcome.run] })}>
            {trans.__('Show it')}
          </Button>
        </p>
      )}
      {outcome?.kind === 'plan' && <PlanView plan={outcome.value} />}
      {outcome?.kind === 'trial' && <TrialView trial={outcome.value} />}
    </>
  );
}

function PlanView({ plan }: { plan: Plan }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <section className="swb-part" aria-label={trans.__('Cost')}>
      <Facts
        entries={[
          [trans.__('Items'), formats.count(plan.items)],
          [trans.__('Tokens'), formats.count(plan.tokens)],
          [trans.__('Time'), formats.duration(plan.seconds)],
          [trans.__('Estimated from'), <UserText key="source" inline text={plan.seconds_source} />],
          [
            trans.__('Fits into the free memory'),
            plan.fits === null ? trans.__('unknown') : plan.fits ? trans.__('yes') : trans.__('no')
          ],
          [trans.__('Spec hash'), <code key="hash">{plan.spec_hash}</code>]
        ]}
      />
      {plan.memory && <MemoryParts memory={plan.memory} />}
      <Table
        label={trans.__('Parts of the run')}
        rows={plan.parts}
        id={part => `${part.pack}/${part.language}`}
        columns={[
          { name: trans.__('Benchmark'), cell: part => <UserText inline text={part.pack} /> },
          { name: trans.__('Language'), cell: part => part.language },
          { name: trans.__('Items'), number: true, cell: part => formats.count(part.items) },
          { name: trans.__('Tokens'), number: true, cell: part => formats.count(part.tokens) },
          { name: trans.__('Formulation'), cell: part => part.formulation },
          { name: trans.__('Wording'), cell: part => <UserText inline text={part.wording} /> },
          { name: trans.__('Shots'), number: true, cell: part => formats.count(part.shots) }
        ]}
      />
    </section>
  );
}

function TrialView({ trial }: { trial: Trial }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <section className="swb-part" aria-label={trans.__('Dry run')}>
      <p>
        {trans.__('Asked in %1. Nothing of this is kept.', formats.duration(trial.seconds))}{' '}
        {trial.peak_memory !== null && trans.__('Memory at its peak: %1.', formats.bytes(trial.peak_memory))}
      </p>
      {trial.items.map(item => (
        <details key={item.item.key} className="swb-card">
          <summary>
            <UserText inline text={item.item.item_id} />
          </summary>
          <ItemBody value={item} />
        </details>
      ))}
    </section>
  );
}
