import type { ReactElement } from 'react';

import type { Check } from '../api/types';
import { useServices } from './context';
import { severityLabel } from './labels';
import { UserText } from './text';

type Shown = Pick<Check, 'severity' | 'code' | 'message' | 'remedy'> & { readonly field?: string };

interface IChecksProps {
  readonly label: string;
  readonly checks: readonly Shown[];
}

/** What is wrong, or may be: errors keep an item out of a benchmark. */
export function Checks({ label, checks }: IChecksProps): ReactElement | null {
  const { trans } = useServices();
  if (checks.length === 0) {
    return null;
  }
  return (
    <ul className="swb-plain" aria-label={label}>
      {checks.map((check, index) => (
        <li key={index}>
          <span className={`swb-badge swb-check-${check.severity}`}>
            {severityLabel(check.severity, trans)}
          </span>{' '}
          {check.field && <code>{check.field}</code>} <UserText inline text={check.message} />{' '}
          <UserText inline text={check.remedy} className="swb-quiet" />
        </li>
      ))}
    </ul>
  );
}
