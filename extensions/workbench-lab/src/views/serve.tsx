import type { JSONObject } from '@lumino/coreutils';
import { type ReactElement, useState } from 'react';

import { type ApiError, asApiError } from '../api/errors';
import type { Model, WorkerNeeds, WorkerRequest } from '../api/types';
import { CodeActions } from './actions';
import { Button, ErrorNotice, Loaded, Select } from './basics';
import { isRecord, useKept, useServices } from './context';
import { useFetched } from './fetched';
import { NumberField, TextField } from './fields';
import { useLate } from './late';

const ENGINES = ['transformers', 'vllm'] as const;
const DTYPES = ['auto', 'float32', 'bfloat16', 'float16'] as const;
const DEVICE = /^[a-z0-9:,]{1,60}$/;
const IDLE_MINUTES = 15;

/** What is asked of the server, from what was kept of the form: only what is not as usual. */
export function requestOf(model: Model, kept: JSONObject): WorkerRequest {
  const engine = ENGINES.find(each => each === kept.engine);
  const dtype = DTYPES.find(each => each === kept.dtype);
  const { device, length, idle } = kept;
  return {
    model: model.id,
    ...(engine && engine !== 'transformers' && model.place !== 'fake' && { engine }),
    ...(dtype && dtype !== 'auto' && { dtype }),
    ...(typeof device === 'string' && DEVICE.test(device) && { device }),
    ...(typeof length === 'number' && { max_length: length }),
    ...(typeof idle === 'number' && idle !== IDLE_MINUTES && { idle_minutes: idle })
  };
}

interface IServeProps {
  readonly model: Model;
  readonly onServed: () => void;
}

/** Load a model into a process of its own; what it takes is said before. */
export function Serve({ model, onServed }: IServeProps): ReactElement {
  const { client, trans, hints } = useServices();
  const [kept, setKept] = useKept<JSONObject>('serving', {}, isRecord);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const request = requestOf(model, kept);
  const asked = useLate(JSON.stringify(request));
  const needs = useFetched(model.refusal ? null : asked, signal =>
    client.post('/workers/needs', { body: JSON.parse(asked) as WorkerRequest, signal })
  );
  const start = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await client.post('/workers', { body: request });
      hints.tell({ kind: 'worker' });
      onServed();
    } catch (caught) {
      setError(asApiError(caught));
    }
    setBusy(false);
  };
  const set = (change: JSONObject): void => setKept({ ...kept, ...change });
  return (
    <fieldset className="swb-part">
      <legend>{trans.__('Load the model')}</legend>
      <div className="swb-settings">
        {model.place !== 'fake' && (
          <Select
            label={trans.__('Engine')}
            value={request.engine ?? 'transformers'}
            onChange={engine => set({ engine })}
            options={ENGINES.map(each => ({ value: each, label: each }))}
          />
        )}
        <TextField
          label={trans.__('Device')}
          value={typeof kept.device === 'string' ? kept.device : ''}
          most={60}
          hint="auto"
          onChange={device => set({ device })}
        />
        <Select
          label={trans.__('Number format')}
          value={request.dtype ?? 'auto'}
          onChange={dtype => set({ dtype })}
          options={DTYPES.map(each => ({ value: each, label: each }))}
        />
        <NumberField
          label={trans.__('Context, tokens')}
          value={request.max_length ?? null}
          least={8}
          most={16_777_216}
          empty={trans.__('the model\u2019s own')}
          onChange={length => set({ length })}
        />
        <NumberField
          label={trans.__('Minutes without a question until it unloads')}
          value={request.idle_minutes ?? IDLE_MINUTES}
          least={1}
          most={10_080}
          step="any"
          onChange={idle => set({ idle })}
        />
      </div>
      <Loaded of={needs}>{value => <Needs value={value} />}</Loaded>
      <div className="swb-bar">
        <Button kind="primary" disabled={busy || Boolean(model.refusal)} onClick={() => void start()}>
          {trans.__('Load the model')}
        </Button>
        <CodeActions of={() => ({ action: 'serve', serving: request })} />
        <span role="status" className="swb-quiet">
          {busy && trans.__('Starting…')}
        </span>
      </div>
      {error && <ErrorNotice error={error} />}
    </fieldset>
  );
}

/** What a model takes, and whether there is room for it. */
function Needs({ value }: { value: WorkerNeeds }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <>
      <p>
        {trans.__(
          'It needs at least %1, its weights; %2 will be reserved for it. %3 of memory is free now.',
          formats.bytes(value.needed),
          formats.bytes(value.reserved),
          formats.bytes(value.available)
        )}
      </p>
      {value.reserved > value.available && (
        <p className="swb-warning" role="status">
          {trans.__('There is no room for it now: it would wait until there is.')}
        </p>
      )}
    </>
  );
}
