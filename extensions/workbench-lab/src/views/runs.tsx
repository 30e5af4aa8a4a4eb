import { type ReactElement, useState } from 'react';

import type { Run, RunState } from '../api/types';
import { CodeActions, Verbs } from './actions';
import { Button, ErrorNotice, Search, Select } from './basics';
import { isNumber, isString, isStrings, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { isLive, stateLabel } from './labels';
import { Progress, RunNotes, RunningScores, StateBadge } from './run-parts';
import { UserText } from './text';
import { useLate } from './late';

const STATES: readonly RunState[] = [
  'queued',
  'loading',
  'running',
  'paused',
  'finishing',
  'done',
  'interrupted',
  'cancelled',
  'failed'
];
const PAGE = 50;
/** How often a list with live runs is asked for when no event comes, in seconds. */
const LIVE_EVERY = 5;
const IDLE_EVERY = 30;

/** Every run, the newest first; ticked ones are compared or reported. */
export default function Runs(): ReactElement {
  const { client, trans, formats, open } = useServices();
  const [words, setWords] = useKept('words', '', isString);
  const [state, setState] = useKept('state', '', isString);
  const [ticked, setTicked] = useKept<string[]>('ticked', [], isStrings);
  const [page, setPage] = useKept('page', 0, isNumber);
  const [live, setLive] = useState(false);
  const q = useLate(words);
  const known = STATES.find(each => each === state);
  const settings = useFetched('settings', signal => client.get('/settings', { signal }));
  const limit = settings.value?.page_size ?? PAGE;
  const offset = Math.max(0, Math.floor(page)) * limit;
  const runs = useFetched(
    JSON.stringify([q, state, limit, offset]),
    async signal => {
      const query = { q, limit, offset, ...(known && { state: known }) };
      const found = await client.get('/runs', { query, signal });
      setLive(found.runs.some(isLive));
      return found;
    },
    { every: live ? LIVE_EVERY : IDLE_EVERY, on: hint => hint.kind === 'run' }
  );
  /** Another filter begins with its first page. */
  const anew = (set: (value: string) => void) => (value: string) => {
    set(value);
    setPage(0);
  };
  const tick = (run: string, on: boolean): void =>
    setTicked(on ? [...ticked, run] : ticked.filter(each => each !== run));
  return (
    <section className="swb-view" aria-label={trans.__('Runs')}>
      <div className="swb-bar" role="toolbar" aria-label={trans.__('Runs')}>
        <Button kind="primary" onClick={() => open({ view: 'new-run', runs: [] })}>
          {trans.__('New run')}
        </Button>
        <Button disabled={ticked.length !== 2} onClick={() => open({ view: 'compare', runs: ticked })}>
          {trans.__('Compare two ticked runs')}
        </Button>
        <Button
          disabled={ticked.length === 0}
          onClick={() => open({ view: 'report', runs: ticked.slice(0, 50) })}
        >
          {trans.__('Report of ticked runs')}
        </Button>
        <span className="swb-quiet" role="status">
          {trans._n('%2 ticked', '%2 ticked', ticked.length, formats.count(ticked.length))}
        </span>
        {ticked.length > 0 && (
          <Button kind="link" onClick={() => setTicked([])}>
            {trans.__('Untick all')}
          </Button>
        )}
        <span className="swb-space" />
        <Search label={trans.__('Search')} value={words} onChange={anew(setWords)} />
        <Select
          label={trans.__('State')}
          value={known ?? ''}
          onChange={anew(setState)}
          options={[
            { value: '', label: trans.__('All') },
            ...STATES.map(each => ({ value: each, label: stateLabel(each, trans) }))
          ]}
        />
      </div>
      {runs.error && <ErrorNotice error={runs.error} onRetry={runs.refresh} />}
      {runs.value === null && runs.loading && <p className="swb-quiet">{trans.__('Loading…')}</p>}
      {runs.value?.total === 0 && (
        <p className="swb-empty">
          {q || known
            ? trans.__('No run fits the filter.')
            : trans.__('There are no runs yet. A new run asks a model the items of one or more benchmarks.')}
        </p>
      )}
      <ul className="swb-cards" aria-label={trans.__('Runs')}>
        {runs.value?.runs.map(run => (
          <RunCard
            key={run.id}
            run={run}
            ticked={ticked.includes(run.id)}
            onTick={on => tick(run.id, on)}
            onTold={runs.refresh}
          />
        ))}
      </ul>
      {runs.value && (offset > 0 || runs.value.total > limit) && (
        <Pager
          first={offset}
          shown={runs.value.runs.length}
          total={runs.value.total}
          onBack={() => setPage(Math.max(0, page - 1))}
          onNext={() => setPage(page + 1)}
        />
      )}
    </section>
  );
}

interface IPagerProps {
  readonly first: number;
  readonly shown: number;
  readonly total: number;
  readonly onBack: () => void;
  readonly onNext: () => void;
}

/** Which of all runs are shown, and the way to the others. */
function Pager({ first, shown, total, onBack, onNext }: IPagerProps): ReactElement {
  const { trans, formats } = useServices();
  return (
    <nav className="swb-bar" aria-label={trans.__('Pages of runs')}>
      <Button disabled={first === 0} onClick={onBack}>
        {trans.__('Newer runs')}
      </Button>
      <span className="swb-quiet" role="status">
        {trans.__(
          '%1 to %2 of %3',
          formats.count(Math.min(total, first + 1)),
          formats.count(first + shown),
          formats.count(total)
        )}
      </span>
      <Button disabled={first + shown >= total} onClick={onNext}>
        {trans.__('Older runs')}
      </Button>
    </nav>
  );
}

interface ICardProps {
  readonly run: Run;
  readonly ticked: boolean;
  readonly onTick: (on: boolean) => void;
  readonly onTold: () => void;
}

function RunCard({ run, ticked, onTick, onTold }: ICardProps): ReactElement {
  const { trans, formats, open } = useServices();
  const [wide, setWide] = useState(false);
  const results = (): void => open({ view: 'results', runs: [run.id] });
  return (
    <li className="swb-card">
      <div className="swb-card-head">
        <input
          type="checkbox"
          checked={ticked}
          aria-label={trans.__('Tick run %1', run.id)}
          onChange={event => onTick(event.target.checked)}
        />
        <Button kind="link" onClick={results} title={trans.__('Open the results')}>
          <UserText inline text={run.model} className="swb-strong" />
        </Button>
        <StateBadge run={run} />
        <Progress run={run} />
        <span className="swb-space" />
        <Verbs run={run} onTold={onTold} />
      </div>
      <div className="swb-card-line">
        {run.packs.map(pack => (
          <UserText key={pack} inline text={pack} className="swb-tag" />
        ))}
        <span className="swb-quiet">
          {run.languages.length > 0 ? run.languages.join(', ') : trans.__('all languages')}
        </span>
        <time className="swb-quiet" dateTime={run.started}>
          {formats.moment(run.started)}
        </time>
        <code className="swb-quiet">{run.id}</code>
        <Headline run={run} />
        <span className="swb-space" />
        <Button
          kind="link"
          expanded={wide}
          onClick={() => setWide(!wide)}
          label={trans.__('Details of run %1', run.id)}
        >
          <span aria-hidden="true">{wide ? '\u25be' : '\u25b8'}</span> {trans.__('Details')}
        </Button>
      </div>
      <RunNotes run={run} />
      {wide && (
        <div className="swb-card-more">
          <RunningScores scores={run.scores} />
          <CodeActions of={() => ({ action: 'run', run: run.id })} />
        </div>
      )}
    </li>
  );
}

/** The one score of a run that has one. */
function Headline({ run }: { run: Run }): ReactElement | null {
  const { formats } = useServices();
  const [score, ...others] = run.scores;
  return score && others.length === 0 ? (
    <span className="swb-strong">
      {formats.score(score.mean)} {score.low !== null && formats.interval(score.low, score.high)}
    </span>
  ) : null;
}
