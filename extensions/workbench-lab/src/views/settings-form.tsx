import type { TranslationBundle } from '@jupyterlab/translation';
import type { JSONObject } from '@lumino/coreutils';
import { type ReactElement, useId } from 'react';

import { type ISetting, changed, typed } from '../model/settings';
import { useServices } from './context';

/** Settings that most runs choose; the others stand below them, folded. */
const COMMON: readonly string[] = [
  'formulation',
  'shots',
  'limit',
  'chat_template',
  'engine',
  'device',
  'seed'
];

interface IFormProps {
  readonly settings: readonly ISetting[];
  readonly chosen: JSONObject;
  readonly onChange: (chosen: JSONObject) => void;
}

/** The settings of a run, from its schema. */
export function SettingsForm({ settings, chosen, onChange }: IFormProps): ReactElement {
  const { trans } = useServices();
  const field = (setting: ISetting): ReactElement => (
    <Setting key={setting.name} of={setting} chosen={chosen} onChange={onChange} />
  );
  const common = settings.filter(setting => COMMON.includes(setting.name));
  const others = settings.filter(setting => !COMMON.includes(setting.name));
  const changedOthers = others.some(setting => setting.name in chosen);
  return (
    <>
      <div className="swb-settings">{common.map(field)}</div>
      <details open={changedOthers}>
        <summary>{trans.__('More settings')}</summary>
        <div className="swb-settings">{others.map(field)}</div>
      </details>
    </>
  );
}

interface ISettingProps {
  readonly of: ISetting;
  readonly chosen: JSONObject;
  readonly onChange: (chosen: JSONObject) => void;
}

function Setting({ of, chosen, onChange }: ISettingProps): ReactElement {
  const { trans } = useServices();
  const id = useId();
  const value = chosen[of.name] ?? of.first;
  const shown = Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? '' : String(value);
  const label = settingLabel(of, trans);
  const set = (text: string): void => onChange(changed(chosen, of, typed(of, text)));
  if (of.kind === 'switch') {
    return (
      <label className="swb-check">
        <input
          type="checkbox"
          checked={value === true}
          onChange={event => onChange(changed(chosen, of, event.target.checked))}
        />
        {label}
      </label>
    );
  }
  return (
    <span className="swb-field">
      <label htmlFor={id}>{label}</label>
      {of.kind === 'choice' ? (
        <select id={id} value={shown} onChange={event => set(event.target.value)}>
          {of.choices.map(choice => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      ) : of.kind === 'whole' || of.kind === 'number' ? (
        <input
          id={id}
          type="number"
          min={of.least}
          max={of.most}
          step={of.kind === 'whole' ? 1 : 'any'}
          value={typeof value === 'number' ? value : ''}
          placeholder={of.open ? trans.__('not limited') : undefined}
          onChange={event => set(event.target.value)}
        />
      ) : (
        <input
          id={id}
          type="text"
          dir="auto"
          defaultValue={shown}
          placeholder={trans.__('default')}
          onChange={event => set(event.target.value)}
        />
      )}
    </span>
  );
}

/** Name of a setting; of one that is newer than this panel, what its schema says. */
export function settingLabel(setting: ISetting, trans: TranslationBundle): string {
  const names: Record<string, string> = {
    shots: trans.__('Shots'),
    wording: trans.__('Wording'),
    prompt_language: trans.__('Language of the prompt'),
    formulation: trans.__('Formulation'),
    chat_template: trans.__('Chat template'),
    engine: trans.__('Engine'),
    device: trans.__('Device'),
    dtype: trans.__('Number format'),
    max_length: trans.__('Longest sequence, tokens'),
    token_budget: trans.__('Tokens in one pass'),
    limit: trans.__('Items per benchmark and language'),
    repeats: trans.__('Repeats'),
    temperature: trans.__('Temperature'),
    seal: trans.__('Refuse the network'),
    seed: trans.__('Seed'),
    parity: trans.__('Exactly as lm-eval'),
    metrics: trans.__('Metrics'),
    ray: trans.__('Ray address'),
    tensor_parallel: trans.__('Devices per model')
  };
  return names[setting.name] ?? setting.title;
}
