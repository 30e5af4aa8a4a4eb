import { type ReactElement, useState } from 'react';

import type { DraftItem } from '../api/types';
import { inputOf, textOf, textsOf } from '../model/draft-item';
import { Button, Loaded, Table } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import type { IDraftPart } from './studio-draft';
import { UserText } from './text';

const PAGE = 50;

/** The benchmark's own items: to be written anew, or left out of the next version. */
export function PackItems({ sync }: IDraftPart): ReactElement {
  const { client, trans, formats } = useServices();
  const [offset, setOffset] = useState(0);
  const { draft } = sync.shown;
  const items = useFetched(`${draft.id} ${offset}`, signal =>
    client.get('/studio/{draft}/items', { path: { draft: draft.id }, query: { offset, limit: PAGE }, signal })
  );
  const text = { direction: draft.direction, language: draft.language };
  const written = new Set(sync.items.map(item => textOf(item.id)));
  const leave = (id: string, out: boolean): void =>
    sync.edit({ removed: out ? [...sync.removed, id] : sync.removed.filter(each => each !== id) });
  const question = (item: DraftItem): string => Object.values(inputOf(item)).map(textOf).join(' \u2013 ');
  return (
    <Loaded of={items}>
      {({ items: rows, total }) => (
        <>
          <Table
            label={trans.__('Items of the benchmark')}
            empty={trans.__('It has no items in this language yet.')}
            rows={rows}
            id={item => textOf(item.id)}
            columns={[
              { name: trans.__('Item'), cell: item => <UserText inline text={textOf(item.id)} /> },
              { name: trans.__('Question'), cell: item => <UserText text={question(item)} {...text} /> },
              {
                name: trans.__('Right answer'),
                cell: item => (
                  <UserText
                    text={
                      typeof item.gold === 'number'
                        ? (textsOf(item.choices)[item.gold] ?? '')
                        : textsOf(item.references).join(', ')
                    }
                    {...text}
                  />
                )
              },
              {
                name: trans.__('Actions'),
                cell: item => {
                  const id = textOf(item.id);
                  return (
                    <span className="swb-actions">
                      <Button
                        disabled={written.has(id)}
                        onClick={() => sync.edit({ items: [...sync.items, item] })}
                      >
                        {written.has(id) ? trans.__('In the draft') : trans.__('Write it anew')}
                      </Button>
                      <label className="swb-check">
                        <input
                          type="checkbox"
                          checked={sync.removed.includes(id)}
                          onChange={event => leave(id, event.target.checked)}
                        />
                        {trans.__('Leave out')}
                      </label>
                    </span>
                  );
                }
              }
            ]}
          />
          {total > PAGE && (
            <div className="swb-bar">
              <Button disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - PAGE))}>
                {trans.__('Previous items')}
              </Button>
              <span className="swb-quiet" role="status">
                {trans.__(
                  '%1 to %2 of %3',
                  formats.count(Math.min(total, offset + 1)),
                  formats.count(offset + rows.length),
                  formats.count(total)
                )}
              </span>
              <Button disabled={offset + rows.length >= total} onClick={() => setOffset(offset + PAGE)}>
                {trans.__('Next items')}
              </Button>
            </div>
          )}
        </>
      )}
    </Loaded>
  );
}
