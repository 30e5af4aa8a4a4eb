import { type ReactElement, type ReactNode, useId } from 'react';

import { type ApiError, NOT_INSTALLED, UNEXPECTED, UNREACHABLE } from '../api/errors';
import type { ErrorEnvelope } from '../api/types';
import { useServices } from './context';
import type { IFetched } from './fetched';
import { errorKindLabel } from './labels';
import { UserText } from './text';

type Shown = Pick<ErrorEnvelope, 'code' | 'message' | 'where' | 'remedy'>;

/** An error as the server says it: what, where, what to do. */
export function ErrorNotice({
  error,
  onRetry
}: {
  error: Shown | ApiError;
  onRetry?: () => void;
}): ReactElement {
  const { trans, formats } = useServices();
  const { message, remedy } = useErrorWords(error);
  const kind = formats.language.startsWith('en') ? '' : errorKindLabel(error.code, trans);
  return (
    <div className="swb-error" role="alert">
      {kind && <p className="swb-strong">{kind}</p>}
      <UserText text={message} className="swb-error-message" />
      {error.where && (
        <div className="swb-error-where">
          <UserText inline text={error.where} />
        </div>
      )}
      {remedy && <UserText text={remedy} />}
      {onRetry && (
        <button type="button" className="swb-button" onClick={onRetry}>
          {trans.__('Try again')}
        </button>
      )}
    </div>
  );
}

/** The words of an error; those that no server wrote are ours. */
export function useErrorWords(error: Shown | ApiError): { message: string; remedy: string } {
  const { trans } = useServices();
  switch (error.code) {
    case UNREACHABLE:
      return {
        message: trans.__('The Jupyter server does not answer.'),
        remedy: trans.__('Runs go on without it. This view asks again by itself when the server is back.')
      };
    case NOT_INSTALLED:
      return {
        message: trans.__('The Workbench server extension is not enabled on this Jupyter server.'),
        remedy: trans.__(
          'Install the package sovereign-workbench in the environment of the server and restart it.'
        )
      };
    case UNEXPECTED:
      return {
        message: trans.__('The server gave an answer that is not from Workbench.'),
        remedy: trans.__('Reload the page; log in again if it asks you to.')
      };
    default:
      return { message: error.message, remedy: error.remedy };
  }
}

/** What a request brought, or that it is on its way, or its error; old values stay below an error. */
export function Loaded<T>({
  of,
  children
}: {
  of: IFetched<T>;
  children: (value: T) => ReactNode;
}): ReactElement {
  const { trans } = useServices();
  return (
    <>
      {of.error && <ErrorNotice error={of.error} onRetry={of.refresh} />}
      {of.value !== null
        ? children(of.value)
        : of.loading && <p className="swb-quiet">{trans.__('Loading…')}</p>}
    </>
  );
}

interface IButtonProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  readonly kind?: 'plain' | 'primary' | 'link';
  readonly title?: string;
  readonly label?: string;
  /** Whether what the button shows and hides is shown. */
  readonly expanded?: boolean;
}

export function Button({
  children,
  onClick,
  disabled,
  kind = 'plain',
  title,
  label,
  expanded
}: IButtonProps): ReactElement {
  const look = kind === 'link' ? 'swb-link' : kind === 'primary' ? 'swb-button swb-primary' : 'swb-button';
  return (
    <button
      type="button"
      className={look}
      onClick={onClick}
      disabled={disabled}
      title={title}
      aria-label={label}
      aria-expanded={expanded}
    >
      {children}
    </button>
  );
}

interface ITabsProps {
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly name: string; readonly content: () => ReactNode }[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
}

/** Parts of a view of which one is shown; arrow keys move between them. */
export function Tabs({ label, tabs, chosen, onChoose }: ITabsProps): ReactElement {
  const name = useId();
  const at = Math.max(
    0,
    tabs.findIndex(tab => tab.id === chosen)
  );
  const go = (step: number): void => {
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (next) {
      onChoose(next.id);
      document.getElementById(`${name}-${next.id}`)?.focus();
    }
  };
  return (
    <>
      <div
        className="swb-tabs"
        role="tablist"
        aria-label={label}
        onKeyDown={event => {
          if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
            event.preventDefault();
            go(event.key === 'ArrowRight' ? 1 : -1);
          }
        }}
      >
        {tabs.map((tab, index) => (
          <button
            key={tab.id}
            id={`${name}-${tab.id}`}
            type="button"
            role="tab"
            className="swb-tab"
            aria-selected={index === at}
            aria-controls={`${name}-panel`}
            tabIndex={index === at ? 0 : -1}
            onClick={() => onChoose(tab.id)}
          >
            {tab.name}
          </button>
        ))}
      </div>
      <div
        className="swb-tabpanel"
        role="tabpanel"
        id={`${name}-panel`}
        aria-labelledby={`${name}-${tabs[at]?.id ?? ''}`}
      >
        {tabs[at]?.content()}
      </div>
    </>
  );
}

interface ISelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
}

/** A labelled choice. */
export function Select({ label, value, options, onChange }: ISelectProps): ReactElement {
  const id = useId();
  return (
    <span className="swb-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={event => onChange(event.target.value)}>
        {options.map(option => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </span>
  );
}

interface ISearchProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A labelled search field; its text may be of any script. */
export function Search({ label, value, onChange }: ISearchProps): ReactElement {
  const id = useId();
  return (
    <span className="swb-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="search"
        dir="auto"
        maxLength={200}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
    </span>
  );
}

/** A list of names and values. */
export function Facts({ entries }: { entries: readonly (readonly [string, ReactNode])[] }): ReactElement {
  return (
    <dl className="swb-facts">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface IColumn<T> {
  readonly name: string;
  readonly number?: boolean;
  readonly cell: (row: T) => ReactNode;
}

interface ITableProps<T> {
  readonly label: string;
  readonly columns: readonly IColumn<T>[];
  readonly rows: readonly T[];
  readonly id: (row: T) => string;
  readonly empty?: string;
}

/** A short table; its first column names the row. */
export function Table<T>({ label, columns, rows, id, empty }: ITableProps<T>): ReactElement {
  if (rows.length === 0 && empty) {
    return <p className="swb-quiet">{empty}</p>;
  }
  return (
    <div className="swb-table-frame" role="region" aria-label={label} tabIndex={0}>
      <table className="swb-table">
        <caption className="swb-hidden">{label}</caption>
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column.name} scope="col" className={column.number ? 'swb-number' : undefined}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={id(row)}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.name} scope="row">
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.name} className={column.number ? 'swb-number' : undefined}>
                    {column.cell(row)}
                  </td>
                )
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
