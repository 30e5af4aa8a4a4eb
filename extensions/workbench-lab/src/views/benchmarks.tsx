import type { JSONObject } from '@lumino/coreutils';
import { type ReactElement, useState } from 'react';

import type { Facet, Facets, Pack, PackQuery } from '../api/types';
import { Button, ErrorNotice, Loaded, Search, Select } from './basics';
import { PackDetails } from './benchmark';
import { isBoolean, isRecord, isString, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { originLabel, packPlaceLabel, taskLabel } from './labels';
import { useLate } from './late';
import { UserText } from './text';

const FILTERS = ['language', 'script', 'country', 'task', 'licence', 'origin', 'place'] as const;
type Filter = (typeof FILTERS)[number];

/** Benchmarks that are here, and recipes for those whose files are not. */
export default function Benchmarks(): ReactElement {
  const { client, trans, formats } = useServices();
  const [words, setWords] = useKept('words', '', isString);
  const [filter, setFilter] = useKept<JSONObject>('filter', {}, isRecord);
  const [usable, setUsable] = useKept('usable', true, isBoolean);
  const [chosen, setChosen] = useKept('pack', '', isString);
  const q = useLate(words);
  const picked = (name: Filter): string => (isString(filter[name]) ? filter[name] : '');
  const names = formats.language;
  const query = {
    q,
    usable,
    names,
    ...Object.fromEntries(FILTERS.map(name => [name, picked(name)]))
  } as PackQuery;
  // What can be filtered by is the same whatever the filter: it stays while another page of benchmarks comes.
  const [facets, setFacets] = useState<Facets | null>(null);
  const packs = useFetched(JSON.stringify(query), async signal => {
    const found = await client.get('/packs', { query, signal });
    setFacets(found.facets);
    return found;
  });
  const same = (value: string): string => value;
  const select = (
    name: Filter,
    label: string,
    facets: readonly Facet[],
    named: (value: string) => string = same
  ): ReactElement => (
    <Select
      key={name}
      label={label}
      value={picked(name)}
      onChange={value => setFilter({ ...filter, [name]: value })}
      options={[
        { value: '', label: trans.__('All') },
        ...facets.map(facet => ({
          value: facet.value,
          label: trans.__(
            '%1 (%2)',
            facet.label === facet.value ? named(facet.value) : facet.label,
            formats.count(facet.count)
          )
        }))
      ]}
    />
  );
  return (
    <section className="swb-view" aria-label={trans.__('Benchmarks')}>
      <div className="swb-bar" role="toolbar" aria-label={trans.__('Filter of benchmarks')}>
        <Search label={trans.__('Search')} value={words} onChange={setWords} />
        {select('language', trans.__('Language'), facets?.languages ?? [])}
        {select('script', trans.__('Script'), facets?.scripts ?? [])}
        {select('country', trans.__('Country'), facets?.countries ?? [])}
        {select('task', trans.__('Kind'), facets?.tasks ?? [], value => taskLabel(value, trans))}
        {select('licence', trans.__('Licence'), facets?.licences ?? [])}
        {select('origin', trans.__('Origin'), facets?.origins ?? [], value => originLabel(value, trans))}
        {select('place', trans.__('Place'), facets?.places ?? [], value => packPlaceLabel(value, trans))}
        <label className="swb-check">
          <input type="checkbox" checked={usable} onChange={event => setUsable(event.target.checked)} />
          {trans.__('Only what can be used here')}
        </label>
        {Object.values(filter).some(value => value !== '') && (
          <Button kind="link" onClick={() => setFilter({})}>
            {trans.__('Remove the filters')}
          </Button>
        )}
      </div>
      <Loaded of={packs}>
        {({ packs: all, total }) => (
          <>
            <p className="swb-quiet" role="status">
              {trans.__('%1 of %2 benchmarks', formats.count(all.length), formats.count(total))}
            </p>
            <ul className="swb-cards" aria-label={trans.__('Benchmarks')}>
              {all.map(pack => (
                <PackCard
                  key={pack.id}
                  pack={pack}
                  wide={pack.id === chosen}
                  onWide={wide => setChosen(wide ? pack.id : '')}
                />
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </section>
  );
}

interface ICardProps {
  readonly pack: Pack;
  readonly wide: boolean;
  readonly onWide: (wide: boolean) => void;
}

function PackCard({ pack, wide, onWide }: ICardProps): ReactElement {
  const { trans, open } = useServices();
  return (
    <li className="swb-card">
      <div className="swb-card-head">
        <Button kind="link" expanded={wide} onClick={() => onWide(!wide)}>
          <UserText inline text={pack.name} className="swb-strong" />
        </Button>
        <UserText inline text={pack.title} />
        {pack.task && <span className="swb-tag">{taskLabel(pack.task, trans)}</span>}
        {pack.origin && <span className="swb-tag">{originLabel(pack.origin, trans)}</span>}
        <UserText inline text={pack.licence} className="swb-tag" />
        <span className="swb-space" />
        {!pack.error && pack.place !== 'recipe' && (
          <Button onClick={() => open({ view: 'studio', runs: [] }, { draft: '', studioPack: pack.id })}>
            {trans.__('Write items')}
          </Button>
        )}
        {!pack.error && (
          <Button onClick={() => open({ view: 'new-run', runs: [] }, { packs: [pack.id] })}>
            {trans.__('New run')}
          </Button>
        )}
      </div>
      <div className="swb-card-line">
        <span className="swb-quiet">
          {pack.languages.length > 0
            ? pack.languages.join(', ')
            : trans.__('Not here; the card names: %1', pack.declared_languages.join(', '))}
        </span>
      </div>
      {pack.error && <ErrorNotice error={pack.error} />}
      {wide && <PackDetails pack={pack} />}
    </li>
  );
}
