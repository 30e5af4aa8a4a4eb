import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';

import Doctor from '../../src/views/doctor';
import SettingsView from '../../src/views/settings';
import { ERROR, SERVER, SETTINGS, task } from '../fixtures';
import { show } from '../harness';
import { FakeServer, Status } from '../server';

const KERNELS = [
  {
    name: 'python3',
    display_name: 'Python 3',
    language: 'python',
    workbench: '0.1.0',
    usable: true,
    reason: ''
  },
  { name: 'ir', display_name: 'R', language: 'R', workbench: null, usable: false, reason: 'it is no Python' }
];

function server(): FakeServer {
  return new FakeServer({
    getServer: () => SERVER,
    listKernels: () => ({ kernels: KERNELS }),
    patchSettings: call => ({ ...SETTINGS, ...(call.body as object) })
  });
}

test('what was chosen is saved at once, and a refusal says what to do', async () => {
  const fake = server();
  const { lab } = show(<SettingsView />, fake, { view: 'settings', runs: [] });
  await userEvent.selectOptions(
    await screen.findByRole('combobox', { name: 'Kernel of new runs' }),
    'python3'
  );
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Language of reports' }), 'ไทย');
  await userEvent.click(screen.getByRole('button', { name: 'Remove the folder models' }));
  await userEvent.type(screen.getByRole('textbox', { name: 'Folder' }), 'other');
  await userEvent.click(screen.getByRole('button', { name: 'Add' }));
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(lab.said).toEqual(['The settings are saved.']));
  expect(fake.of('patchSettings')[0]!.body).toEqual({
    folders: ['other'],
    kernel: 'python3',
    report_language: 'th',
    page_size: 50
  });
  fake.answer('patchSettings', () => new Status(404, { error: ERROR }));
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect((await screen.findByRole('alert')).textContent).toContain(ERROR.remedy);
});

test('kernels that cannot run models say why, and what the configuration says is shown', async () => {
  show(<SettingsView />, server(), { view: 'settings', runs: [] });
  expect(await screen.findByText('it is no Python')).toBeTruthy();
  expect(screen.queryByRole('option', { name: 'R' })).toBeNull();
  const about = screen.getByRole('region', { name: 'The server' });
  expect(within(about).getByText(SETTINGS.server.home)).toBeTruthy();
  expect(within(about).getByText('72 h 0 min')).toBeTruthy();
});

test('the doctor shows first what does not work', async () => {
  const checks = [
    { name: 'python', state: 'ok', found: '3.11', remedy: '' },
    { name: 'memory', state: 'failed', found: 'none', remedy: 'Buy some.' },
    { name: 'fonts', state: 'warning', found: 'few', remedy: 'Install fonts.' }
  ];
  const fake = new FakeServer({ startDoctor: () => task('doctor', { checks }) });
  show(<Doctor />, fake, { view: 'doctor', runs: [] });
  const table = await screen.findByRole('table', { name: 'Checks' });
  expect(
    within(table)
      .getAllByRole('rowheader')
      .map(cell => cell.textContent)
  ).toEqual(['memory', 'fonts', 'python']);
  expect(screen.getByText('2 checks found something.')).toBeTruthy();
  fake.answer('startDoctor', () => task('doctor', { checks: checks.slice(0, 1) }));
  await userEvent.click(screen.getByRole('button', { name: 'Check again' }));
  expect(await screen.findByText('Everything is fine.')).toBeTruthy();
});
