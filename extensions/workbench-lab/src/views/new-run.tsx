import type { JSONObject } from '@lumino/coreutils';
import { type ReactElement, useState } from 'react';

import type { Draft, Model, Pack, RunDetail, SpecSchema } from '../api/types';
import { type ISetting, settingsOf } from '../model/settings';
import { ErrorNotice, Loaded, Select } from './basics';
import { isRecord, isString, isStrings, useDocument, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { Steps } from './new-run-steps';
import { SettingsForm } from './settings-form';
import { Suites } from './suites';
import { UserText } from './text';

interface IOffered {
  readonly models: readonly Model[];
  readonly packs: readonly Pack[];
  readonly settings: readonly ISetting[];
  readonly kernels: readonly { readonly value: string; readonly label: string }[];
  /** The kernel of new runs, as the settings have it. */
  readonly kernel: string;
  readonly from: RunDetail | null;
}

/** Form of a new run: model, benchmarks, settings; what it would cost, a dry run, and the start. */
export default function NewRun(): ReactElement {
  const { client, trans } = useServices();
  const { address } = useDocument();
  const from = address.runs[0];
  const offered = useFetched(`new ${from ?? ''}`, async (signal): Promise<IOffered> => {
    const [models, packs, schema, kernels, chosen, earlier] = await Promise.all([
      client.get('/models', { signal }),
      client.get('/packs', { query: { usable: true }, signal }),
      client.get('/schema', { signal }),
      client.get('/kernels', { signal }),
      client.get('/settings', { signal }),
      from === undefined ? null : client.get('/runs/{run}', { path: { run: from }, signal })
    ]);
    const usable = kernels.kernels.filter(kernel => kernel.usable);
    return {
      models: models.models,
      packs: packs.packs,
      settings: settingsOf((schema satisfies SpecSchema).settings),
      kernels: usable.map(kernel => ({ value: kernel.name, label: kernel.display_name })),
      kernel: usable.some(kernel => kernel.name === chosen.kernel) ? chosen.kernel : '',
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
  const [kernel, setKernel] = useKept('kernel', offered.kernel, isString);
  const [round, setRound] = useState(0);
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
  const take = (taken: Draft): void => {
    const { languages: named, engine: own, ...others } = taken.settings ?? {};
    setModel(taken.model);
    setPacks([...taken.packs]);
    setLanguages(isStrings(named) ? named : []);
    setSettings({ ...others, ...(own !== 'fake' && own !== undefined && { engine: own }) } as JSONObject);
    // Fields of text begin anew with what was taken.
    setRound(round + 1);
  };
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
          key={round}
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
      <Suites models={offered.models} packs={offered.packs} draft={draft} onTake={take} />
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
