import { JSONExt, type ReadonlyJSONValue, UUID } from '@lumino/coreutils';
import { type ReactElement, useCallback, useEffect, useState, useSyncExternalStore } from 'react';

import type { DraftItem, ItemDraft } from '../api/types';
import { emptyItem, textOf } from '../model/draft-item';
import { DraftSync } from '../model/draft-sync';
import { visibleText } from '../model/visible';
import { CodeActions } from './actions';
import { Button, ErrorNotice, Loaded, Tabs } from './basics';
import { isString, useDocument, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { ItemForm } from './studio-item';
import { Checks } from './studio-checks';
import { PackItems } from './studio-pack';
import { Probing } from './studio-probe';
import { Saving } from './studio-save';
import { UserText } from './text';

interface IEditorProps {
  readonly draft: string;
  readonly onClose: () => void;
}

/** One draft, as the server has it when it is opened. */
export function DraftEditor({ draft, onClose }: IEditorProps): ReactElement {
  const { client, trans } = useServices();
  const opened = useFetched(draft, async signal => ({
    first: await client.get('/studio/{draft}', { path: { draft }, signal }),
    // Whatever is fetched again takes the place of what was typed.
    key: UUID.uuid4()
  }));
  return (
    <>
      <p>
        <Button onClick={onClose}>{trans.__('All drafts')}</Button>
      </p>
      <Loaded of={opened}>
        {({ key, first }) => <Editor key={key} first={first} onReload={opened.refresh} />}
      </Loaded>
    </>
  );
}

/** What a view of a draft works with. */
export interface IDraftPart {
  readonly sync: DraftSync;
}

/** A draft that is kept while it is typed. */
function useSync(first: ItemDraft): DraftSync {
  const { client } = useServices();
  const [sync] = useState(() => new DraftSync(client, first));
  useEffect(() => () => sync.dispose(), [sync]);
  useSyncExternalStore(
    useCallback(
      changed => {
        const slot = (): void => changed();
        sync.changed.connect(slot);
        return () => sync.changed.disconnect(slot);
      },
      [sync]
    ),
    () => sync.version
  );
  return sync;
}

function Editor({ first, onReload }: { first: ItemDraft; onReload: () => void }): ReactElement {
  const { trans } = useServices();
  const { setTitle } = useDocument();
  const [tab, setTab] = useKept('studioTab', 'items', isString);
  const sync = useSync(first);
  const { draft } = sync.shown;
  const name = visibleText(draft.name);
  useEffect(() => setTitle(trans.__('Items: %1', name)), [setTitle, trans, name]);
  return (
    <>
      <div className="swb-head">
        <h2>
          <UserText inline text={draft.name} /> <span className="swb-quiet">{draft.language}</span>
        </h2>
        <span className="swb-space" />
        <CodeActions of={() => ({ action: 'studio', pack: draft.pack, language: draft.language })} />
        <span role="status" className="swb-quiet">
          {sync.error ? '' : sync.isKept ? trans.__('Kept on the server.') : trans.__('Keeping…')}
        </span>
      </div>
      {sync.error && (
        <>
          <ErrorNotice error={sync.error} onRetry={() => void sync.flush()} />
          <p>
            <Button onClick={onReload}>{trans.__('Show what the server has instead')}</Button>
          </p>
        </>
      )}
      <Tabs
        label={trans.__('Parts of the draft')}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { id: 'items', name: trans.__('Items'), content: () => <Items sync={sync} /> },
          { id: 'pack', name: trans.__('Items of the benchmark'), content: () => <PackItems sync={sync} /> },
          { id: 'probe', name: trans.__('Let models try'), content: () => <Probing sync={sync} /> },
          { id: 'save', name: trans.__('Save'), content: () => <Saving sync={sync} /> }
        ]}
      />
    </>
  );
}

function Items({ sync }: IDraftPart): ReactElement {
  const { trans } = useServices();
  const { form, together } = sync.shown;
  const set = (index: number, item: DraftItem): void =>
    sync.edit({ items: sync.items.map((each, at) => (at === index ? item : each)) });
  return (
    <div className="swb-talk">
      <Checks checks={together} label={trans.__('What the items show together')} />
      <ol className="swb-cards" aria-label={trans.__('Items')}>
        {sync.items.map((item, index) => {
          const shown = sync.shown.items[index];
          const checked =
            shown && JSONExt.deepEqual(shown.item as ReadonlyJSONValue, item as ReadonlyJSONValue)
              ? shown
              : null;
          return (
            <li key={index} className="swb-card">
              <ItemForm
                item={item}
                form={form}
                language={sync.shown.draft.language}
                direction={sync.shown.draft.direction}
                checked={checked}
                onChange={next => set(index, next)}
                onRemove={() => sync.edit({ items: sync.items.filter((_, at) => at !== index) })}
              />
            </li>
          );
        })}
      </ol>
      <p>
        <Button
          onClick={() =>
            sync.edit({
              items: [...sync.items, emptyItem(freeId(sync), form.fields, form.references ? 0 : form.choices)]
            })
          }
        >
          {trans.__('Add an item')}
        </Button>
      </p>
    </div>
  );
}

/** The id that the server offers, or the next one while it has not yet heard of the last. */
export function freeId({ items, shown }: DraftSync): string {
  const taken = new Set(items.map(item => textOf(item.id)));
  const offered = shown.form.next_id;
  const number = /^(.*?)(\d+)$/.exec(offered);
  let next = offered;
  for (let step = 1; taken.has(next); step += 1) {
    const [, before = `${offered}-`, digits = '0'] = number ?? [];
    next = `${before}${String(Number(digits) + step).padStart(digits.length, '0')}`;
  }
  return next;
}
