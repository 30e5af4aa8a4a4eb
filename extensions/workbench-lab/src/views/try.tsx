import { type ReactElement, useEffect, useState } from 'react';

import type { ModelDetail, Worker } from '../api/types';
import { isServed } from '../model/live';
import { visibleText } from '../model/visible';
import { Button, ErrorNotice, Facts, Loaded } from './basics';
import { isString, useDocument, useKept, useServices } from './context';
import { FactValue } from './facts';
import { type IFetched, useFetched } from './fetched';
import { Serve } from './serve';
import { Talk } from './talk';
import { UserText } from './text';
import { ServedTable, WorkerState } from './worker';

/** Seconds between two looks at the workers: while one changes, and else. */
const LOADING_EVERY = 1;
const SERVING_EVERY = 10;

/** A model to try: served, asked, unloaded. */
export default function Try(): ReactElement {
  const { trans } = useServices();
  const { address } = useDocument();
  return (
    <section className="swb-view" aria-label={trans.__('Try a model')}>
      {address.model === undefined ? <Choose /> : <TryModel model={address.model} />}
    </section>
  );
}

/** The workers, asked for more often while one of them loads. */
function useWorkers(): IFetched<readonly Worker[]> {
  const { client } = useServices();
  const [busy, setBusy] = useState(false);
  return useFetched(
    'workers',
    async signal => {
      const { workers } = await client.get('/workers', { signal });
      setBusy(workers.some(worker => worker.state === 'queued' || worker.state === 'loading'));
      return workers;
    },
    { every: busy ? LOADING_EVERY : SERVING_EVERY, on: hint => hint.kind === 'worker' }
  );
}

function Choose(): ReactElement {
  const { client, trans, open } = useServices();
  const models = useFetched('models', signal => client.get('/models', { signal }), {
    on: hint => hint.kind === 'models'
  });
  const workers = useWorkers();
  return (
    <>
      <h2>{trans.__('Served models')}</h2>
      <Loaded of={workers}>{all => <ServedTable workers={all} onStopped={workers.refresh} />}</Loaded>
      <h2>{trans.__('Models that can be tried')}</h2>
      <Loaded of={models}>
        {({ models: all }) => {
          const usable = all.filter(model => !model.refusal);
          return usable.length === 0 ? (
            <p className="swb-empty">
              {trans.__('There is no model here yet. The view Models says where it looks.')}
            </p>
          ) : (
            <ul className="swb-plain">
              {usable.map(model => (
                <li key={model.id}>
                  <Button kind="link" onClick={() => open({ view: 'try', runs: [], model: model.id })}>
                    <UserText inline text={model.name} />
                  </Button>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </>
  );
}

/** The worker that serves a model now, the one of this document before others; else the one that ended here. */
export function workerOf(workers: readonly Worker[], model: string, kept: string): Worker | null {
  const live = workers.filter(worker => worker.model === model && isServed(worker));
  return live.find(worker => worker.id === kept) ?? live[0] ?? workers.find(({ id }) => id === kept) ?? null;
}

function TryModel({ model }: { model: string }): ReactElement {
  const { client, trans } = useServices();
  const { setTitle } = useDocument();
  const detail = useFetched(model, signal => client.get('/models/{model}', { path: { model }, signal }));
  const workers = useWorkers();
  const [kept, setKept] = useKept('worker', '', isString);
  const worker = workers.value ? workerOf(workers.value, model, kept) : null;
  const name = detail.value?.model.name;
  useEffect(() => {
    if (name !== undefined) {
      setTitle(trans.__('Try: %1', visibleText(name)));
    }
  }, [name, setTitle, trans]);
  const found = worker?.id;
  useEffect(() => {
    // Whichever worker this page found is the one that it comes back to, and whose end it tells.
    if (found !== undefined && found !== kept) {
      setKept(found);
    }
  }, [found, kept, setKept]);
  return (
    <>
      <Loaded of={detail}>{value => <About value={value} />}</Loaded>
      <Loaded of={workers}>
        {() => (
          <>
            {worker && <WorkerState worker={worker} onChange={workers.refresh} />}
            {detail.value && (worker === null || !isServed(worker)) && (
              <Serve model={detail.value.model} onServed={workers.refresh} />
            )}
            {worker?.state === 'serving' && (
              <Talk
                key={worker.id}
                model={model}
                worker={worker}
                fake={detail.value?.model.place === 'fake'}
                onEnded={workers.refresh}
              />
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

function About({ value }: { value: ModelDetail }): ReactElement {
  const { trans } = useServices();
  const { model, tokens } = value;
  return (
    <>
      <h2>
        <UserText inline text={model.name} />
      </h2>
      <Facts
        entries={[
          [trans.__('Parameters'), <FactValue key="parameters" fact={model.parameters} />],
          [trans.__('Context, tokens'), <FactValue key="context" fact={value.context_length} />],
          [trans.__('Chat template'), <FactValue key="template" fact={value.chat_template} />],
          [
            trans.__('First token that the tokenizer adds'),
            tokens === null ? (
              trans.__('unknown')
            ) : tokens.add_bos && tokens.bos ? (
              <UserText key="bos" inline text={tokens.bos} />
            ) : (
              trans.__('none')
            )
          ]
        ]}
      />
      {model.refusal && <ErrorNotice error={model.refusal} />}
    </>
  );
}
