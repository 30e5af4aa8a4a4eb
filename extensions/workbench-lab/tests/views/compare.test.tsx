import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import Compare from '../../src/views/compare';
import type { Comparison } from '../../src/api/types';
import { OTHER, RUN, done, key, task } from '../fixtures';
import { show } from '../harness';
import { FakeServer } from '../server';

const HERE = { view: 'compare', runs: [RUN, OTHER] } as const;

function comparison(change: Partial<Comparison> = {}): Comparison {
  return {
    first: { run: RUN, model: 'gemma' },
    second: { run: OTHER, model: 'smollm2' },
    comparable: true,
    differences: [],
    shown: [],
    allowed: [],
    pairs: [
      {
        pack: 'p',
        language: 'ar',
        metric: 'accuracy',
        n: 100,
        groups: 100,
        first: 0.6,
        second: 0.5,
        difference: 0.1,
        low: 0.01,
        high: 0.19,
        p_value: 0.03,
        method: 'paired bootstrap',
        first_only: 15,
        second_only: 5
      }
    ],
    flips: [
      {
        pack: 'p',
        language: 'ar',
        direction: 'rtl',
        item_id: 'ar-1',
        excerpt: 'ما عاصمة مصر؟',
        first: 1,
        second: 0,
        first_key: key(1),
        second_key: key(2),
        first_answer: 'القاهرة',
        second_answer: 'Paris'
      }
    ],
    total_flips: 20,
    ...change
  };
}

test('the difference stands with its sign, interval and p, and flipped items open', async () => {
  const server = new FakeServer({ startComparison: () => task('comparison', comparison()) });
  const { lab, titles } = show(<Compare />, server, HERE);
  const table = await screen.findByRole('table', { name: /Differences of the scores/ });
  const cells = within(table)
    .getAllByRole('cell')
    .map(cell => cell.textContent);
  expect(cells).toEqual(expect.arrayContaining(['+0.100', '[+0.010, +0.190]', '0.030', '15', '5']));
  expect(screen.getByText('ما عاصمة مصر؟').getAttribute('dir')).toBe('rtl');
  expect(screen.getByText('1 of 20 are shown.')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: 'Paris' }));
  expect(lab.opened).toEqual([
    { address: { view: 'results', runs: [OTHER] }, state: { tab: 'items', item: key(2) } }
  ]);
  expect(titles.at(-1)).toBe('Compare: gemma, smollm2');
  expect(screen.getByRole('img', { name: /Differences in accuracy, first minus second/ })).toBeTruthy();
  const [plot] = lab.plots as unknown as [{ data: { values: object[] } }];
  expect(plot.data.values).toEqual([
    { name: '\u2068p\u2069 \u00b7 \u2068ar\u2069', value: 0.1, low: 0.01, high: 0.19, reference: 0 }
  ]);
});

test('runs that are not comparable say why, and a difference may be allowed', async () => {
  const words = 'the shots differ: 0 and 5';
  const difference = { what: 'shots', pack: 'p', language: 'ar', first: '0', second: '5', words };
  const server = new FakeServer({
    startComparison: call => {
      const { allow_different: allowed = [] } = call.body as { allow_different?: string[] };
      return task(
        'comparison',
        comparison({
          comparable: allowed.length > 0,
          differences: [difference],
          allowed,
          pairs: [],
          flips: [],
          total_flips: 0
        })
      );
    }
  });
  server.answer('makeSnippet', call => ({ python: JSON.stringify(call.body) }));
  const { lab } = show(<Compare />, server, HERE);
  expect(await screen.findByText(words)).toBeTruthy();
  expect(screen.getByText('Nothing can be compared.')).toBeTruthy();
  await userEvent.click(screen.getByRole('checkbox', { name: 'Shots' }));
  expect(await screen.findByText(/Compared although this differs: Shots/)).toBeTruthy();
  expect(server.of('startComparison').at(-1)!.body).toEqual({
    runs: [RUN, OTHER],
    allow_different: ['shots']
  });
  await userEvent.click(screen.getByRole('button', { name: 'Insert cell' }));
  await waitFor(() =>
    expect(lab.cells).toEqual([
      JSON.stringify({ action: 'compare', runs: [RUN, OTHER], allow_different: ['shots'] })
    ])
  );
});

test('without runs, two finished ones are picked', async () => {
  const server = new FakeServer({
    listRuns: () => ({
      runs: [done(), done({ id: OTHER }), done({ id: '20261123-121500-000000' })],
      total: 3
    })
  });
  const { lab } = show(<Compare />, server, { view: 'compare', runs: [] });
  const boxes = await screen.findAllByRole('checkbox');
  await userEvent.click(boxes[1]!);
  await userEvent.click(boxes[0]!);
  expect(boxes[2]).toHaveProperty('disabled', true);
  await userEvent.click(screen.getByRole('button', { name: 'Compare' }));
  expect(lab.opened[0]!.address).toEqual({ view: 'compare', runs: [OTHER, RUN] });
});
