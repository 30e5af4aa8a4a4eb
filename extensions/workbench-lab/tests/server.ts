import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import Ajv, { type ValidateFunction } from 'ajv/dist/2020';
import { parse } from 'yaml';

import type { Transport } from '../src/api/client';
import { SETTINGS } from './fixtures';

export const CONTRACT = resolve(__dirname, '../../../workbench/jupyter/openapi.yaml');
const BASE = '/workbench/api/v1';

interface ISchema {
  readonly $ref?: string;
}
interface IParameter extends ISchema {
  readonly name: string;
  readonly in: string;
  readonly schema: object;
}
interface IOperation {
  readonly operationId: string;
  readonly parameters?: readonly IParameter[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<
    string,
    ISchema & { readonly content?: Record<string, { readonly schema: object }> }
  >;
  readonly 'x-result'?: { readonly $ref: string };
}
interface IContract {
  readonly paths: Record<string, Record<string, IOperation>>;
  readonly components: object;
}

export const contract = parse(readFileSync(CONTRACT, 'utf-8')) as IContract;

/** What was asked or answered against the contract since it was last looked at. */
export const problems: string[] = [];

const ajv = new Ajv({ strict: false, validateFormats: false, coerceTypes: false });
const asked = new Ajv({ strict: false, validateFormats: false, coerceTypes: true });
for (const each of [ajv, asked]) {
  each.addSchema({ $id: 'contract', components: contract.components });
}

function found<T extends ISchema>(entry: T): T {
  if (!entry.$ref) {
    return entry;
  }
  let at: unknown = contract;
  for (const part of entry.$ref.slice(2).split('/')) {
    at = (at as Record<string, unknown>)[part];
  }
  return at as T;
}

function validator(which: Ajv, schema: object): ValidateFunction {
  return which.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"contract#/')) as object);
}

export interface ICall {
  readonly operation: string;
  readonly path: Record<string, string>;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

type Answering = (call: ICall) => unknown;

/** An answer with another status than 200. */
export class Status {
  constructor(
    readonly code: number,
    readonly body: unknown
  ) {}
}

/**
 * A server that holds to the contract: what a test lets it answer, and what a view asks, is checked against
 * `openapi.yaml`; an operation without an answer is a problem.
 */
export class FakeServer {
  readonly calls: ICall[] = [];

  private readonly _answers: Record<string, Answering>;

  /** What the user chose is asked by many views; it is as it comes, unless a test says otherwise. */
  constructor(answers: Record<string, Answering>) {
    this._answers = { getSettings: () => SETTINGS, ...answers };
  }

  /** Calls of one operation. */
  of(operation: string): ICall[] {
    return this.calls.filter(call => call.operation === operation);
  }

  answer(operation: string, answering: Answering): void {
    this._answers[operation] = answering;
  }

  readonly transport: Transport = async (address, init) => {
    await Promise.resolve();
    if (init.signal?.aborted) {
      throw new DOMException('', 'AbortError');
    }
    const url = new URL(address, 'http://localhost');
    const method = (init.method ?? 'GET').toLowerCase();
    for (const [path, methods] of Object.entries(contract.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1]!);
      const match = new RegExp(`^${BASE}${path.replace(/\{\w+\}/g, '([^/]+)')}$`).exec(url.pathname);
      const operation = methods[method];
      if (match && operation) {
        const values = Object.fromEntries(
          names.map((name, index) => [name, decodeURIComponent(match[index + 1]!)])
        );
        const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined;
        const call = { operation: operation.operationId, path: values, query: url.searchParams, body };
        this._checkCall(operation, call, methods.parameters as unknown as IParameter[] | undefined);
        return this._respond(operation, call);
      }
    }
    problems.push(`no route: ${method} ${url.pathname}`);
    return new Response('{}', { status: 404 });
  };

  private _checkCall(operation: IOperation, call: ICall, shared: readonly IParameter[] = []): void {
    const parameters = [...(operation.parameters ?? []), ...shared].map(found);
    const values = { ...Object.fromEntries(call.query), ...call.path };
    for (const [name, value] of Object.entries(values)) {
      const parameter = parameters.find(each => each.name === name);
      if (!parameter) {
        problems.push(`${call.operation} has no parameter ${name}`);
      } else if (
        !validator(asked, { type: 'object', properties: { [name]: parameter.schema } })({ [name]: value })
      ) {
        problems.push(`${call.operation}: ${name} may not be ${value}`);
      }
    }
    const schema = operation.requestBody?.content['application/json']?.schema;
    const valid = schema && validator(ajv, schema);
    if (valid && !valid(call.body)) {
      problems.push(`${call.operation}: body ${ajv.errorsText(valid.errors)}`);
    }
    this.calls.push(call);
  }

  private _respond(operation: IOperation, call: ICall): Response {
    const answering = this._answers[call.operation];
    if (!answering) {
      problems.push(`nothing to answer ${call.operation} with`);
      return new Response('{}', { status: 500 });
    }
    const given = answering(call);
    const status = given instanceof Status ? given.code : given === undefined ? 204 : 200;
    const body = given instanceof Status ? given.body : given;
    const response = operation.responses[String(status)] ?? operation.responses.default;
    const schema = response && found(response).content?.['application/json']?.schema;
    const valid = schema && validator(ajv, schema);
    if (valid && !valid(body)) {
      problems.push(`${call.operation} answers ${String(status)} with ${ajv.errorsText(valid.errors)}`);
    }
    this._checkResult(operation, call, body);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  }

  private _checkResult(operation: IOperation, call: ICall, body: unknown): void {
    const result = (body as { result?: unknown } | undefined)?.result;
    if (operation['x-result'] && result) {
      const valid = validator(ajv, operation['x-result']);
      if (!valid(result)) {
        problems.push(`${call.operation} ends with ${ajv.errorsText(valid.errors)}`);
      }
    }
  }
}
