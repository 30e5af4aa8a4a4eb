import { type ReactElement, useEffect } from 'react';

import { runTask } from '../api/tasks';
import type { Comparison, ComparisonRequest, Difference } from '../api/types';
import { type IPlotRow, intervalPlot } from '../model/plots';
import { visibleText } from '../model/visible';
import { CodeActions } from './actions';
import { Button, Loaded, Table } from './basics';
import { isStrings, useDocument, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { conditionLabel } from './labels';
import { PickRuns } from './pick-runs';
import { Plot } from './plot';
import { UserText } from './text';

type Allowed = NonNullable<ComparisonRequest['allow_different']>[number];

/** Two finished runs, item by item. */
export default function Compare(): ReactElement {
  const { trans, open } = useServices();
  const { address } = useDocument();
  const [picked, setPicked] = useKept<string[]>('picked', [...address.runs], isStrings);
  const [first, second] = address.runs;
  return (
    <section className="swb-view" aria-label={trans.__('Compare')}>
      {first !== undefined && second !== undefined ? (
        <Pair first={first} second={second} />
      ) : (
        <>
          <PickRuns legend={trans.__('Tick two runs')} picked={picked} most={2} onPick={setPicked} />
          <p>
            <Button
              kind="primary"
              disabled={picked.length !== 2}
              onClick={() => open({ view: 'compare', runs: picked })}
            >
              {trans.__('Compare')}
            </Button>
          </p>
        </>
      )}
    </section>
  );
}

function Pair({ first, second }: { first: string; second: string }): ReactElement {
  const { client, trans } = useServices();
  const [allowed, setAllowed] = useKept<string[]>('allowed', [], isStrings);
  const runs = [first, second];
  const comparison = useFetched(JSON.stringify([runs, allowed]), signal =>
    runTask(client, '/comparisons', { body: { runs, allow_different: allowed as Allowed[] }, signal })
  );
  const { setTitle } = useDocument();
  const names =
    comparison.value && [comparison.value.first.model, comparison.value.second.model].map(visibleText);
  const title = names && trans.__('Compare: %1, %2', names[0], names[1]);
  useEffect(() => {
    if (title) {
      setTitle(title);
    }
  }, [title, setTitle]);
  return (
    <>
      <div className="swb-head">
        <h2>{trans.__('Comparison')}</h2>
        <span className="swb-space" />
        <CodeActions
          of={() => ({
            action: 'compare',
            runs,
            ...(allowed.length > 0 && { allow_different: allowed as Allowed[] })
          })}
        />
      </div>
      <Loaded of={comparison}>
        {value => <ComparisonView value={value} allowed={allowed} onAllow={setAllowed} />}
      </Loaded>
    </>
  );
}

interface IComparisonProps {
  readonly value: Comparison;
  readonly allowed: readonly string[];
  readonly onAllow: (allowed: string[]) => void;
}

function ComparisonView({ value, allowed, onAllow }: IComparisonProps): ReactElement {
  const { trans } = useServices();
  const forbidding = [...new Set(value.differences.map(difference => difference.what))];
  return (
    <>
      <p>
        {trans.__('First:')} <Side of={value.first} /> {trans.__('Second:')} <Side of={value.second} />
      </p>
      {value.allowed.length > 0 && (
        <p className="swb-warning" role="status">
          {trans.__(
            'Compared although this differs: %1. Every output of this comparison says so.',
            value.allowed.map(what => conditionLabel(what, trans)).join(', ')
          )}
        </p>
      )}
      {value.differences.length > 0 && (
        <>
          <h3>
            {value.comparable
              ? trans.__('What differs')
              : trans.__('Why these runs, or parts of them, are not comparable')}
          </h3>
          <Differences rows={value.differences} label={trans.__('Differences that forbid comparing')} />
          <fieldset className="swb-part">
            <legend>{trans.__('Compare although this differs')}</legend>
            <div className="swb-checks">
              {[...new Set([...forbidding, ...allowed])].map(what => (
                <label key={what} className="swb-check">
                  <input
                    type="checkbox"
                    checked={allowed.includes(what)}
                    onChange={event =>
                      onAllow(
                        event.target.checked ? [...allowed, what] : allowed.filter(each => each !== what)
                      )
                    }
                  />
                  {conditionLabel(what, trans)}
                </label>
              ))}
            </div>
          </fieldset>
        </>
      )}
      <Pairs value={value} />
      <Flips value={value} />
      {value.shown.length > 0 && (
        <>
          <h3>{trans.__('Also different, which forbids nothing')}</h3>
          <Differences rows={value.shown} label={trans.__('Other differences')} />
        </>
      )}
    </>
  );
}

function Side({ of }: { of: Comparison['first'] }): ReactElement {
  const { open } = useServices();
  return (
    <Button kind="link" onClick={() => open({ view: 'results', runs: [of.run] })}>
      <UserText inline text={of.model} /> <code>{of.run}</code>
    </Button>
  );
}

function Differences({ rows, label }: { rows: readonly Difference[]; label: string }): ReactElement {
  const { trans } = useServices();
  return (
    <Table
      label={label}
      rows={rows}
      id={difference => `${difference.what}/${difference.pack}/${difference.language}`}
      columns={[
        { name: trans.__('What'), cell: difference => conditionLabel(difference.what, trans) },
        { name: trans.__('Benchmark'), cell: difference => <UserText inline text={difference.pack} /> },
        { name: trans.__('Language'), cell: difference => difference.language },
        { name: trans.__('First'), cell: difference => <UserText inline text={difference.first} /> },
        { name: trans.__('Second'), cell: difference => <UserText inline text={difference.second} /> },
        { name: trans.__('In words'), cell: difference => <UserText text={difference.words} /> }
      ]}
    />
  );
}

function Pairs({ value }: { value: Comparison }): ReactElement {
  const { trans, formats } = useServices();
  const metrics = [...new Set(value.pairs.map(pair => pair.metric))];
  const rows = (metric: string): IPlotRow[] =>
    value.pairs
      .filter(pair => pair.metric === metric)
      .map(({ pack, language, difference, low, high }) => ({
        parts: [pack, language],
        value: difference,
        low,
        high,
        reference: 0
      }));
  return (
    <>
      <h3>{trans.__('Differences of the scores')}</h3>
      {metrics.map(metric => {
        const label = trans.__('Differences in %1, first minus second, with 95% intervals.', metric);
        const title = trans.__('%1, first minus second', metric);
        return (
          <Plot
            key={metric}
            label={label}
            spec={palette => intervalPlot(rows(metric), title, label, palette, null)}
          />
        );
      })}
      <Table
        label={trans.__('Differences of the scores, first minus second')}
        empty={trans.__('Nothing can be compared.')}
        rows={value.pairs}
        id={pair => `${pair.pack}/${pair.language}/${pair.metric}`}
        columns={[
          { name: trans.__('Benchmark'), cell: pair => <UserText inline text={pair.pack} /> },
          { name: trans.__('Language'), cell: pair => pair.language },
          { name: trans.__('Metric'), cell: pair => pair.metric },
          { name: trans.__('First'), number: true, cell: pair => formats.score(pair.first) },
          { name: trans.__('Second'), number: true, cell: pair => formats.score(pair.second) },
          {
            name: trans.__('Difference'),
            number: true,
            cell: pair => <strong>{formats.signed(pair.difference)}</strong>
          },
          {
            name: trans.__('95% interval'),
            number: true,
            cell: pair => formats.interval(pair.low, pair.high, true)
          },
          {
            name: trans.__('p, this pair alone'),
            number: true,
            cell: pair => <span title={pair.method}>{formats.pValue(pair.p_value)}</span>
          },
          { name: trans.__('Items'), number: true, cell: pair => formats.count(pair.n) },
          { name: trans.__('Only first right'), number: true, cell: pair => formats.count(pair.first_only) },
          { name: trans.__('Only second right'), number: true, cell: pair => formats.count(pair.second_only) }
        ]}
      />
    </>
  );
}

function Flips({ value }: { value: Comparison }): ReactElement {
  const { trans, formats, open } = useServices();
  const show = (run: string, item: string): void =>
    open({ view: 'results', runs: [run] }, { tab: 'items', item });
  return (
    <>
      <h3>{trans.__('Items that flipped')}</h3>
      {value.total_flips > value.flips.length && (
        <p className="swb-quiet">
          {trans.__(
            '%1 of %2 are shown.',
            formats.count(value.flips.length),
            formats.count(value.total_flips)
          )}
        </p>
      )}
      <Table
        label={trans.__('Items that one got right and the other wrong')}
        empty={trans.__('None.')}
        rows={value.flips}
        id={flip => `${flip.first_key}/${flip.second_key}`}
        columns={[
          { name: trans.__('Item'), cell: flip => <UserText inline text={flip.item_id} /> },
          { name: trans.__('Language'), cell: flip => flip.language },
          {
            name: trans.__('Question'),
            cell: flip => <UserText text={flip.excerpt} direction={flip.direction} language={flip.language} />
          },
          {
            name: trans.__('First'),
            cell: flip => (
              <Answer
                right={flip.first > flip.second}
                text={flip.first_answer}
                onOpen={() => show(value.first.run, flip.first_key)}
              />
            )
          },
          {
            name: trans.__('Second'),
            cell: flip => (
              <Answer
                right={flip.second > flip.first}
                text={flip.second_answer}
                onOpen={() => show(value.second.run, flip.second_key)}
              />
            )
          }
        ]}
      />
    </>
  );
}

function Answer({ right, text, onOpen }: { right: boolean; text: string; onOpen: () => void }): ReactElement {
  const { trans } = useServices();
  return (
    <>
      <span className={right ? 'swb-good' : 'swb-bad'}>{right ? trans.__('Right') : trans.__('Wrong')}</span>{' '}
      <Button kind="link" onClick={onOpen} title={trans.__('Open this item')}>
        <UserText inline text={text === '' ? '\u2013' : text} />
      </Button>
    </>
  );
}
