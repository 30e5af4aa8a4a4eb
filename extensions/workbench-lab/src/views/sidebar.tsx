import { type ReactElement, useCallback, useSyncExternalStore } from 'react';

import type { Run } from '../api/types';
import type { View } from '../model/address';
import type { LiveRuns } from '../model/live';
import { Verbs } from './actions';
import { Button, ErrorNotice, Loaded } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { viewLabel } from './names';
import { isLive } from './labels';
import { Progress, RunNotes, StateBadge } from './run-parts';
import { UserText } from './text';

const WAYS: readonly View[] = ['models', 'benchmarks', 'new-run', 'runs', 'compare', 'report'];
const RECENT = 8;

/** The runs that live, as they change. */
export function useLive(live: LiveRuns): readonly Run[] {
  return useSyncExternalStore(
    useCallback(
      changed => {
        const slot = (): void => changed();
        live.changed.connect(slot);
        return () => live.changed.disconnect(slot);
      },
      [live]
    ),
    () => live.runs
  );
}

/** The side bar: the way to every view, runs that live, and the last that ended. */
export default function SidebarView({ live }: { live: LiveRuns }): ReactElement {
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
    </div>
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
