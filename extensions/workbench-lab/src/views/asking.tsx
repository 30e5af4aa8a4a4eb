import { type ReactElement, useRef, useState } from 'react';

import { type ApiError, asApiError } from '../api/errors';
import type { Answer, AskRequest } from '../api/types';
import { isNumber, useKept, useServices } from './context';
import { NumberField } from './fields';
import { useNow } from './now';
import type { IAsking } from './talk';

/** A question on its way to a served model. */
export interface IAsked {
  /** When it was asked, in milliseconds; null while none is on its way. */
  readonly since: number | null;
  readonly error: ApiError | null;
  /** Ask; null when that failed, which `error` then says. */
  readonly ask: (question: AskRequest) => Promise<Answer | null>;
}

/** Ask a worker, one question at a time. */
export function useAsk({ worker, onEnded }: IAsking): IAsked {
  const { client } = useServices();
  const [since, setSince] = useState<number | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const asking = useRef(false);
  const ask = async (question: AskRequest): Promise<Answer | null> => {
    if (asking.current) {
      return null;
    }
    asking.current = true;
    setSince(Date.now());
    setError(null);
    try {
      return await client.post('/workers/{worker}/ask', { path: { worker: worker.id }, body: question });
    } catch (caught) {
      setError(asApiError(caught));
      // It may have ended in between: its state then says why.
      onEnded();
      return null;
    } finally {
      asking.current = false;
      setSince(null);
    }
  };
  return { since, error, ask };
}

/** That a question is on its way, and for how long. */
export function Waiting({ since }: { since: number | null }): ReactElement {
  const { trans, formats } = useServices();
  const now = useNow(since !== null);
  return (
    <>
      <span role="status" className="swb-quiet">
        {since !== null && trans.__('The model answers…')}
      </span>
      {since !== null && (
        <span className="swb-quiet" aria-hidden="true">
          {formats.duration(Math.max(0, Math.floor((now - since) / 1000)))}
        </span>
      )}
    </>
  );
}

/** How a model is to write. */
export interface ISampling {
  readonly max_new_tokens: number;
  readonly temperature: number;
}

/** The settings of written answers, and their fields; `way` is the way to ask that they are of. */
export function useSampling(way: string, tokens: number): [ISampling, ReactElement] {
  const { trans } = useServices();
  const [most, setMost] = useKept(`${way}Tokens`, tokens, isNumber);
  const [temperature, setTemperature] = useKept('temperature', 0, isNumber);
  return [
    { max_new_tokens: most, temperature },
    <div key="sampling" className="swb-bar">
      <NumberField
        label={trans.__('New tokens at most')}
        value={most}
        least={1}
        most={8192}
        onChange={value => setMost(value ?? tokens)}
      />
      <NumberField
        label={trans.__('Temperature')}
        value={temperature}
        least={0}
        most={2}
        step="any"
        onChange={value => setTemperature(value ?? 0)}
      />
      <span className="swb-quiet">
        {temperature === 0
          ? trans.__('The same question gets the same answer.')
          : trans.__('Answers are drawn at random.')}
      </span>
    </div>
  ];
}
