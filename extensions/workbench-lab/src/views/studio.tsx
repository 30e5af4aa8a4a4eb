import { type ReactElement, useState } from 'react';

import type { ItemDraftEntry } from '../api/types';
import { attempt } from './actions';
import { Button, Loaded, Select, Table } from './basics';
import { isString, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { DraftEditor } from './studio-draft';
import { UserText } from './text';

/** Items of one's own: drafts, and the one that is open. */
export default function Studio(): ReactElement {
  const { client, trans } = useServices();
  const [open, setOpen] = useKept('draft', '', isString);
  const drafts = useFetched(open === '' ? 'drafts' : null, signal => client.get('/studio', { signal }));
  return (
    <section className="swb-view" aria-label={trans.__('Item studio')}>
      {open === '' ? (
        <>
          <h2>{trans.__('Item studio')}</h2>
          <p className="swb-quiet">
            {trans.__(
              'Write items for a benchmark, let local models try them, and save them as its next version.'
            )}
          </p>
          <Begin onBegun={setOpen} />
          <Loaded of={drafts}>
            {({ drafts: all }) => <Drafts drafts={all} onOpen={setOpen} onChange={drafts.refresh} />}
          </Loaded>
        </>
      ) : (
        <DraftEditor key={open} draft={open} onClose={() => setOpen('')} />
      )}
    </section>
  );
}

/** Begin a draft for a benchmark of our own format. */
function Begin({ onBegun }: { onBegun: (draft: string) => void }): ReactElement {
  const services = useServices();
  const { client, trans, formats } = services;
  const [pack, setPack] = useKept('studioPack', '', isString);
  const [tag, setTag] = useState('');
  const packs = useFetched('studio-packs', async signal => {
    const query = { usable: true, names: formats.language };
    const found = await client.get('/packs', { query, signal });
    return found.packs.filter(each => each.place !== 'recipe');
  });
  const chosen = packs.value?.find(each => each.id === pack);
  const language = chosen?.languages.includes(tag) ? tag : (chosen?.languages[0] ?? '');
  const begin = (): Promise<void> =>
    attempt(services, async () => {
      const begun = await client.post('/studio', { body: { pack, language } });
      onBegun(begun.draft.id);
    });
  return (
    <fieldset className="swb-part">
      <legend>{trans.__('New draft')}</legend>
      <Loaded of={packs}>
        {all => (
          <div className="swb-bar">
            <Select
              label={trans.__('Benchmark')}
              value={chosen ? pack : ''}
              onChange={setPack}
              options={[
                { value: '', label: trans.__('Choose…') },
                ...all.map(each => ({ value: each.id, label: each.name }))
              ]}
            />
            {chosen && (
              <Select
                label={trans.__('Language')}
                value={language}
                onChange={setTag}
                options={chosen.languages.map(each => ({ value: each, label: each }))}
              />
            )}
            <Button kind="primary" disabled={!chosen} onClick={() => void begin()}>
              {trans.__('Write items')}
            </Button>
          </div>
        )}
      </Loaded>
    </fieldset>
  );
}

interface IDraftsProps {
  readonly drafts: readonly ItemDraftEntry[];
  readonly onOpen: (draft: string) => void;
  readonly onChange: () => void;
}

function Drafts({ drafts, onOpen, onChange }: IDraftsProps): ReactElement {
  const services = useServices();
  const { client, trans, formats } = services;
  const remove = (draft: ItemDraftEntry): Promise<void> =>
    attempt(services, async () => {
      const answer = await services.ask({
        title: trans.__('Delete this draft?'),
        body: trans.__('What was written in it is removed. Versions that were saved stay.'),
        answers: [
          { value: 'keep', label: trans.__('Keep it') },
          { value: 'delete', label: trans.__('Delete'), danger: true }
        ]
      });
      if (answer === 'delete') {
        await client.delete('/studio/{draft}', { path: { draft: draft.id } });
        onChange();
      }
    });
  return (
    <Table
      label={trans.__('Drafts')}
      empty={trans.__('There is no draft yet.')}
      rows={drafts}
      id={draft => draft.id}
      columns={[
        {
          name: trans.__('Benchmark'),
          cell: draft => (
            <Button kind="link" onClick={() => onOpen(draft.id)}>
              <UserText inline text={draft.name} />
            </Button>
          )
        },
        { name: trans.__('Language'), cell: draft => draft.language },
        { name: trans.__('Items'), number: true, cell: draft => formats.count(draft.items) },
        { name: trans.__('Left out'), number: true, cell: draft => formats.count(draft.removed) },
        { name: trans.__('Changed'), cell: draft => formats.moment(draft.changed) },
        {
          name: trans.__('Actions'),
          cell: draft => <Button onClick={() => void remove(draft)}>{trans.__('Delete…')}</Button>
        }
      ]}
    />
  );
}
