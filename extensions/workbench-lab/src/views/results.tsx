import { type ReactElement, useEffect } from 'react';

import type { RunDetail } from '../api/types';
import { visibleText } from '../model/visible';
import { CodeActions, Verbs } from './actions';
import { Button, Facts, Loaded, Table, Tabs } from './basics';
import { isString, useDocument, useKept, useServices } from './context';
import { useFetched } from './fetched';
import Items from './items';
import { isLive } from './labels';
import { Progress, RunNotes, RunningScores, StateBadge } from './run-parts';
import { Scores } from './scores';
import { Slices } from './slices';
import { UserText } from './text';

const LIVE_EVERY = 5;

/** One run: scores, slices, every item. */
export default function Results(): ReactElement {
  const { client, trans, open } = useServices();
  const { address, setTitle } = useDocument();
  const run = address.runs[0] ?? '';
  const detail = useFetched(run, signal => client.get('/runs/{run}', { path: { run }, signal }), {
    every: LIVE_EVERY,
    on: hint => hint.kind === 'run' && hint.run === run
  });
  const model = detail.value?.run.model;
  useEffect(() => {
    if (model) {
      setTitle(trans.__('Results: %1', visibleText(model)));
    }
  }, [model, setTitle, trans]);
  return (
    <section className="swb-view swb-fill" aria-label={trans.__('Results of run %1', run)}>
      <Loaded of={detail}>
        {({ run: now }) => (
          <>
            <header className="swb-head">
              <h2>
                <UserText inline text={now.model} />
              </h2>
              <StateBadge run={now} />
              <Progress run={now} />
              <span className="swb-space" />
              <Verbs run={now} onTold={detail.refresh} />
              <Button onClick={() => open({ view: 'report', runs: [run] })}>{trans.__('Report')}</Button>
              <Button onClick={() => open({ view: 'new-run', runs: [run] })}>{trans.__('Run again…')}</Button>
              <CodeActions of={() => ({ action: now.state === 'done' ? 'result' : 'run', run })} />
            </header>
            <RunNotes run={now} />
          </>
        )}
      </Loaded>
      {detail.value && <Parts value={detail.value} />}
    </section>
  );
}

function Parts({ value }: { value: RunDetail }): ReactElement {
  const { trans } = useServices();
  const [tab, setTab] = useKept('tab', 'scores', isString);
  return (
    <Tabs
      label={trans.__('Parts of the results')}
      chosen={tab}
      onChoose={setTab}
      tabs={[
        {
          id: 'scores',
          name: trans.__('Scores'),
          content: () =>
            value.result ? <Scores result={value.result} /> : <RunningScores scores={value.run.scores} />
        },
        { id: 'items', name: trans.__('Items'), content: () => <Items run={value.run} /> },
        { id: 'slices', name: trans.__('Slices'), content: () => <Slices run={value.run} /> },
        { id: 'about', name: trans.__('About'), content: () => <About value={value} /> }
      ]}
    />
  );
}

/** What was asked for, on which machine, and what happened. */
function About({ value }: { value: RunDetail }): ReactElement {
  const { trans, formats } = useServices();
  const { run, result } = value;
  return (
    <div className="swb-scroll">
      <Facts
        entries={[
          [trans.__('Run'), <code key="run">{run.id}</code>],
          [trans.__('Spec hash'), <code key="hash">{value.spec_hash}</code>],
          [trans.__('Engine'), run.engine],
          [trans.__('Benchmarks'), <UserText key="packs" inline text={run.packs.join(', ')} />],
          [trans.__('Suite'), run.suite ? <UserText key="suite" inline text={run.suite} /> : '\u2013'],
          [trans.__('Started'), formats.moment(run.started)],
          [trans.__('Time taken'), isLive(run) ? '\u2013' : formats.duration(result?.seconds ?? run.seconds)],
          [trans.__('Resumed'), trans._n('%2 time', '%2 times', run.resumed, formats.count(run.resumed))],
          ...(result?.model_digest
            ? [[trans.__('Digest of the model'), <code key="digest">{result.model_digest}</code>] as const]
            : [])
        ]}
      />
      <h3>{trans.__('Settings that differ from the default')}</h3>
      <pre className="swb-code" dir="ltr" tabIndex={0}>
        {JSON.stringify(value.settings, null, 2)}
      </pre>
      {result && (
        <>
          <h3>{trans.__('Engine and environment')}</h3>
          <pre className="swb-code" dir="ltr" tabIndex={0}>
            {JSON.stringify({ ...result.engine, ...result.environment }, null, 2)}
          </pre>
        </>
      )}
      <h3>{trans.__('What happened')}</h3>
      <Table
        label={trans.__('Events of the run')}
        empty={trans.__('Nothing yet.')}
        rows={[...value.events].reverse()}
        id={event => `${event.at} ${event.kind} ${event.message}`}
        columns={[
          { name: trans.__('Time'), cell: event => formats.moment(event.at) },
          { name: trans.__('Kind'), cell: event => <UserText inline text={event.kind} /> },
          { name: trans.__('Message'), cell: event => <UserText inline text={event.message} /> }
        ]}
      />
    </div>
  );
}
