import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactElement } from 'react';

import type { ItemVerdict, Run, Slice, SliceBy } from '../api/types';
import { Button, Loaded, Select, Table } from './basics';
import { isString, useDocument, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { Interval } from './interval';
import { extractionLabel, isLive, verdictLabel } from './labels';
import { UserText } from './text';

const LIMIT = 200;

/** Mean score by language, domain, culture and so on; each slice opens its items. */
export function Slices({ run }: { run: Run }): ReactElement {
  const { client, trans, formats, open } = useServices();
  const { address } = useDocument();
  const names: Record<SliceBy, string> = {
    pack: trans.__('Benchmark'),
    language: trans.__('Language'),
    domain: trans.__('Domain'),
    culture: trans.__('Culture'),
    group: trans.__('Group'),
    extraction: trans.__('How the answer was found'),
    verdict: trans.__('Verdict'),
    error: trans.__('Error'),
    tag: trans.__('Tag')
  };
  const [kept, setBy] = useKept('by', 'language', isString);
  const by: SliceBy = kept in names ? (kept as SliceBy) : 'language';
  const slices = useFetched(
    `${run.id} ${by}`,
    signal =>
      client.get('/runs/{run}/slices', { path: { run: run.id }, query: { by, limit: LIMIT }, signal }),
    { every: isLive(run) ? 10 : null, on: hint => hint.kind === 'run' && hint.run === run.id }
  );
  const show = (slice: Slice): void => open(address, { tab: 'items', filter: { [by]: slice.value } });
  return (
    <div className="swb-scroll">
      <div className="swb-bar">
        <Select
          label={trans.__('By')}
          value={by}
          onChange={setBy}
          options={Object.entries(names).map(([value, label]) => ({ value, label }))}
        />
        {slices.value && slices.value.total > slices.value.slices.length && (
          <span className="swb-quiet">
            {trans.__(
              'The largest %1 of %2 slices.',
              formats.count(LIMIT),
              formats.count(slices.value.total)
            )}
          </span>
        )}
      </div>
      <Loaded of={slices}>
        {({ slices: rows }) => (
          <Table
            label={trans.__('Slices')}
            empty={trans.__('Items have nothing to be sliced by here.')}
            rows={rows}
            id={slice => slice.value}
            columns={[
              {
                name: names[by],
                cell: slice =>
                  slice.value === '' ? (
                    <span className="swb-quiet">{trans.__('(none)')}</span>
                  ) : (
                    <Button kind="link" onClick={() => show(slice)} title={trans.__('Show these items')}>
                      <UserText inline text={valueLabel(by, slice.value, trans)} />
                    </Button>
                  )
              },
              { name: trans.__('Items'), number: true, cell: slice => formats.count(slice.n) },
              { name: trans.__('Failed'), number: true, cell: slice => formats.count(slice.failed) },
              { name: trans.__('Mean'), number: true, cell: slice => formats.score(slice.mean) },
              {
                name: trans.__('95% interval'),
                number: true,
                cell: slice => formats.interval(slice.low, slice.high)
              },
              {
                name: trans.__('Plot'),
                cell: slice => <Interval value={slice.mean} low={slice.low} high={slice.high} />
              }
            ]}
          />
        )}
      </Loaded>
    </div>
  );
}

/** Values that the server names by a code have a name here. */
function valueLabel(by: string, value: string, trans: TranslationBundle): string {
  if (by === 'verdict') {
    return verdictLabel(value as ItemVerdict, trans);
  }
  return by === 'extraction' ? extractionLabel(value, trans) : value;
}
