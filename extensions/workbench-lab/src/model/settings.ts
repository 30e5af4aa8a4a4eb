import type { JSONObject, ReadonlyJSONObject, ReadonlyJSONValue } from '@lumino/coreutils';
import { JSONExt } from '@lumino/coreutils';

/** A setting of a run, as the schema describes it. */
export interface ISetting {
  readonly name: string;
  readonly title: string;
  readonly kind: 'choice' | 'whole' | 'number' | 'switch' | 'list' | 'text';
  readonly choices: readonly string[];
  readonly least?: number;
  readonly most?: number;
  /** Whether it may be left open. */
  readonly open: boolean;
  readonly first: ReadonlyJSONValue;
}

type Schema = ReadonlyJSONObject;

/** Settings that a form asks for elsewhere, or that a command line is for. */
const ELSEWHERE: readonly string[] = ['languages', 'suite'];

/** Read the settings of `getSchema`; what this form cannot show is left out, and keeps its default. */
export function settingsOf(schema: unknown): ISetting[] {
  const properties = isSchema(schema) ? schema.properties : null;
  return Object.entries(isSchema(properties) ? properties : {})
    .filter(([name]) => !ELSEWHERE.includes(name))
    .flatMap(([name, each]) => (isSchema(each) ? settingOf(name, each) : []));
}

function settingOf(name: string, schema: Schema): ISetting[] {
  const choices = schema.anyOf;
  const open = Array.isArray(choices) && choices.some(each => isSchema(each) && each.type === 'null');
  const inner = open
    ? (choices as ReadonlyJSONValue[]).find(each => isSchema(each) && each.type !== 'null')
    : schema;
  if (!isSchema(inner)) {
    return [];
  }
  const kind = kindOf(inner);
  if (kind === null) {
    return [];
  }
  return [
    {
      name,
      title: typeof schema.title === 'string' ? schema.title : name,
      kind,
      choices: Array.isArray(inner.enum) ? (inner.enum as ReadonlyJSONValue[]).map(String) : [],
      ...(typeof inner.minimum === 'number' && { least: inner.minimum }),
      ...(typeof inner.maximum === 'number' && { most: inner.maximum }),
      open,
      first: schema.default ?? null
    }
  ];
}

function kindOf(schema: Schema): ISetting['kind'] | null {
  if (Array.isArray(schema.enum)) {
    return 'choice';
  }
  switch (schema.type) {
    case 'integer':
      return 'whole';
    case 'number':
      return 'number';
    case 'boolean':
      return 'switch';
    case 'string':
      return 'text';
    case 'array':
      return 'list';
    default:
      return null;
  }
}

/** `chosen` with one setting changed; a value that is the default is left out, as in the spec's own short form. */
export function changed(chosen: JSONObject, setting: ISetting, value: ReadonlyJSONValue): JSONObject {
  const others = Object.entries(chosen).filter(([name]) => name !== setting.name);
  const isFirst = JSONExt.deepEqual(value, setting.first);
  return Object.fromEntries(isFirst ? others : [...others, [setting.name, value]]) as JSONObject;
}

/** What was typed as a value of the setting; null when it is none. */
export function typed(setting: ISetting, text: string): ReadonlyJSONValue {
  if (setting.kind === 'list') {
    return text
      .split(/[,\s]+/)
      .map(each => each.trim())
      .filter(each => each !== '');
  }
  if (setting.kind === 'whole' || setting.kind === 'number') {
    const value = Number(text);
    return text.trim() === '' || Number.isNaN(value) ? setting.first : value;
  }
  return text;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
