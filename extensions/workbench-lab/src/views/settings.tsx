import { type ReactElement, useState } from 'react';

import { type ApiError, asApiError } from '../api/errors';
import type { Kernel, Server, Settings } from '../api/types';
import { Button, ErrorNotice, Facts, Loaded, Select } from './basics';
import { useServices } from './context';
import { useFetched } from './fetched';
import { NumberField, TextField } from './fields';
import { UserText } from './text';

interface ILoaded {
  readonly settings: Settings;
  readonly server: Server;
  readonly kernels: readonly Kernel[];
}

type Chosen = Omit<Settings, 'server'>;

/** What the user chose for the panel, and what the server's configuration says. */
export default function SettingsView(): ReactElement {
  const { client, trans } = useServices();
  const loaded = useFetched('settings', async (signal): Promise<ILoaded> => {
    const [settings, server, { kernels }] = await Promise.all([
      client.get('/settings', { signal }),
      client.get('/server', { signal }),
      client.get('/kernels', { signal })
    ]);
    return { settings, server, kernels };
  });
  return (
    <section className="swb-view" aria-label={trans.__('Settings')}>
      <h2>{trans.__('Settings')}</h2>
      <Loaded of={loaded}>
        {value => (
          <>
            <SettingsForm loaded={value} onSaved={loaded.refresh} />
            <About loaded={value} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function SettingsForm({ loaded, onSaved }: { loaded: ILoaded; onSaved: () => void }): ReactElement {
  const { client, trans, notify, hints } = useServices();
  const [chosen, setChosen] = useState<Chosen>(() => {
    const { folders, kernel, report_language, page_size } = loaded.settings;
    return { folders, kernel, report_language, page_size };
  });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const set = (change: Partial<Chosen>): void => setChosen({ ...chosen, ...change });
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await client.patch('/settings', { body: chosen });
      notify(trans.__('The settings are saved.'), 'info');
      // Other folders may hold other models.
      hints.tell({ kind: 'models' });
      onSaved();
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };
  return (
    <>
      <Folders folders={chosen.folders} onChange={folders => set({ folders })} />
      <fieldset className="swb-part">
        <legend>{trans.__('What forms begin with')}</legend>
        <div className="swb-settings">
          <Select
            label={trans.__('Kernel of new runs')}
            value={chosen.kernel}
            onChange={kernel => set({ kernel })}
            options={[
              { value: '', label: trans.__("the server's own") },
              ...loaded.kernels
                .filter(kernel => kernel.usable || kernel.name === chosen.kernel)
                .map(kernel => ({ value: kernel.name, label: kernel.display_name }))
            ]}
          />
          <Select
            label={trans.__('Language of reports')}
            value={chosen.report_language}
            onChange={report_language => set({ report_language })}
            options={loaded.server.report_languages.map(each => ({
              value: each.tag,
              label: each.native_name ?? each.name
            }))}
          />
          <NumberField
            label={trans.__('Runs on a page')}
            value={chosen.page_size}
            least={10}
            most={500}
            onChange={value => set({ page_size: value ?? chosen.page_size })}
          />
        </div>
      </fieldset>
      <div className="swb-bar">
        <Button kind="primary" disabled={busy} onClick={() => void save()}>
          {trans.__('Save')}
        </Button>
      </div>
      {error && <ErrorNotice error={error} />}
    </>
  );
}

interface IFoldersProps {
  readonly folders: readonly string[];
  readonly onChange: (folders: string[]) => void;
}

/** Folders that are searched for models, below the root of the file browser. */
function Folders({ folders, onChange }: IFoldersProps): ReactElement {
  const { trans } = useServices();
  const [typed, setTyped] = useState('');
  const wanted = typed.trim();
  const add = (): void => {
    onChange([...folders, wanted]);
    setTyped('');
  };
  return (
    <fieldset className="swb-part">
      <legend>{trans.__('Folders searched for models')}</legend>
      <p className="swb-quiet">
        {trans.__(
          'Beside the store and the hub cache. Paths as the file browser shows them, below its root.'
        )}
      </p>
      <ul className="swb-plain">
        {folders.map(folder => (
          <li key={folder} className="swb-bar">
            <UserText inline text={folder} />
            <Button
              label={trans.__('Remove the folder %1', folder)}
              onClick={() => onChange(folders.filter(each => each !== folder))}
            >
              {trans.__('Remove')}
            </Button>
          </li>
        ))}
      </ul>
      <div className="swb-bar">
        <TextField label={trans.__('Folder')} value={typed} most={1000} onChange={setTyped} />
        <Button disabled={wanted === '' || folders.includes(wanted) || folders.length >= 32} onClick={add}>
          {trans.__('Add')}
        </Button>
      </div>
    </fieldset>
  );
}

/** What the server's configuration says. */
function About({ loaded }: { loaded: ILoaded }): ReactElement {
  const { trans, formats } = useServices();
  const { server } = loaded.settings;
  const unusable = loaded.kernels.filter(kernel => !kernel.usable);
  return (
    <section aria-label={trans.__('The server')}>
      <h3>{trans.__('The server')}</h3>
      <Facts
        entries={[
          [trans.__('Version'), server.version],
          [trans.__('Data directory'), <UserText key="home" inline text={server.home} />],
          [
            trans.__('MLflow'),
            server.tracking === 'server'
              ? trans.__('a server of yours')
              : trans.__('the embedded store in the data directory')
          ],
          [
            trans.__('Live runs keep the server awake for'),
            server.keep_alive_hours === 0
              ? trans.__('not at all')
              : formats.duration(server.keep_alive_hours * 3600)
          ],
          [
            trans.__('Folders of models from the configuration'),
            server.model_folders.length > 0 ? (
              <UserText key="folders" inline text={server.model_folders.join(', ')} />
            ) : (
              trans.__('none')
            )
          ]
        ]}
      />
      {unusable.length > 0 && (
        <>
          <h4>{trans.__('Kernels that cannot run models')}</h4>
          <ul>
            {unusable.map(kernel => (
              <li key={kernel.name}>
                <UserText inline text={kernel.display_name} className="swb-strong" />{' '}
                <UserText inline text={kernel.reason} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
