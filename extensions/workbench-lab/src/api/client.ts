import type { paths } from './contract';
import { ApiError, UNEXPECTED, isAbort } from './errors';
import type { Task } from './types';

/** Sends a request to the Jupyter server, with its token or cookie. */
export type Transport = (url: string, init: RequestInit) => Promise<Response>;

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** Paths that know a method. */
export type PathsOf<M extends Method> = {
  [P in keyof paths]: paths[P][M] extends object ? P : never;
}[keyof paths];

type Operation<P extends keyof paths, M extends Method> = paths[P][M];
type Json<T> = T extends { content: { 'application/json': infer Body } } ? Body : never;

/** The JSON that a successful answer holds; nothing for an answer without a body. */
export type Answer<O> = O extends { responses: infer R }
  ? | (R extends { 200: infer A } ? Json<A> : never)
    | (R extends { 202: infer A } ? Json<A> : never)
    | (R extends { 204: unknown } ? undefined : never)
  : never;

type PathPart<O> = O extends { parameters: { path: infer V extends object } }
  ? { path: V }
  : { path?: never };
type QueryPart<O> = O extends { parameters: { query: infer V extends object } }
  ? { query: V }
  : O extends { parameters: { query?: infer V } }
    ? { query?: V }
    : { query?: never };
type BodyPart<O> = O extends { requestBody: { content: { 'application/json': infer B } } }
  ? { body: B }
  : { body?: never };

/** Everything a request needs, as the contract has it. */
export type Request<O> = PathPart<O> & QueryPart<O> & BodyPart<O> & { signal?: AbortSignal | undefined };

type Query = Record<string, string | number | boolean | null | undefined>;

interface ILooseRequest {
  path?: Record<string, string>;
  query?: object;
  body?: unknown;
  signal?: AbortSignal;
}

/** Speaks the server's contract; every answer and every question has the contract's type. */
export class Client {
  constructor(
    private readonly _base: string,
    private readonly _transport: Transport
  ) {}

  get<P extends PathsOf<'get'>>(path: P, request: Request<Operation<P, 'get'>>) {
    return this._send<Answer<Operation<P, 'get'>>>('get', path, request);
  }

  post<P extends PathsOf<'post'>>(path: P, request: Request<Operation<P, 'post'>>) {
    return this._send<Answer<Operation<P, 'post'>>>('post', path, request);
  }

  put<P extends PathsOf<'put'>>(path: P, request: Request<Operation<P, 'put'>>) {
    return this._send<Answer<Operation<P, 'put'>>>('put', path, request);
  }

  patch<P extends PathsOf<'patch'>>(path: P, request: Request<Operation<P, 'patch'>>) {
    return this._send<Answer<Operation<P, 'patch'>>>('patch', path, request);
  }

  delete<P extends PathsOf<'delete'>>(path: P, request: Request<Operation<P, 'delete'>>) {
    return this._send<Answer<Operation<P, 'delete'>>>('delete', path, request);
  }

  /** Address of a path, for a frame or a download. */
  url(path: keyof paths, request: ILooseRequest = {}): string {
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(request.path?.[name] ?? '')
    );
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries((request.query ?? {}) as Query)) {
      if (value !== undefined && value !== null && value !== '') {
        query.set(name, String(value));
      }
    }
    const search = query.toString();
    return `${this._base}${filled}${search ? `?${search}` : ''}`;
  }

  private async _send<T>(method: Method, path: keyof paths, request: ILooseRequest): Promise<T> {
    // JupyterLab's own `no-store` adds the time to the address, which the contract does not know; answers say it too.
    const init: RequestInit = { method: method.toUpperCase(), cache: 'default' };
    if (request.signal) {
      init.signal = request.signal;
    }
    if (request.body !== undefined) {
      init.body = JSON.stringify(request.body);
      init.headers = { 'Content-Type': 'application/json' };
    }
    let response: Response;
    try {
      response = await this._transport(this.url(path, request), init);
    } catch (error) {
      if (isAbort(error) || request.signal?.aborted) {
        throw new DOMException('', 'AbortError');
      }
      throw ApiError.unreachable(error);
    }
    if (response.status === 204) {
      return undefined as T;
    }
    const body = await readJson(response);
    if (!response.ok) {
      throw ApiError.from(body, response.status);
    }
    if (body === undefined) {
      throw new ApiError({ code: UNEXPECTED, message: '', where: null, remedy: '' }, response.status);
    }
    return body as T;
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}

/** How long one answer may wait for a task, in seconds. */
export const TASK_WAIT = 20;

/**
 * Wait for a task that may still run; its error is thrown by the request that hears of it.
 *
 * When the signal aborts, the task itself is ended too.
 */
export async function finished<T>(client: Client, first: Promise<Task>, signal?: AbortSignal): Promise<T> {
  let task = await first;
  while (task.state === 'running') {
    if (signal?.aborted) {
      await client.delete('/tasks/{task}', { path: { task: task.id } });
      throw new DOMException('', 'AbortError');
    }
    try {
      task = await client.get('/tasks/{task}', {
        path: { task: task.id },
        query: { wait: TASK_WAIT },
        signal
      });
    } catch (error) {
      if (!isAbort(error)) {
        throw error;
      }
    }
  }
  return task.result as T;
}
