import { type ReactElement, useState } from 'react';

import { type ApiError, asApiError } from '../api/errors';
import { runTask } from '../api/tasks';
import type { SavedVersion } from '../api/types';
import { Button, ErrorNotice, Facts } from './basics';
import { useServices } from './context';
import { TextArea, TextField } from './fields';
import type { IDraftPart } from './studio-draft';
import { UserText } from './text';

/** Save the draft as the next version of its benchmark; nothing is written over. */
export function Saving({ sync }: IDraftPart): ReactElement {
  const { client, trans, formats } = useServices();
  const [version, setVersion] = useState('');
  const [note, setNote] = useState('');
  const [reviewed, setReviewed] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [saved, setSaved] = useState<SavedVersion | null>(null);
  const { draft, form, ok } = sync.shown;
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      if (await sync.flush()) {
        const body = { version: version.trim(), note, reviewed };
        setSaved(await runTask(client, '/studio/{draft}/save', { path: { draft: draft.id }, body }));
      }
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };
  return (
    <div className="swb-talk">
      <p>
        {trans.__(
          'The benchmark has version %1. This draft writes %2 items and leaves %3 out.',
          form.version,
          formats.count(sync.items.length),
          formats.count(sync.removed.length)
        )}
      </p>
      {!ok && (
        <p className="swb-warning" role="status">
          {trans.__('It cannot be saved yet: the errors that the items show come first.')}
        </p>
      )}
      <TextField
        label={trans.__('Version')}
        value={version}
        most={32}
        hint={trans.__('the next one')}
        onChange={setVersion}
      />
      <TextArea
        label={trans.__('A line for its history')}
        value={note}
        most={2000}
        rows={2}
        onChange={setNote}
      />
      <label className="swb-check">
        <input type="checkbox" checked={reviewed} onChange={event => setReviewed(event.target.checked)} />
        {trans.__('A native speaker has reviewed every item')}
      </label>
      <div className="swb-bar">
        <Button kind="primary" disabled={busy || (sync.isKept && !ok)} onClick={() => void save()}>
          {trans.__('Save as a new version')}
        </Button>
        <span role="status" className="swb-quiet">
          {busy && trans.__('Saving…')}
        </span>
      </div>
      {error && <ErrorNotice error={error} />}
      {saved && <Saved saved={saved} />}
    </div>
  );
}

function Saved({ saved }: { saved: SavedVersion }): ReactElement {
  const { trans, formats, open } = useServices();
  return (
    <section className="swb-part" aria-label={trans.__('Saved')}>
      <Facts
        entries={[
          [trans.__('Benchmark'), <UserText key="name" inline text={saved.name} />],
          [trans.__('Version'), saved.version],
          [trans.__('Added'), formats.count(saved.added)],
          [trans.__('Replaced'), formats.count(saved.replaced)],
          [trans.__('Left out'), formats.count(saved.removed)],
          [trans.__('Canary'), <UserText key="canary" inline text={saved.canary} />],
          [trans.__('Digest'), <code key="digest">{saved.digest}</code>],
          [trans.__('Where'), <UserText key="card" inline text={saved.card} />]
        ]}
      />
      <div className="swb-bar">
        <Button onClick={() => open({ view: 'benchmarks', runs: [] }, { pack: saved.pack })}>
          {trans.__('Show the benchmark')}
        </Button>
        <Button onClick={() => open({ view: 'new-run', runs: [] }, { packs: [saved.pack] })}>
          {trans.__('New run')}
        </Button>
      </div>
    </section>
  );
}
