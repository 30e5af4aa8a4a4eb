import { expect, test } from 'vitest';

import { Client } from '../../src/api/client';
import { ApiError, NOT_INSTALLED, UNEXPECTED, UNREACHABLE, isAbort } from '../../src/api/errors';
import { runTask } from '../../src/api/tasks';
import { ERROR, OTHER, RUN, detail, done, task } from '../fixtures';
import { FakeServer, Status } from '../server';

const clientOf = (server: FakeServer): Client => new Client('/workbench/api/v1', server.transport);
const answering = (body: string, status: number): Client =>
  new Client('/x', () => Promise.resolve(new Response(body, { status })));

async function failure(of: Promise<unknown>): Promise<unknown> {
  return of.then(
    () => null,
    (error: unknown) => error
  );
}

test('a request is filled and its answer is typed', async () => {
  const server = new FakeServer({ getRun: call => detail(done({ id: call.path.run! })) });
  const answer = await clientOf(server).get('/runs/{run}', { path: { run: OTHER } });
  expect(answer.run.id).toBe(OTHER);
});

test('empty parts of a query are not sent', async () => {
  const server = new FakeServer({ listRuns: () => ({ runs: [], total: 0 }) });
  await clientOf(server).get('/runs', { query: { q: '', limit: 5 } });
  expect(server.calls[0]!.query.toString()).toBe('limit=5');
});

test('an error is the one of the envelope', async () => {
  const server = new FakeServer({ getRun: () => new Status(404, { error: ERROR }) });
  const error = await failure(clientOf(server).get('/runs/{run}', { path: { run: RUN } }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    code: 'not_found',
    message: ERROR.message,
    where: RUN,
    remedy: ERROR.remedy,
    status: 404
  });
});

test.each([
  ['<html>bad gateway</html>', 502, UNEXPECTED],
  ['{"message": "Not Found"}', 404, NOT_INSTALLED],
  ['<html>log in</html>', 200, UNEXPECTED]
])('an answer that is not from Workbench says so: %s', async (body, status, code) => {
  expect(await failure(answering(body, status).get('/runs', {}))).toMatchObject({ code, status });
});

test('a server that does not answer is told from a request that was given up', async () => {
  const dead = new Client('/x', () => Promise.reject(new TypeError('Failed to fetch')));
  expect(await failure(dead.get('/runs', {}))).toMatchObject({ code: UNREACHABLE });
  const aborter = new AbortController();
  aborter.abort();
  expect(isAbort(await failure(dead.get('/runs', { signal: aborter.signal })))).toBe(true);
});

test('a task is waited for, and its error is the request’s', async () => {
  const result = { checks: [{ name: 'disk', state: 'ok', found: '1 GB free', remedy: '' }] };
  let asked = 0;
  const server = new FakeServer({
    startDoctor: () => new Status(202, task('doctor', null)),
    getTask: () => ((asked += 1) < 3 ? new Status(202, task('doctor', null)) : task('doctor', result))
  });
  expect(await runTask(clientOf(server), '/doctor', {})).toEqual(result);
  expect(server.of('getTask')).toHaveLength(3);
  server.answer('getTask', () => new Status(500, { error: ERROR }));
  expect(await failure(runTask(clientOf(server), '/doctor', {}))).toMatchObject({ code: ERROR.code });
});

test('a task that nobody waits for any more is ended', async () => {
  const aborter = new AbortController();
  const server = new FakeServer({
    startDoctor: () => new Status(202, task('doctor', null)),
    getTask: () => {
      aborter.abort();
      return new Status(202, task('doctor', null));
    },
    cancelTask: () => undefined
  });
  const error = await failure(runTask(clientOf(server), '/doctor', { signal: aborter.signal }));
  expect(isAbort(error)).toBe(true);
  expect(server.of('cancelTask')).toHaveLength(1);
});
