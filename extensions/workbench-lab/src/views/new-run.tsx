import { type JSONObject, UUID } from '@lumino/coreutils';
import { type ReactElement, useEffect, useRef, useState } from 'react';

import { asApiError } from '../api/errors';
import { runTask } from '../api/tasks';
import type { Draft, Model, Pack, Plan, RunDetail, SpecSchema, Trial } from '../api/types';
import { type ISetting, settingsOf } from '../model/settings';
import { CodeActions } from './actions';
import { Button, ErrorNotice, Facts, Loaded, Select, Table } from './basics';
import { isRecord, isString, isStrings, useDocument, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { ItemBody } from './item';
import { MemoryParts } from './facts';
import { SettingsForm } from './settings-form';
import { UserText } from './text';

interface IOffered {
  readonly models: readonly Model[];
  readonly packs: readonly Pack[];
  readonly settings: readonly ISetting[];
  readonly kernels: readonly { readonly value: string; readonly label: string }[];
  readonly from: RunDetail | null;
}

/** Form of a new run: model, benchmarks, settings; what it would cost, a dry run, and the start. */
export default function NewRun(): ReactElement {
  const { client, trans } = useServices();
  const { address } = useDocument();
  const from = address.runs[0];
  const offered = useFetched(`new ${from ?? ''}`, async (signal): Promise<IOffered> => {
    const [models, packs, schema, kernels, earlier] = await Promise.all([
      client.get('/models', { signal }),
      client.get('/packs', { query: { usable: true }, signal }),
      client.get('/schema', { signal }),
      client.get('/kernels', { signal }),
      from === undefined ? null : client.get('/runs/{run}', { path: { run: from }, signal })
    ]);
    const usable = kernels.kernels.filter(kernel => kernel.usable);
    return {
      models: models.models,
      packs: packs.packs,
      settings: settingsOf((schema satisfies SpecSchema).settings),
      kernels: usable.map(kernel => ({ value: kernel.name, label: kernel.display_name })),
      from: earlier
    };
  });
  return (
    <section className="swb-view" aria-label={trans.__('New run')}>
      <Loaded of={offered}>{value => <RunForm offered={value} />}</Loaded>
    </section>
  );
}

function RunForm({ offered }: { offered: IOffered }): ReactElement {
  const { trans } = useServices();
  const { from } = offered;
  const [model, setModel] = useKept('model', from?.model_id ?? '', isString);
  const [packs, setPacks] = useKept<string[]>('packs', (from?.pack_ids ?? []).filter(isString), isStrings);
  const [languages, setLanguages] = useKept<string[]>('languages', from?.run.languages ?? [], isStrings);
  const [settings, setSettings] = useKept<JSONObject>('settings', withoutLanguages(from?.settings), isRecord);
  const [kernel, setKernel] = useKept('kernel', '', isString);
  const chosen = offered.models.find(each => each.id === model);
  const known = offered.packs.filter(pack => packs.includes(pack.id));
  const tags = [...new Set(known.flatMap(pack => pack.languages))].sort();
  const asked = languages.filter(tag => tags.includes(tag));
  // Models of the fake engine know no other.
  const engine: JSONObject = chosen?.place === 'fake' ? { engine: 'fake' } : {};
  const draft: Draft | null =
    chosen && known.length > 0
      ? {
          model,
          packs: known.map(pack => pack.id),
          ...(kernel !== '' && { kernel }),
          settings: { ...settings, ...engine, ...(asked.length > 0 && { languages: asked }) }
        }
      : null;
  const flip = (list: readonly string[], value: string): string[] =>
    list.includes(value) ? list.filter(each => each !== value) : [...list, value];
  return (
    <>
      <fieldset className="swb-part">
        <legend>{trans.__('Model')}</legend>
        {offered.models.length === 0 ? (
          <p className="swb-empty">
            {trans.__('There is no model here yet. The view Models says where it looks.')}
          </p>
        ) : (
          <Select
            label={trans.__('Model')}
            value={chosen ? model : ''}
            onChange={setModel}
            options={[
              { value: '', label: trans.__('Choose…') },
              ...offered.models.map(each => ({ value: each.id, label: each.name }))
            ]}
          />
        )}
        {chosen?.refusal && <ErrorNotice error={chosen.refusal} />}
      </fieldset>
      <fieldset className="swb-part">
        <legend>{trans.__('Benchmarks')}</legend>
        <div className="swb-checks">
          {offered.packs.map(pack => (
            <label key={pack.id} className="swb-check" title={pack.title}>
              <input
                type="checkbox"
                checked={packs.includes(pack.id)}
                onChange={() => setPacks(flip(packs, pack.id))}
              />
              <UserText inline text={pack.name} />
            </label>
          ))}
        </div>
      </fieldset>
      {tags.length > 0 && (
        <fieldset className="swb-part">
          <legend>{trans.__('Languages; none ticked means all')}</legend>
          <div className="swb-checks">
            {tags.map(tag => (
              <label key={tag} className="swb-check">
                <input
                  type="checkbox"
                  checked={languages.includes(tag)}
                  onChange={() => setLanguages(flip(languages, tag))}
                />
                {tag}
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <fieldset className="swb-part">
        <legend>{trans.__('Settings')}</legend>
        <SettingsForm
          settings={offered.settings}
          chosen={{ ...settings, ...engine }}
          onChange={setSettings}
        />
        <Select
          label={trans.__('Kernel whose Python runs the model')}
          value={kernel}
          onChange={setKernel}
          options={[{ value: '', label: trans.__("the server's own") }, ...offered.kernels]}
        />
      </fieldset>
      {draft ? (
        <Steps key={JSON.stringify(draft)} draft={draft} refused={Boolean(chosen?.refusal)} />
      ) : (
        <p className="swb-quiet">{trans.__('Choose a model and at least one benchmark.')}</p>
      )}
    </>
  );
}

function withoutLanguages(settings: Record<string, unknown> | undefined): JSONObject {
  const others = Object.entries(settings ?? {}).filter(([name]) => name !== 'languages');
  return Object.fromEntries(others) as JSONObject;
}

type Outcome =
  | { kind: 'plan'; value: Plan }
  | { kind: 'trial'; value: Trial }
  | { kind: 'started'; run: string }
  | { kind: 'error'; error: ReturnType<typeof asApiError> };

/** What can be done with a draft: its cost, a dry run, the start. Another draft begins anew. */
function Steps({ draft, refused }: { draft: Draft; refused: boolean }): ReactElement {
  const { client, trans, open, hints } = useServices();
  const [busy, setBusy] = useState('');
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  // One wish has one token: pressing again after a lost answer starts no second run.
  const [token, setToken] = useState(() => UUID.uuid4());
  const aborter = useRef<AbortController | null>(null);
  useEffect(() => () => aborter.current?.abort(), []);
  const act = async (name: string, step: (signal: AbortSignal) => Promise<Outcome>): Promise<void> => {
    const current = new AbortController();
    aborter.current = current;
    setBusy(name);
    let found: Outcome;
    try {
      found = await step(current.signal);
    } catch (error) {
      found = { kind: 'error', error: asApiError(error) };
    }
    if (!current.signal.aborted) {
      setOutcome(found);
      setBusy('');
    }
  };
  const plan = (): Promise<void> =>
    act(trans.__('Counting…'), async signal => ({
      kind: 'plan',
      value: await runTask(client, '/plans', { body: draft, signal })
    }));
  const tryOut = (): Promise<void> =>
    act(trans.__('Asking five items…'), async signal => ({
      kind: 'trial',
      value: await runTask(client, '/trials', { body: { draft, items: 5 }, signal })
    }));
  const start = (): Promise<void> =>
    act(trans.__('Starting…'), async () => {
      const { run } = await runTask(client, '/runs', { body: { token, draft } });
      setToken(UUID.uuid4());
      hints.tell({ kind: 'run', run: run.id, change: 'state' });
      return { kind: 'started', run: run.id };
    });
  return (
    <>
      <div className="swb-bar">
        <Button disabled={busy !== ''} onClick={() => void plan()}>
          {trans.__('What would it cost?')}
        </Button>
        <Button disabled={busy !== '' || refused} onClick={() => void tryOut()}>
          {trans.__('Try five items')}
        </Button>
        <Button kind="primary" disabled={busy !== '' || refused} onClick={() => void start()}>
          {trans.__('Start')}
        </Button>
        <CodeActions of={() => ({ action: 'submit', draft })} />
        <span role="status" className="swb-quiet">
          {busy}
        </span>
      </div>
      {outcome?.kind === 'error' && <ErrorNotice error={outcome.error} />}
      {outcome?.kind === 'started' && (
        <p role="status">
          {trans.__('The run has started. It goes on when this page is closed.')}{' '}
          <Button onClick={() => open({ view: 'results', runs: [outcome.run] })}>
            {trans.__('Show it')}
          </Button>
        </p>
      )}
      {outcome?.kind === 'plan' && <PlanView plan={outcome.value} />}
      {outcome?.kind === 'trial' && <TrialView trial={outcome.value} />}
    </>
  );
}

function PlanView({ plan }: { plan: Plan }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <section className="swb-part" aria-label={trans.__('Cost')}>
      <Facts
        entries={[
          [trans.__('Items'), formats.count(plan.items)],
          [trans.__('Tokens'), formats.count(plan.tokens)],
          [trans.__('Time'), formats.duration(plan.seconds)],
          [trans.__('Estimated from'), <UserText key="source" inline text={plan.seconds_source} />],
          [
            trans.__('Fits into the free memory'),
            plan.fits === null ? trans.__('unknown') : plan.fits ? trans.__('yes') : trans.__('no')
          ],
          [trans.__('Spec hash'), <code key="hash">{plan.spec_hash}</code>]
        ]}
      />
      {plan.memory && <MemoryParts memory={plan.memory} />}
      <Table
        label={trans.__('Parts of the run')}
        rows={plan.parts}
        id={part => `${part.pack}/${part.language}`}
        columns={[
          { name: trans.__('Benchmark'), cell: part => <UserText inline text={part.pack} /> },
          { name: trans.__('Language'), cell: part => part.language },
          { name: trans.__('Items'), number: true, cell: part => formats.count(part.items) },
          { name: trans.__('Tokens'), number: true, cell: part => formats.count(part.tokens) },
          { name: trans.__('Formulation'), cell: part => part.formulation },
          { name: trans.__('Wording'), cell: part => <UserText inline text={part.wording} /> },
          { name: trans.__('Shots'), number: true, cell: part => formats.count(part.shots) }
        ]}
      />
    </section>
  );
}

function TrialView({ trial }: { trial: Trial }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <section className="swb-part" aria-label={trans.__('Dry run')}>
      <p>
        {trans.__('Asked in %1. Nothing of this is kept.', formats.duration(trial.seconds))}{' '}
        {trial.peak_memory !== null && trans.__('Memory at its peak: %1.', formats.bytes(trial.peak_memory))}
      </p>
      {trial.items.map(item => (
        <details key={item.item.key} className="swb-card">
          <summary>
            <UserText inline text={item.item.item_id} />
          </summary>
          <ItemBody value={item} />
        </details>
      ))}
    </section>
  );
}
