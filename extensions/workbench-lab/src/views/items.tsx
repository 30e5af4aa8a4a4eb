import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import { type ReactElement, useCallback } from 'react';

import type { ItemQuery, ItemRow, ItemVerdict, Run } from '../api/types';
import { CodeActions } from './actions';
import { Button, ErrorNotice, Search, Select } from './basics';
import type { LoadPage } from '../model/pages';
import { isRecord, isString, useKept, useServices } from './context';
import { useFreshness, usePages } from './fetched';
import { Grid, type IGridColumn } from './grid';
import { ItemView } from './item';
import { useLate } from './late';
import { isLive, verdictLabel } from './labels';
import { UserText } from './text';

type Sort = NonNullable<ItemQuery['sort']>;

const VERDICTS: readonly ItemVerdict[] = ['right', 'partial', 'wrong', 'failed', 'measured'];
const FILTERS = [
  'pack',
  'language',
  'verdict',
  'extraction',
  'domain',
  'culture',
  'group',
  'error',
  'tag'
] as const;
const PAGE = 100;

/** The filters of kept state that the contract knows. */
export function filterOf(kept: JSONObject): ItemQuery {
  const query: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = kept[name];
    if (typeof value === 'string' && value !== '') {
      query[name] = value;
    }
  }
  return query;
}

/** Every item of a run, errors first, and the one that is open. */
export default function Items({ run }: { run: Run }): ReactElement {
  const { client, trans, formats } = useServices();
  const [words, setWords] = useKept('search', '', isString);
  const [filter, setFilter] = useKept<JSONObject>('filter', {}, isRecord);
  const [sort, setSort] = useKept('sort', 'errors', isString);
  const [order, setOrder] = useKept('order', 'ascending', isString);
  const [chosen, setChosen] = useKept('item', '', isString);
  const q = useLate(words);
  const query: ItemQuery = {
    ...filterOf(filter),
    q,
    sort: sort as Sort,
    order: order === 'descending' ? 'descending' : 'ascending'
  };
  const key = JSON.stringify(query);
  const load: LoadPage<ItemRow> = useCallback(
    async (offset, limit, signal) => {
      const page = await client.get('/runs/{run}/items', {
        path: { run: run.id },
        query: { ...(JSON.parse(key) as ItemQuery), offset, limit },
        signal
      });
      return { rows: page.items, total: page.total };
    },
    [client, run.id, key]
  );
  const list = usePages(load, PAGE);
  const refresh = useCallback(() => void list.refresh(), [list]);
  useFreshness(refresh, {
    every: isLive(run) ? 10 : null,
    on: hint => hint.kind === 'run' && hint.run === run.id
  });
  const set = (name: string, value: string): void => setFilter({ ...filter, [name]: value });
  const columns = useColumns();
  const extra = FILTERS.filter(name => name !== 'verdict' && name !== 'language' && filterOf(filter)[name]);
  return (
    <div className="swb-items">
      <div className="swb-bar" role="toolbar" aria-label={trans.__('Filter of items')}>
        <Search label={trans.__('Search')} value={words} onChange={setWords} />
        <Select
          label={trans.__('Verdict')}
          value={filterOf(filter).verdict ?? ''}
          onChange={value => set('verdict', value)}
          options={[
            { value: '', label: trans.__('All') },
            ...VERDICTS.map(each => ({ value: each, label: verdictLabel(each, trans) }))
          ]}
        />
        <Select
          label={trans.__('Language')}
          value={filterOf(filter).language ?? ''}
          onChange={value => set('language', value)}
          options={[
            { value: '', label: trans.__('All') },
            ...languagesOf(run).map(tag => ({ value: tag, label: tag }))
          ]}
        />
        <Select label={trans.__('Sort by')} value={sort} onChange={setSort} options={sorts(trans)} />
        <Select
          label={trans.__('Order')}
          value={order}
          onChange={setOrder}
          options={[
            { value: 'ascending', label: trans.__('Ascending') },
            { value: 'descending', label: trans.__('Descending') }
          ]}
        />
        {extra.map(name => (
          <Button key={name} onClick={() => set(name, '')} title={trans.__('Remove this filter')}>
            <UserText inline text={filterOf(filter)[name] ?? ''} /> <span aria-hidden="true">{'\u00d7'}</span>
          </Button>
        ))}
        {run.state === 'done' && (
          <CodeActions name={trans.__('Items as code')} of={() => ({ action: 'items', run: run.id })} />
        )}
        <span className="swb-quiet" role="status">
          {list.total !== null && trans._n('%2 item', '%2 items', list.total, formats.count(list.total))}
        </span>
      </div>
      {list.error && <ErrorNotice error={list.error} onRetry={refresh} />}
      <div className={chosen ? 'swb-split swb-split-open' : 'swb-split'}>
        {list.total === 0 && !list.error ? (
          <p className="swb-empty">{trans.__('No item fits the filter.')}</p>
        ) : (
          <Grid
            key={key}
            label={trans.__('Items')}
            columns={columns}
            list={list}
            id={row => row.key}
            chosen={chosen}
            onChoose={row => setChosen(row.key)}
          />
        )}
        {chosen && (
          <ItemView key={chosen} run={run.id} item={chosen} onClose={() => setChosen('')} onNoted={refresh} />
        )}
      </div>
    </div>
  );
}

function languagesOf(run: Run): string[] {
  return [...new Set([...run.scores.map(score => score.language), ...run.languages])].sort();
}

function sorts(trans: TranslationBundle): { value: Sort; label: string }[] {
  return [
    { value: 'errors', label: trans.__('Errors first') },
    { value: 'position', label: trans.__('Order answered') },
    { value: 'item_id', label: trans.__('Item id') },
    { value: 'language', label: trans.__('Language') },
    { value: 'score', label: trans.__('Score') },
    { value: 'margin', label: trans.__('Margin') },
    { value: 'tokens', label: trans.__('Tokens') },
    { value: 'response_length', label: trans.__('Length of the response') }
  ];
}

function useColumns(): readonly IGridColumn<ItemRow>[] {
  const { trans, formats } = useServices();
  return [
    {
      id: 'verdict',
      name: trans.__('Verdict'),
      width: '7.5em',
      cell: row => (
        <span className={`swb-badge swb-verdict-${row.verdict}`}>{verdictLabel(row.verdict, trans)}</span>
      )
    },
    { id: 'language', name: trans.__('Language'), width: '6.5em', cell: row => row.language },
    {
      id: 'excerpt',
      name: trans.__('Question'),
      width: 'minmax(14em, 3fr)',
      cell: row => <UserText inline text={row.excerpt} direction={row.direction} language={row.language} />
    },
    {
      id: 'answer',
      name: trans.__('Answer'),
      width: 'minmax(8em, 2fr)',
      cell: row =>
        row.error ? (
          <UserText inline text={row.error} className="swb-bad" />
        ) : (
          <UserText inline text={row.answer} language={row.language} />
        )
    },
    {
      id: 'score',
      name: trans.__('Score'),
      width: '5em',
      number: true,
      cell: row => formats.score(row.score)
    },
    {
      id: 'margin',
      name: trans.__('Margin'),
      width: '5.5em',
      number: true,
      cell: row => formats.signed(row.margin)
    },
    {
      id: 'tokens',
      name: trans.__('Tokens'),
      width: '5em',
      number: true,
      cell: row => formats.count(row.tokens)
    },
    {
      id: 'id',
      name: trans.__('Item'),
      width: 'minmax(7em, 1fr)',
      cell: row => <UserText inline text={row.item_id} />
    },
    {
      id: 'tags',
      name: trans.__('Tags'),
      width: '7em',
      cell: row => (
        <UserText inline text={row.note ? ['\u270e', ...row.tags].join(' ') : row.tags.join(' ')} />
      )
    }
  ];
}
