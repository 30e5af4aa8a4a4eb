import type { TranslationBundle } from '@jupyterlab/translation';
import { type ReactElement, useEffect, useRef, useState } from 'react';

import { type ApiError, asApiError, isAbort } from '../api/errors';
import { runTask } from '../api/tasks';
import type { Model, Probe, ProbeAnswer } from '../api/types';
import { Button, ErrorNotice, Loaded, Table } from './basics';
import { isStrings, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { Checks } from './studio-checks';
import type { IDraftPart } from './studio-draft';
import { UserText } from './text';

const MOST = 8;

/** Local models try the items: as they are, without the question, with the choices in another order. */
export function Probing({ sync }: IDraftPart): ReactElement {
  const { client, trans } = useServices();
  const models = useFetched('models', signal => client.get('/models', { signal }));
  const [picked, setPicked] = useKept<string[]>('studioModels', [], isStrings);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [probe, setProbe] = useState<Probe | null>(null);
  const aborter = useRef<AbortController | null>(null);
  useEffect(() => () => aborter.current?.abort(), []);
  const usable = models.value?.models.filter(model => !model.refusal) ?? [];
  const asked = usable.filter(model => picked.includes(model.id)).map(model => model.id);
  const start = async (): Promise<void> => {
    const current = new AbortController();
    aborter.current = current;
    setBusy(true);
    setError(null);
    try {
      if (await sync.flush()) {
        setProbe(
          await runTask(client, '/studio/{draft}/probe', {
            path: { draft: sync.shown.draft.id },
            body: { models: asked },
            signal: current.signal
          })
        );
      }
    } catch (caught) {
      if (!isAbort(caught)) {
        setError(asApiError(caught));
      }
    }
    setBusy(false);
  };
  return (
    <div className="swb-talk">
      <p className="swb-quiet">
        {trans.__(
          'The models answer each item as it is, without its question, and with its choices in another order. Nothing of it is kept.'
        )}
      </p>
      <Loaded of={models}>
        {() => (
          <fieldset className="swb-part">
            <legend>{trans.__('Models that try the items')}</legend>
            <div className="swb-checks">
              {usable.map(model => (
                <label key={model.id} className="swb-check">
                  <input
                    type="checkbox"
                    checked={picked.includes(model.id)}
                    disabled={!picked.includes(model.id) && asked.length >= MOST}
                    onChange={event =>
                      setPicked(
                        event.target.checked
                          ? [...picked, model.id]
                          : picked.filter(each => each !== model.id)
                      )
                    }
                  />
                  <UserText inline text={model.name} />
                </label>
              ))}
            </div>
          </fieldset>
        )}
      </Loaded>
      <div className="swb-bar">
        <Button
          kind="primary"
          disabled={busy || asked.length === 0 || sync.items.length === 0}
          onClick={() => void start()}
        >
          {trans.__('Let them try')}
        </Button>
        {busy && <Button onClick={() => aborter.current?.abort()}>{trans.__('Stop')}</Button>}
        <span role="status" className="swb-quiet">
          {busy && trans.__('The models answer…')}
        </span>
      </div>
      {error && <ErrorNotice error={error} />}
      {probe && <ProbeView probe={probe} models={usable} />}
    </div>
  );
}

function verdict(answer: ProbeAnswer | null, trans: TranslationBundle): string {
  if (answer === null) {
    return '\u2013';
  }
  if (answer.error !== '') {
    return trans.__('failed');
  }
  return answer.right === null ? '\u2013' : answer.right ? trans.__('right') : trans.__('wrong');
}

function ProbeView({ probe, models }: { probe: Probe; models: readonly Model[] }): ReactElement {
  const { trans, formats } = useServices();
  const nameOf = (id: string): string => models.find(model => model.id === id)?.name ?? id;
  const rows = probe.items.flatMap(item => item.models.map(each => ({ item, each })));
  return (
    <>
      <h3>{trans.__('How often the models were right')}</h3>
      <Table
        label={trans.__('How often the models were right')}
        rows={probe.baselines}
        id={row => `${row.model} ${row.variant}`}
        columns={[
          { name: trans.__('Model'), cell: row => <UserText inline text={nameOf(row.model)} /> },
          {
            name: trans.__('Asked'),
            cell: row => (row.variant === 'as-is' ? trans.__('as it is') : trans.__('without the question'))
          },
          {
            name: trans.__('Right'),
            number: true,
            cell: row => trans.__('%1 of %2', formats.count(row.right), formats.count(row.n))
          },
          {
            name: trans.__('95% interval'),
            number: true,
            cell: row => formats.interval(row.low, row.high)
          },
          { name: trans.__('Chance'), number: true, cell: row => formats.score(row.chance) }
        ]}
      />
      <h3>{trans.__('What the answers say about the items')}</h3>
      <ul className="swb-cards">
        {probe.items
          .filter(item => item.signs.length > 0)
          .map(item => (
            <li key={item.id} className="swb-card">
              <UserText inline text={item.id} className="swb-strong" />
              <Checks checks={item.signs} label={trans.__('Signs')} />
            </li>
          ))}
      </ul>
      <Table
        label={trans.__('Answers of the models')}
        empty={trans.__('There are no answers.')}
        rows={rows}
        id={({ item, each }) => `${item.id} ${each.model}`}
        columns={[
          { name: trans.__('Item'), cell: ({ item }) => <UserText inline text={item.id} /> },
          { name: trans.__('Model'), cell: ({ each }) => <UserText inline text={nameOf(each.model)} /> },
          { name: trans.__('As it is'), cell: ({ each }) => verdict(each.as_is, trans) },
          {
            name: trans.__('Share of the right answer'),
            number: true,
            cell: ({ each }) => formats.share(each.as_is.share)
          },
          { name: trans.__('Without the question'), cell: ({ each }) => verdict(each.bare, trans) },
          {
            name: trans.__('In other orders'),
            cell: ({ each }) =>
              each.turns.length === 0 ? '\u2013' : each.turns.map(turn => verdict(turn, trans)).join(', ')
          },
          {
            name: trans.__('Answer'),
            cell: ({ each }) => <UserText inline text={each.as_is.error || each.as_is.answer} />
          }
        ]}
      />
    </>
  );
}
