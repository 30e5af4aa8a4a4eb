import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import { moved, windowOf } from '../../src/views/grid';
import { filterOf } from '../../src/views/items';
import Results from '../../src/views/results';
import { HOSTILE, RUN, detail, done, item, row, run } from '../fixtures';
import { show } from '../harness';
import { FakeServer } from '../server';

const HERE = { view: 'results', runs: [RUN] } as const;
const TOTAL = 100_000;

function server(of = done()): FakeServer {
  return new FakeServer({
    getRun: () => detail(of),
    listItems: call => {
      const offset = Number(call.query.get('offset'));
      const limit = Number(call.query.get('limit'));
      const items = Array.from({ length: limit }, (_, step) => row(offset + step));
      return { items, total: TOTAL, indexed: TOTAL, offset, tags: [] };
    },
    getItem: call => item(row(Number.parseInt(call.path.item!, 16), { excerpt: HOSTILE })),
    listSlices: () => ({
      by: 'language',
      slices: [{ value: 'th', n: 98, failed: 2, mean: 0.6, low: 0.5, high: 0.7 }],
      total: 1
    }),
    putNote: call => ({ ...(call.body as object), changed: '2026-11-23T10:15:00+00:00' })
  });
}

test('a finished run shows scores with interval, chance and counts', async () => {
  const { titles, lab } = show(<Results />, server(), HERE);
  const table = await screen.findByRole('table', { name: 'Scores' });
  const cells = within(table).getAllByRole('cell');
  expect(cells.map(cell => cell.textContent)).toEqual(
    expect.arrayContaining(['0.600', '[0.500, 0.700]', '0.250', '0.300', 'above chance'])
  );
  expect(within(table).getByRole('rowheader').textContent).toBe('thai-proverbs');
  await waitFor(() => expect(titles.at(-1)).toBe('Results: gemma-3-270m'));
  expect(screen.getByRole('img', { name: /Scores in accuracy with 95% intervals/ })).toBeTruthy();
  const [plot] = lab.plots as unknown as [{ data: { values: { reference: number }[] } }];
  expect(plot.data.values.map(value => value.reference)).toEqual([0.25]);
});

test('without JupyterLab\u2019s renderer the table stands alone, and that is said', async () => {
  const fake = server();
  const { lab } = show(<Results />, fake, HERE);
  lab.draws = false;
  expect(await screen.findByText(/There is no plot/)).toBeTruthy();
  expect(screen.queryByRole('img')).toBeNull();
  expect(screen.getByRole('table', { name: 'Scores' })).toBeTruthy();
});

test('a live run shows its scores so far', async () => {
  show(<Results />, server(run()), HERE);
  expect(await screen.findByRole('table', { name: 'Scores so far' })).toBeTruthy();
});

test('of 100,000 items only those in sight are drawn, and asked for errors first', async () => {
  const fake = server();
  show(<Results />, fake, HERE, { tab: 'items' });
  const grid = await screen.findByRole('grid', { name: 'Items' });
  await within(grid).findByText('question 0');
  expect(grid.getAttribute('aria-rowcount')).toBe(String(TOTAL + 1));
  expect(within(grid).getAllByRole('row').length).toBeLessThan(80);
  expect(fake.of('listItems')[0]!.query.get('sort')).toBe('errors');
  Object.defineProperty(grid, 'scrollTop', { value: 28 * 50_000, writable: true });
  fireEvent.scroll(grid);
  expect(await within(grid).findByText('question 50000')).toBeTruthy();
});

test('the keyboard moves through the items and opens one; its text stays text', async () => {
  const { container, kept } = show(<Results />, server(), HERE, { tab: 'items' });
  const grid = await screen.findByRole('grid', { name: 'Items' });
  await within(grid).findByText('question 0');
  grid.focus();
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{Enter}');
  const panel = await screen.findByRole('complementary', { name: 'Item' });
  expect(await within(panel).findByText('item-2')).toBeTruthy();
  expect(grid.getAttribute('aria-activedescendant')).toMatch(/-2$/);
  expect(kept.item).toMatch(/2$/);
  expect(within(panel).getByText('Right answer')).toBeTruthy();
  expect(within(panel).getByText(/onerror/).textContent).toContain('[U+202E]');
  expect(container.querySelector('img, script')).toBeNull();
});

test('tags and a note are saved', async () => {
  const fake = server();
  show(<Results />, fake, HERE, { tab: 'items', item: row(3).key });
  const tags = await screen.findByRole('textbox', { name: /^Tags/ });
  await userEvent.type(tags, 'key, typo, key');
  await userEvent.type(screen.getByRole('textbox', { name: 'Note' }), 'ดูอีกครั้ง');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(fake.of('putNote')[0]?.body).toEqual({ tags: ['key', 'typo'], note: 'ดูอีกครั้ง' }));
});

test('a filter is asked of the server, and comes back after a reload', async () => {
  const fake = server();
  const { kept } = show(<Results />, fake, HERE, { tab: 'items' });
  await userEvent.selectOptions(await screen.findByRole('combobox', { name: 'Verdict' }), 'wrong');
  await waitFor(() => expect(fake.of('listItems').at(-1)!.query.get('verdict')).toBe('wrong'));
  expect(kept.filter).toEqual({ verdict: 'wrong' });
});

test('a slice opens its items', async () => {
  const { lab } = show(<Results />, server(), HERE, { tab: 'slices' });
  await userEvent.click(await screen.findByRole('button', { name: 'th' }));
  expect(lab.opened).toEqual([{ address: HERE, state: { tab: 'items', filter: { language: 'th' } } }]);
});

test('tabs move with the arrow keys', async () => {
  show(<Results />, server(), HERE);
  const scores = await screen.findByRole('tab', { name: 'Scores' });
  scores.focus();
  await userEvent.keyboard('{ArrowLeft}');
  const about = screen.getByRole('tab', { name: 'About' });
  expect(about.getAttribute('aria-selected')).toBe('true');
  expect(document.activeElement).toBe(about);
});

test('filters that no contract knows are left out', () => {
  expect(filterOf({ verdict: 'wrong', evil: 'x', domain: 3, tag: '' })).toEqual({ verdict: 'wrong' });
});

test('the window of rows holds what is in sight and a margin', () => {
  expect(windowOf(0, 560, 100_000)).toEqual({ first: 0, last: 32 });
  expect(windowOf(28 * 99_990, 560, 100_000)).toEqual({ first: 99_978, last: 99_999 });
  expect(windowOf(0, 560, 0)).toEqual({ first: 0, last: -1 });
});

test('keys move within the list', () => {
  expect(moved('End', 0, 10, 5)).toBe(9);
  expect(moved('PageUp', 3, 10, 5)).toBe(0);
  expect(moved('a', 3, 10, 5)).toBeNull();
});
