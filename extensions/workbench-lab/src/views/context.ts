import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject, JSONValue } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { createContext, useCallback, useContext, useState } from 'react';

import type { Client } from '../api/client';
import type { IAddress, ViewState } from '../model/address';
import type { Formats } from '../model/format';
import type { Hints } from '../model/hints';

/** A question with named answers; the first is the one that changes nothing. */
export interface IQuestion {
  readonly title: string;
  readonly body: string;
  readonly answers: readonly { readonly value: string; readonly label: string; readonly danger?: boolean }[];
}

/** What every view works with. The views know JupyterLab only through this. */
export interface IServices {
  readonly client: Client;
  readonly hints: Hints;
  readonly trans: TranslationBundle;
  readonly formats: Formats;
  /** Open a document, or bring it to the front; `state` is what it shows first. */
  readonly open: (address: IAddress, state?: ViewState) => void;
  /** Put a text into the clipboard. */
  readonly copy: (text: string) => Promise<void>;
  /** Put code into a new cell below the active one of the current notebook; its name, or null when none is open. */
  readonly insertCell: (source: string) => Promise<string | null>;
  /** Ask the user; null when the dialog was closed. */
  readonly ask: (question: IQuestion) => Promise<string | null>;
  /** Say something to people who use a screen reader, and to those who look. */
  readonly notify: (message: string, kind: 'info' | 'error') => void;
  /** Address of a path below this Jupyter server's base URL. */
  readonly mlflow: (path: string) => string;
  /** Draw a Vega-Lite plot into an element, until disposed; null where JupyterLab has no renderer for it. */
  readonly plot: (spec: JSONObject, host: HTMLElement) => IDisposable | null;
}

/** One document: what it shows, and whether it is looked at. */
export interface IDocument {
  readonly address: IAddress;
  readonly active: boolean;
  /** What is kept now, also by parts of the view that have gone meanwhile. */
  readonly recall: () => ViewState;
  /** Keep `change` for when the page comes back. */
  readonly remember: (change: JSONObject) => void;
  /** Set the name of the document's tab. */
  readonly setTitle: (title: string) => void;
}

const ServicesContext = createContext<IServices | null>(null);
const DocumentContext = createContext<IDocument | null>(null);

export const ServicesProvider = ServicesContext.Provider;
export const DocumentProvider = DocumentContext.Provider;

export function useServices(): IServices {
  const services = useContext(ServicesContext);
  if (services === null) {
    throw new Error('a view stands outside of its provider');
  }
  return services;
}

export function useDocument(): IDocument {
  const document = useContext(DocumentContext);
  if (document === null) {
    throw new Error('a view stands outside of its document');
  }
  return document;
}

/**
 * State that comes back when the page is loaded again.
 *
 * `check` decides whether what was kept can still be used: it may have been written by an older version.
 */
export function useKept<T extends JSONValue>(
  name: string,
  first: T,
  check: (kept: unknown) => kept is T
): [T, (value: T) => void] {
  const document = useDocument();
  const [value, setValue] = useState<T>(() => {
    const kept: unknown = document.recall()[name];
    return check(kept) ? kept : first;
  });
  const { remember } = document;
  const change = useCallback(
    (next: T) => {
      setValue(next);
      remember({ [name]: next });
    },
    [name, remember]
  );
  return [value, change];
}

export const isString = (value: unknown): value is string => typeof value === 'string';

export const isStrings = (value: unknown): value is string[] => Array.isArray(value) && value.every(isString);

export const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value);

export const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';

export const isRecord = (value: unknown): value is JSONObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
