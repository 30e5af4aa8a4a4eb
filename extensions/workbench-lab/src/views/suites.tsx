import { UUID } from '@lumino/coreutils';
import { type ReactElement, useState } from 'react';

import { type ApiError, asApiError } from '../api/errors';
import { runTask } from '../api/tasks';
import type { Draft, Model, Pack, Run, Suite, SuiteEntry } from '../api/types';
import { CodeActions, attempt } from './actions';
import { Button, ErrorNotice, Loaded, Select, Table } from './basics';
import { isString, isStrings, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { TextField } from './fields';
import { UserText } from './text';

/** As the contract has it: a name that can be a file's everywhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._ -]{0,99}$/;

interface ISuitesProps {
  readonly models: readonly Model[];
  readonly packs: readonly Pack[];
  /** What the form asks for now; null while it is not complete. */
  readonly draft: Draft | null;
  readonly onTake: (draft: Draft) => void;
}

/** Saved suites: the form's benchmarks and settings for several models, to be run again. */
export function Suites({ models, packs, draft, onTake }: ISuitesProps): ReactElement {
  const { client, trans } = useServices();
  const suites = useFetched('suites', signal => client.get('/suites', { signal }));
  const [chosen, setChosen] = useKept('suite', '', isString);
  const all = suites.value?.suites ?? [];
  const entry = all.find(each => each.id === chosen);
  return (
    <details className="swb-part" open={entry !== undefined}>
      <summary>{trans.__('Suites')}</summary>
      <Loaded of={suites}>
        {() => (
          <Select
            label={trans.__('Saved suite')}
            value={entry ? chosen : ''}
            onChange={setChosen}
            options={[
              { value: '', label: all.length === 0 ? trans.__('none is saved yet') : trans.__('Choose…') },
              ...all.map(each => ({ value: each.id, label: each.name }))
            ]}
          />
        )}
      </Loaded>
      {entry?.error && <ErrorNotice error={entry.error} />}
      {entry && !entry.error && (
        <Saved
          key={`${entry.id} ${entry.changed}`}
          entry={entry}
          models={models}
          packs={packs}
          onTake={onTake}
          onDeleted={suites.refresh}
        />
      )}
      {draft && (
        <Save
          draft={draft}
          models={models}
          suites={all}
          onSaved={saved => {
            setChosen(saved.id);
            suites.refresh();
          }}
        />
      )}
    </details>
  );
}

interface ISaveProps {
  readonly draft: Draft;
  readonly models: readonly Model[];
  readonly suites: readonly SuiteEntry[];
  readonly onSaved: (suite: Suite) => void;
}

/** Save what the form asks for, for the model of the form and others. */
function Save({ draft, models, suites, onSaved }: ISaveProps): ReactElement {
  const services = useServices();
  const { client, trans } = services;
  const [name, setName] = useKept('suiteName', '', isString);
  const [more, setMore] = useKept<string[]>('suiteModels', [], isStrings);
  const wanted = name.trim();
  const others = models.filter(model => model.id !== draft.model && !model.refusal);
  const asked = others.filter(model => more.includes(model.id)).map(model => model.id);
  const save = (): Promise<void> =>
    attempt(services, async () => {
      const replace = suites.some(suite => suite.name === wanted);
      if (replace) {
        const answer = await services.ask({
          title: trans.__('Replace the suite %1?', wanted),
          body: trans.__('There is a suite of this name. Runs that were started from it stay as they are.'),
          answers: [
            { value: 'keep', label: trans.__('Keep it') },
            { value: 'replace', label: trans.__('Replace'), danger: true }
          ]
        });
        if (answer !== 'replace') {
          return;
        }
      }
      // The server says by itself which engine a model of the fake engine needs, and which suite a run is of.
      const { languages, ...settings } = draft.settings ?? {};
      const own = Object.entries(settings).filter(
        ([setting, value]) => setting !== 'suite' && !(setting === 'engine' && value === 'fake')
      );
      const saved = await client.put('/suites', {
        body: {
          name: wanted,
          models: [draft.model, ...asked],
          packs: draft.packs,
          languages: isStrings(languages) ? languages : [],
          settings: [Object.fromEntries(own)],
          replace
        }
      });
      services.notify(trans.__('The suite %1 is saved.', wanted), 'info');
      onSaved(saved);
    });
  return (
    <fieldset className="swb-part">
      <legend>{trans.__('Save this form as a suite')}</legend>
      {others.length > 0 && (
        <>
          <p className="swb-quiet">{trans.__('Which models are asked too:')}</p>
          <div className="swb-checks">
            {others.map(model => (
              <label key={model.id} className="swb-check">
                <input
                  type="checkbox"
                  checked={more.includes(model.id)}
                  onChange={event =>
                    setMore(
                      event.target.checked ? [...more, model.id] : more.filter(each => each !== model.id)
                    )
                  }
                />
                <UserText inline text={model.name} />
              </label>
            ))}
          </div>
        </>
      )}
      {Boolean(draft.kernel) && (
        <p className="swb-quiet">
          {trans.__('A suite keeps no kernel: its runs begin with the one that is chosen in the settings.')}
        </p>
      )}
      <div className="swb-bar">
        <TextField label={trans.__('Name of the suite')} value={name} most={100} onChange={setName} />
        <Button disabled={!NAME.test(wanted)} onClick={() => void save()}>
          {trans.__('Save the suite')}
        </Button>
        {wanted !== '' && !NAME.test(wanted) && (
          <span className="swb-warning" role="status">
            {trans.__('Letters without accents, digits, spaces, dots, dashes and underscores make a name.')}
          </span>
        )}
      </div>
    </fieldset>
  );
}

interface ISavedProps {
  readonly entry: SuiteEntry;
  readonly models: readonly Model[];
  readonly packs: readonly Pack[];
  readonly onTake: (draft: Draft) => void;
  readonly onDeleted: () => void;
}

/** A saved suite: its runs, each to be taken into the form, or all of them to be started. */
function Saved({ entry, models, packs, onTake, onDeleted }: ISavedProps): ReactElement {
  const services = useServices();
  const { client, trans } = services;
  const suite = useFetched(`${entry.id} ${entry.changed}`, signal =>
    client.get('/suites/{suite}', { path: { suite: entry.id }, signal })
  );
  const remove = (): Promise<void> =>
    attempt(services, async () => {
      const answer = await services.ask({
        title: trans.__('Delete the suite %1?', entry.name),
        body: trans.__('The file is removed. Its runs stay.'),
        answers: [
          { value: 'keep', label: trans.__('Keep it') },
          { value: 'delete', label: trans.__('Delete'), danger: true }
        ]
      });
      if (answer === 'delete') {
        await client.delete('/suites/{suite}', { path: { suite: entry.id } });
        onDeleted();
      }
    });
  return (
    <Loaded of={suite}>
      {value => (
        <>
          {value.missing.length > 0 && (
            <p className="swb-warning">
              {trans.__('Not here, and left out:')} <UserText inline text={value.missing.join(', ')} />
            </p>
          )}
          <Drafts suite={value} models={models} packs={packs} onTake={onTake} />
          <details>
            <summary>{trans.__('The file, for `workbench evaluate`')}</summary>
            <pre className="swb-code" dir="ltr" tabIndex={0}>
              {value.yaml}
            </pre>
          </details>
          <Button onClick={() => void remove()}>{trans.__('Delete the suite…')}</Button>
        </>
      )}
    </Loaded>
  );
}

interface IDraftsProps {
  readonly suite: Suite;
  readonly models: readonly Model[];
  readonly packs: readonly Pack[];
  readonly onTake: (draft: Draft) => void;
}

type Outcome = { readonly run: Run } | { readonly error: ApiError };

function Drafts({ suite, models, packs, onTake }: IDraftsProps): ReactElement {
  const { client, trans, hints, open } = useServices();
  // One wish, one token a draft: pressing again after a lost answer starts none of them twice.
  const [tokens, setTokens] = useState(() => suite.drafts.map(() => UUID.uuid4()));
  const [outcomes, setOutcomes] = useState<Readonly<Record<number, Outcome>>>({});
  const [busy, setBusy] = useState(false);
  const nameOf = (id: string): string => models.find(model => model.id === id)?.name ?? id;
  const packName = (id: string): string => packs.find(pack => pack.id === id)?.name ?? id;
  const start = async (): Promise<void> => {
    setBusy(true);
    const fresh = [...tokens];
    const started = (index: number): boolean => 'run' in (outcomes[index] ?? {});
    const anew = suite.drafts.every((_, index) => started(index));
    for (const [index, draft] of suite.drafts.entries()) {
      if (started(index) && !anew) {
        continue;
      }
      let outcome: Outcome;
      try {
        const token = tokens[index] ?? UUID.uuid4();
        outcome = { run: (await runTask(client, '/runs', { body: { token, draft } })).run };
        fresh[index] = UUID.uuid4();
        hints.tell({ kind: 'run', run: outcome.run.id, change: 'state' });
      } catch (caught) {
        outcome = { error: asApiError(caught) };
      }
      setOutcomes(now => ({ ...now, [index]: outcome }));
    }
    setTokens(fresh);
    setBusy(false);
  };
  return (
    <>
      <Table
        label={trans.__('Runs of the suite')}
        empty={trans.__('None of its runs can be started here.')}
        rows={suite.drafts.map((draft, index) => ({ draft, index }))}
        id={({ index }) => String(index)}
        columns={[
          { name: trans.__('Model'), cell: ({ draft }) => <UserText inline text={nameOf(draft.model)} /> },
          {
            name: trans.__('Benchmarks'),
            cell: ({ draft }) => <UserText inline text={draft.packs.map(packName).join(', ')} />
          },
          {
            name: trans.__('Settings'),
            cell: ({ draft }) => <code>{JSON.stringify(draft.settings)}</code>
          },
          {
            name: trans.__('Actions'),
            cell: ({ draft, index }) => {
              const outcome = outcomes[index];
              if (outcome && 'run' in outcome) {
                const { id } = outcome.run;
                return (
                  <Button kind="link" onClick={() => open({ view: 'results', runs: [id] })}>
                    {trans.__('Show run %1', id)}
                  </Button>
                );
              }
              return (
                <>
                  <Button onClick={() => onTake(draft)}>{trans.__('Take into the form')}</Button>
                  {outcome && <ErrorNotice error={outcome.error} />}
                </>
              );
            }
          }
        ]}
      />
      {suite.drafts.length > 0 && (
        <div className="swb-bar">
          <Button disabled={busy} onClick={() => void start()}>
            {trans.__('Start all runs of the suite')}
          </Button>
          <CodeActions of={() => ({ action: 'suite', drafts: suite.drafts })} />
          <span role="status" className="swb-quiet">
            {busy && trans.__('Starting…')}
          </span>
        </div>
      )}
    </>
  );
}
