import type { ReactElement } from 'react';

import type { Result, Score } from '../api/types';
import { intervalPlot } from '../model/plots';
import { Table } from './basics';
import { isBoolean, useKept, useServices } from './context';
import { scoreVerdictLabel } from './labels';
import { Plot } from './plot';
import { UserText } from './text';

/** Scores by benchmark and language, each with its interval, chance level and majority baseline. */
export function Scores({ result }: { result: Result }): ReactElement {
  const { trans, formats } = useServices();
  const [all, setAll] = useKept('allMetrics', false, isBoolean);
  const scores = result.scores.filter(score => all || score.headline);
  return (
    <div className="swb-scroll">
      {result.scores.some(score => !score.headline) && (
        <label className="swb-check">
          <input type="checkbox" checked={all} onChange={event => setAll(event.target.checked)} />
          {trans.__('All metrics')}
        </label>
      )}
      <ScorePlots scores={scores} />
      <Table
        label={trans.__('Scores')}
        empty={trans.__('There are no scores.')}
        rows={scores}
        id={score => `${score.pack}/${score.language}/${score.metric}`}
        columns={[
          { name: trans.__('Benchmark'), cell: score => <UserText inline text={score.pack} /> },
          { name: trans.__('Language'), cell: score => score.language },
          { name: trans.__('Metric'), cell: score => score.metric },
          {
            name: trans.__('Score'),
            number: true,
            cell: score => <strong>{formats.score(score.value)}</strong>
          },
          {
            name: trans.__('95% interval'),
            number: true,
            cell: score => <span title={score.interval}>{formats.interval(score.low, score.high)}</span>
          },
          { name: trans.__('Chance'), number: true, cell: score => formats.score(score.chance) },
          { name: trans.__('Majority'), number: true, cell: score => formats.score(score.majority) },
          { name: trans.__('Items'), number: true, cell: score => formats.count(score.n) },
          { name: trans.__('Groups'), number: true, cell: score => formats.count(score.groups) },
          { name: trans.__('What it says'), cell: score => scoreVerdictLabel(score.verdict, trans) }
        ]}
      />
      <h3>{trans.__('Items')}</h3>
      <Table
        label={trans.__('Counts of items')}
        rows={result.counts}
        id={count => `${count.pack}/${count.language}`}
        columns={[
          { name: trans.__('Benchmark'), cell: count => <UserText inline text={count.pack} /> },
          { name: trans.__('Language'), cell: count => count.language },
          { name: trans.__('Planned'), number: true, cell: count => formats.count(count.planned) },
          { name: trans.__('Scored'), number: true, cell: count => formats.count(count.scored) },
          { name: trans.__('Failed'), number: true, cell: count => formats.count(count.failed) },
          { name: trans.__('Tied'), number: true, cell: count => formats.count(count.tied) },
          { name: trans.__('Truncated'), number: true, cell: count => formats.count(count.truncated) },
          { name: trans.__('Answer found'), number: true, cell: count => formats.count(count.parsed) },
          { name: trans.__('By fallback'), number: true, cell: count => formats.count(count.fallback) },
          {
            name: trans.__('No answer found'),
            number: true,
            cell: count => formats.count(count.extraction_failed)
          }
        ]}
      />
    </div>
  );
}

/** A plot for each metric: metrics have scales of their own. */
function ScorePlots({ scores }: { scores: readonly Score[] }): ReactElement {
  const { trans } = useServices();
  const metrics = [...new Set(scores.map(score => score.metric))];
  return (
    <>
      {metrics.map(metric => {
        const label = trans.__('Scores in %1 with 95% intervals; the ticks are chance levels.', metric);
        const rows = scores
          .filter(score => score.metric === metric)
          .map(({ pack, language, value, low, high, chance }) => ({
            parts: [pack, language],
            value,
            low,
            high,
            reference: chance
          }));
        return (
          <Plot key={metric} label={label} spec={palette => intervalPlot(rows, metric, label, palette)} />
        );
      })}
    </>
  );
}
