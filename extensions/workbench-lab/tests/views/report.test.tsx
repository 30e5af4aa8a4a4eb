import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import type { Report as Written } from '../../src/api/types';
import Report from '../../src/views/report';
import { RUN, done, id, task } from '../fixtures';
import { show } from '../harness';
import { FakeServer } from '../server';

const HERE = { view: 'report', runs: [RUN] } as const;
const THAI = {
  tag: 'th',
  name: 'Thai',
  native_name: 'ไทย',
  script: 'Thai',
  direction: 'ltr' as const,
  countries: ['TH']
};
const REPORT: Written = {
  id: id('9'),
  format: 'html',
  bytes: 2048,
  language: 'th',
  title: 'รายงาน',
  runs: [RUN],
  models: ['gemma'],
  written: '2026-11-23T10:15:00+00:00'
};

function server(): FakeServer {
  let reports: Written[] = [];
  return new FakeServer({
    getServer: () => ({
      version: '0.1.0',
      schema: 1,
      max_body: 1,
      formats: ['html', 'md'],
      report_languages: [THAI],
      mlflow: null,
      tasks: 4,
      refresh_seconds: 1
    }),
    listRuns: () => ({ runs: [done()], total: 1 }),
    listReports: () => ({ reports }),
    startReport: () => {
      reports = [REPORT];
      return task('report', REPORT);
    },
    deleteReport: () => {
      reports = [];
      return undefined;
    }
  });
}

test('a report is written, shown in a frame without scripts, and offered to be saved', async () => {
  const fake = server();
  const { container } = show(<Report />, fake, HERE);
  await userEvent.type(await screen.findByRole('textbox', { name: 'Title' }), 'รายงาน');
  await userEvent.click(screen.getByRole('button', { name: 'Write the report' }));
  const frame = await screen.findByTitle('Report รายงาน');
  expect(frame.getAttribute('sandbox')).toBe('');
  expect(frame.getAttribute('src')).toBe(`/workbench/api/v1/reports/${id('9')}/content?inline=true`);
  expect(container.querySelector('a[download]')!.getAttribute('href')).toBe(
    `/workbench/api/v1/reports/${id('9')}/content`
  );
  expect(fake.of('startReport')[0]!.body).toEqual({
    runs: [RUN],
    format: 'html',
    language: 'th',
    title: 'รายงาน'
  });
});

test('a report is removed only after asking', async () => {
  const fake = server();
  const { lab } = show(<Report />, fake, HERE);
  await userEvent.click(await screen.findByRole('button', { name: 'Write the report' }));
  const remove = await screen.findByRole('button', { name: 'Delete…' });
  await userEvent.click(remove);
  expect(lab.asked).toHaveLength(1);
  expect(fake.of('deleteReport')).toHaveLength(0);
  lab.reply = 'delete';
  await userEvent.click(remove);
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Delete…' })).toBeNull());
});
