import { type ReactElement, useState } from 'react';

import type { Worker } from '../api/types';
import { isServed } from '../model/live';
import { visibleText } from '../model/visible';
import { attempt } from './actions';
import { Button, ErrorNotice, Facts, Table } from './basics';
import { type IServices, useServices } from './context';
import { workerStateLabel } from './labels';
import { useNow } from './now';
import { UserText } from './text';

/** End a worker; the answer says how much memory came back. */
export async function unload(services: IServices, worker: Worker): Promise<void> {
  const { client, hints, trans, formats } = services;
  const ended = await client.delete('/workers/{worker}', { path: { worker: worker.id } });
  hints.tell({ kind: 'worker' });
  services.notify(
    ended.freed === null
      ? trans.__('The model is unloaded.')
      : trans.__('The model is unloaded; %1 of memory came back.', formats.bytes(ended.freed)),
    'info'
  );
}

export function WorkerBadge({ worker }: { worker: Worker }): ReactElement {
  const { trans } = useServices();
  return (
    <span className={`swb-badge swb-state-${worker.state}`}>{workerStateLabel(worker.state, trans)}</span>
  );
}

interface IStateProps {
  readonly worker: Worker;
  readonly onChange: () => void;
}

/** How a worker stands: what it waits for, how it loads, what it took, and once it has ended why. */
export function WorkerState({ worker, onChange }: IStateProps): ReactElement {
  const services = useServices();
  const { trans, formats } = services;
  const [busy, setBusy] = useState(false);
  const stop = async (): Promise<void> => {
    setBusy(true);
    await attempt(services, () => unload(services, worker));
    setBusy(false);
    onChange();
  };
  return (
    <section className="swb-part" aria-label={trans.__('The served model')}>
      <div className="swb-head">
        <WorkerBadge worker={worker} />
        <Loading worker={worker} />
        <span className="swb-space" />
        {isServed(worker) && (
          <Button disabled={busy} onClick={() => void stop()}>
            {worker.state === 'serving' ? trans.__('Unload') : trans.__('Stop loading')}
          </Button>
        )}
        <span role="status" className="swb-quiet">
          {busy && trans.__('Unloading…')}
        </span>
      </div>
      {worker.waiting && (
        <p>
          {trans.__('Waits for:')} <UserText inline text={worker.waiting} />
        </p>
      )}
      <Facts
        entries={[
          [trans.__('Needs at least'), formats.bytes(worker.needed)],
          [trans.__('Reserved before loading'), formats.bytes(worker.reserved)],
          [
            trans.__('Measured after loading'),
            worker.measured === null ? trans.__('not yet') : formats.bytes(worker.measured)
          ],
          [trans.__('Engine'), worker.engine],
          [trans.__('Device'), worker.device],
          [trans.__('Number format'), worker.dtype],
          [
            trans.__('Context, tokens'),
            worker.max_length === null ? trans.__('the model\u2019s own') : formats.count(worker.max_length)
          ],
          [trans.__('Started'), formats.moment(worker.started)]
        ]}
      />
      {isServed(worker) ? <Ends worker={worker} /> : <Ended worker={worker} />}
    </section>
  );
}

function Loading({ worker }: { worker: Worker }): ReactElement | null {
  const { trans, formats } = useServices();
  const loading = worker.state === 'queued' || worker.state === 'loading';
  const now = useNow(loading);
  if (!loading) {
    return null;
  }
  const seconds = Math.max(0, Math.floor((now - Date.parse(worker.started)) / 1000));
  return (
    <span className="swb-progress">
      <progress aria-label={trans.__('Loading the model')} />
      <span>{trans.__('%1 so far', formats.duration(seconds))}</span>
    </span>
  );
}

/** When a worker will end by itself. */
function Ends({ worker }: { worker: Worker }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <>
      <p className="swb-quiet">
        {worker.idle_timeout === null
          ? trans.__('It serves until it is unloaded. It goes on when this page is closed.')
          : trans.__(
              'It unloads itself after %1 without a question. It goes on when this page is closed.',
              formats.duration(worker.idle_timeout)
            )}
      </p>
      {worker.lease !== null && (
        <p className="swb-quiet">
          {trans.__(
            'Whoever started it must renew its lease every %1, or it ends.',
            formats.duration(worker.lease)
          )}
        </p>
      )}
    </>
  );
}

/** Why a worker has ended, and what came back. */
function Ended({ worker }: { worker: Worker }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <div role="status">
      {worker.ended && <p>{trans.__('It has ended: %1.', formats.moment(worker.ended))}</p>}
      {worker.why && (
        <p>
          {trans.__('Why it ended:')} <UserText inline text={worker.why} />
        </p>
      )}
      {worker.freed !== null && (
        <p>{trans.__('Unloading gave back %1 of memory.', formats.bytes(worker.freed))}</p>
      )}
      {worker.error && <ErrorNotice error={worker.error} />}
    </div>
  );
}

interface ITableProps {
  readonly workers: readonly Worker[];
  readonly onStopped: () => void;
}

/** Models that are served now, whoever started them. */
export function ServedTable({ workers, onStopped }: ITableProps): ReactElement {
  const services = useServices();
  const { trans, formats, open } = services;
  const stop = (worker: Worker): Promise<void> =>
    attempt(services, async () => {
      await unload(services, worker);
      onStopped();
    });
  return (
    <Table
      label={trans.__('Served models')}
      empty={trans.__('No model is served now.')}
      rows={workers.filter(isServed)}
      id={worker => worker.id}
      columns={[
        {
          name: trans.__('Model'),
          cell: worker => {
            const { model } = worker;
            return model === null ? (
              <UserText inline text={worker.name} />
            ) : (
              <Button kind="link" onClick={() => open({ view: 'try', runs: [], model })}>
                <UserText inline text={worker.name} />
              </Button>
            );
          }
        },
        { name: trans.__('State'), cell: worker => <WorkerBadge worker={worker} /> },
        { name: trans.__('Engine'), cell: worker => worker.engine },
        { name: trans.__('Device'), cell: worker => worker.device },
        { name: trans.__('Reserved'), number: true, cell: worker => formats.bytes(worker.reserved) },
        { name: trans.__('Measured'), number: true, cell: worker => formats.bytes(worker.measured) },
        { name: trans.__('Started'), cell: worker => formats.moment(worker.started) },
        {
          name: trans.__('Actions'),
          cell: worker => (
            <Button label={trans.__('Unload %1', visibleText(worker.name))} onClick={() => void stop(worker)}>
              {trans.__('Unload')}
            </Button>
          )
        }
      ]}
    />
  );
}
