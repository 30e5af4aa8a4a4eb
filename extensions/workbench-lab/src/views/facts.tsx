import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReactElement } from 'react';

import type { Fact, Memory } from '../api/types';
import { Facts } from './basics';
import { useServices } from './context';
import { UserText } from './text';

function originLabel(origin: Fact['origin'], trans: TranslationBundle): string {
  switch (origin) {
    case 'measured':
      return trans.__('measured');
    case 'declared':
      return trans.__('declared');
    case 'human':
      return trans.__('said by a person');
    case 'unknown':
      return trans.__('unknown');
  }
}

/** A value and how it is known; what is not known says so. */
export function FactValue({ fact }: { fact: Fact }): ReactElement {
  const { trans, formats } = useServices();
  const { value, origin, source } = fact;
  const origins = originLabel(origin, trans);
  if (value === null || origin === 'unknown') {
    return (
      <span className="swb-quiet" title={source}>
        {trans.__('unknown')}
      </span>
    );
  }
  const text = Array.isArray(value)
    ? value.join(', ')
    : typeof value === 'number'
      ? formats.count(value)
      : String(value);
  return (
    <span title={source}>
      <UserText inline text={text} /> <span className="swb-quiet">({origins})</span>
    </span>
  );
}

/** Memory in its parts, and by which formula. */
export function MemoryParts({ memory }: { memory: Memory }): ReactElement {
  const { trans, formats } = useServices();
  return (
    <Facts
      entries={[
        [trans.__('Memory in all'), <strong key="total">{formats.bytes(memory.total)}</strong>],
        [trans.__('Weights'), formats.bytes(memory.weights)],
        [trans.__('KV cache'), formats.bytes(memory.kv_cache)],
        [trans.__('Overhead'), formats.bytes(memory.overhead)],
        [trans.__('Context, tokens'), formats.count(memory.context)],
        [trans.__('Batch'), formats.count(memory.batch)],
        [trans.__('Number format'), memory.dtype],
        [trans.__('Formula'), <code key="formula">{memory.formula}</code>]
      ]}
    />
  );
}
