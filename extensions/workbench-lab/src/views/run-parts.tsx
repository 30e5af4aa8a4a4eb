import type { ReactElement } from 'react';

import type { Run, RunningScore } from '../api/types';
import { ErrorNotice, Table } from './basics';
import { useServices } from './context';
import { Interval } from './interval';
import { isLive, stateLabel } from './labels';
import { UserText } from './text';

export function StateBadge({ run }: { run: Run }): ReactElement {
  const { trans } = useServices();
  return <span className={`swb-badge swb-state-${run.state}`}>{stateLabel(run.state, trans)}</span>;
}

/** How far a run is: answered of planned, rate, time to go. */
export function Progress({ run }: { run: Run }): ReactElement {
  const { trans, formats } = useServices();
  const { answered, planned } = run;
  const words =
    planned === null
      ? trans.__('%1 items answered', formats.count(answered))
      : trans.__('%1 of %2 items', formats.count(answered), formats.count(planned));
  const live = isLive(run);
  return (
    <span className="swb-progress">
      {live && planned !== null && (
        <progress
          max={Math.max(1, planned)}
          value={answered}
          aria-label={trans.__('Progress of run %1', run.id)}
        />
      )}
      <span dir="auto">{words}</span>
      {live && run.rate !== null && <span>{formats.rate(run.rate)}</span>}
      {live && run.remaining !== null && <span>{trans.__('%1 left', formats.duration(run.remaining))}</span>}
      {(run.failed ?? 0) > 0 && (
        <span className="swb-bad">
          {trans._n('%2 failed', '%2 failed', run.failed ?? 0, formats.count(run.failed))}
        </span>
      )}
    </span>
  );
}

/** What a run is at, what it waits for, why it failed. */
export function RunNotes({ run }: { run: Run }): ReactElement {
  const { trans } = useServices();
  return (
    <>
      {run.waiting && (
        <p className="swb-quiet">
          {trans.__('Waits for:')} <UserText inline text={run.waiting} />
        </p>
      )}
      {isLive(run) && run.now && (
        <p className="swb-quiet">
          {trans.__('Now:')} <UserText inline text={run.now} />
        </p>
      )}
      {run.error && <ErrorNotice error={run.error} />}
    </>
  );
}

/** Mean credit so far, by benchmark and language. */
export function RunningScores({ scores }: { scores: readonly RunningScore[] }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <Table
      label={trans.__('Scores so far')}
      empty={trans.__('No item is answered yet.')}
      rows={scores}
      id={score => `${score.pack}/${score.language}`}
      columns={[
        { name: trans.__('Benchmark'), cell: score => <UserText inline text={score.pack} /> },
        { name: trans.__('Language'), cell: score => score.language },
        { name: trans.__('Mean'), number: true, cell: score => formats.score(score.mean) },
        {
          name: trans.__('95% interval'),
          number: true,
          cell: score => formats.interval(score.low, score.high)
        },
        {
          name: trans.__('Plot'),
          cell: score => <Interval value={score.mean} low={score.low} high={score.high} />
        },
        {
          name: trans.__('Answered'),
          number: true,
          cell: score =>
            score.planned === null
              ? formats.count(score.answered)
              : trans.__('%1 of %2', formats.count(score.answered), formats.count(score.planned))
        },
        { name: trans.__('Failed'), number: true, cell: score => formats.count(score.failed) }
      ]}
    />
  );
}
