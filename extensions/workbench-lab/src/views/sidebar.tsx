import { type ReactElement, useCallback, useSyncExternalStore } from 'react';

import type { Run, Worker } from '../api/types';
import type { View } from '../model/address';
import type { Live } from '../model/live';
import { visibleText } from '../model/visible';
import { Verbs, attempt } from './actions';
import { Button, ErrorNotice, Loaded } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { viewLabel } from './names';
import { isLive } from './labels';
import { Progress, RunNotes, StateBadge } from './run-parts';
import { UserText } from './text';
import { WorkerBadge, unload } from './worker';

const WAYS: readonly View[] = [
  'models',
  'try',
  'benchmarks',
  'new-run',
  'runs',
  'compare',
  'report',
  'studio',
  'doctor',
  'settings'
];
const RECENT = 8;

/** What lives, as it changes. */
export function useLive<T>(live: Live<T>): readonly T[] {
  return useSyncExternalStore(
    useCallback(
      changed => {
        const slot = (): void => changed();
        live.changed.connect(slot);
        return () => live.changed.disconnect(slot);
      },
      [live]
    ),
    () => live.all
  );
}

interface ISidebarProps {
  readonly live: Live<Run>;
  readonly workers: Live<Worker>;
}

/** The side bar: the way to every view, runs and served models that live, the last runs that ended, and MLflow. */
export default function SidebarView({ live, workers }: ISidebarProps): ReactElement {
  const { client, trans, open } = useServices();
  const runs = useLive(live);
  const recent = useFetched('recent', signal => client.get('/runs', { query: { limit: RECENT }, signal }), {
    every: 60,
    on: hint => hint.kind === 'run' && hint.change !== 'progress'
  });
  return (
    <div className="swb-side">
      <nav aria-label={trans.__('Workbench')}>
        <ul className="swb-ways">
          {WAYS.map(view => (
            <li key={view}>
              <button type="button" className="swb-way" onClick={() => open({ view, runs: [] })}>
                {viewLabel(view, trans)}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      {live.error && !recent.error && <ErrorNotice error={live.error} onRetry={() => void live.refresh()} />}
      <section aria-label={trans.__('Live runs')}>
        <h3>{trans.__('Live runs')}</h3>
        {runs.length === 0 && <p className="swb-quiet">{trans.__('None.')}</p>}
        <ul className="swb-plain">
          {runs.map(run => (
            <li key={run.id} className="swb-card">
              <RunLine run={run} />
              <Progress run={run} />
              <RunNotes run={run} />
              <Verbs run={run} onTold={() => void live.refresh()} />
            </li>
          ))}
        </ul>
      </section>
      <Served workers={workers} />
      <section aria-label={trans.__('Last runs')}>
        <h3>{trans.__('Last runs')}</h3>
        <Loaded of={recent}>
          {({ runs: all }) => {
            const ended = all.filter(run => !isLive(run));
            return ended.length === 0 ? (
              <p className="swb-quiet">{trans.__('None.')}</p>
            ) : (
              <ul className="swb-plain">
                {ended.map(run => (
                  <li key={run.id}>
                    <RunLine run={run} />
                  </li>
                ))}
              </ul>
            );
          }}
        </Loaded>
      </section>
      <MlflowLink />
    </div>
  );
}

/** Models that are served now; nothing while there are none. */
function Served({ workers }: { workers: Live<Worker> }): ReactElement | null {
  const services = useServices();
  const { trans, open } = services;
  const all = useLive(workers);
  if (all.length === 0) {
    return null;
  }
  return (
    <section aria-label={trans.__('Served models')}>
      <h3>{trans.__('Served models')}</h3>
      <ul className="swb-plain">
        {all.map(worker => (
          <li key={worker.id} className="swb-run-line">
            <Button
              kind="link"
              onClick={() =>
                open({ view: 'try', runs: [], ...(worker.model !== null && { model: worker.model }) })
              }
            >
              <UserText inline text={worker.name} />
            </Button>
            <WorkerBadge worker={worker} />
            <Button
              label={trans.__('Unload %1', visibleText(worker.name))}
              onClick={() => void attempt(services, () => unload(services, worker))}
            >
              {trans.__('Unload')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The way to MLflow's own pages over the same runs. */
function MlflowLink(): ReactElement {
  const { client, trans, mlflow } = useServices();
  const server = useFetched('server', signal => client.get('/server', { signal }));
  const path = server.value?.mlflow;
  return (
    <section aria-label={trans.__('MLflow')}>
      <h3>{trans.__('MLflow')}</h3>
      {path ? (
        <>
          <a className="swb-button" href={mlflow(path)} target="_blank" rel="noopener noreferrer">
            {trans.__('Open MLflow in a new tab')}
          </a>
          <p className="swb-quiet">
            {trans.__('The same runs in MLflow. Its first page takes a quarter of a minute.')}
          </p>
        </>
      ) : (
        server.value && (
          <p className="swb-quiet">{trans.__('MLflow cannot be served by this Jupyter server.')}</p>
        )
      )}
    </section>
  );
}

function RunLine({ run }: { run: Run }): ReactElement {
  const { formats, open } = useServices();
  return (
    <div className="swb-run-line">
      <Button kind="link" onClick={() => open({ view: 'results', runs: [run.id] })}>
        <UserText inline text={run.model} />
      </Button>
      <StateBadge run={run} />
      <time className="swb-quiet" dateTime={run.started}>
        {formats.moment(run.started)}
      </time>
    </div>
  );
}
