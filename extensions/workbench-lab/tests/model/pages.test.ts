import { expect, test, vi } from 'vitest';

import { ApiError } from '../../src/api/errors';
import { type IPage, PagedList } from '../../src/model/pages';

const TOTAL = 100_000;

function source(total = TOTAL) {
  return vi.fn((offset: number, limit: number): Promise<IPage<number>> => {
    const rows = Array.from(
      { length: Math.max(0, Math.min(limit, total - offset)) },
      (_, step) => offset + step
    );
    return Promise.resolve({ rows, total });
  });
}

test('only what is looked at, and a page around it, is asked for', async () => {
  const load = source();
  const list = new PagedList(load, 100);
  list.need(0, 20);
  await vi.waitFor(() => expect(list.row(0)).toBe(0));
  list.need(50_000, 50_020);
  await vi.waitFor(() => expect(list.row(50_020)).toBe(50_020));
  expect(load.mock.calls.map(([offset]) => offset)).toEqual([0, 50_000, 49_900, 50_100]);
  expect(list.row(70_000)).toBeUndefined();
  expect(list.total).toBe(TOTAL);
});

test('the same page is not asked for twice while it is on its way', async () => {
  const load = source();
  const list = new PagedList(load, 100);
  list.need(0, 20);
  list.need(0, 20);
  await vi.waitFor(() => expect(list.total).toBe(TOTAL));
  expect(load).toHaveBeenCalledTimes(1);
});

test('pages far from what is looked at are forgotten', async () => {
  const list = new PagedList(source(), 10);
  list.need(0, 5);
  await vi.waitFor(() => expect(list.row(5)).toBe(5));
  for (let first = 1000; first < 5000; first += 30) {
    const came = new Promise(resolve => list.changed.connect(resolve));
    list.need(first, first + 5);
    await came;
  }
  expect(list.row(5)).toBeUndefined();
});

test('rows stay while they are asked again, and a late answer of before is ignored', async () => {
  const answers: ((page: IPage<string>) => void)[] = [];
  const list = new PagedList<string>(() => new Promise(resolve => answers.push(resolve)), 2);
  list.need(0, 1);
  answers[0]!({ rows: ['old', 'old'], total: 2 });
  await vi.waitFor(() => expect(list.row(0)).toBe('old'));
  const refreshed = list.refresh();
  expect(list.row(0)).toBe('old');
  answers[1]!({ rows: ['new'], total: 1 });
  await refreshed;
  expect([list.row(0), list.total]).toEqual(['new', 1]);
});

test('an error is kept until something comes, and rows stay', async () => {
  let broken = false;
  const list = new PagedList<number>(
    () => (broken ? Promise.reject(new Error('gone')) : Promise.resolve({ rows: [7], total: 1 })),
    10
  );
  list.need(0, 1);
  await vi.waitFor(() => expect(list.row(0)).toBe(7));
  broken = true;
  await list.refresh();
  expect(list.error).toBeInstanceOf(ApiError);
  expect(list.row(0)).toBe(7);
  broken = false;
  await list.refresh();
  expect(list.error).toBeNull();
});
