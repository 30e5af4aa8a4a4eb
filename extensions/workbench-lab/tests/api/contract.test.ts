import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { TASK_RESULTS } from '../../src/api/tasks';
import { contract } from '../server';

const ROOT = resolve(__dirname, '../..');

test('the types are those of the contract as it is: run `jlpm types`', () => {
  const scripts = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf-8')) as {
    scripts: { types: string };
  };
  const [command, ...options] = scripts.scripts.types.split(' ');
  const folder = mkdtempSync(join(tmpdir(), 'contract-'));
  try {
    const output = join(folder, 'contract.ts');
    const all = [...options.slice(0, -1), output];
    execFileSync(join(ROOT, 'node_modules/.bin', command!), all, { cwd: ROOT, stdio: 'pipe' });
    expect(readFileSync(join(ROOT, 'src/api/contract.ts'), 'utf-8')).toBe(readFileSync(output, 'utf-8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('results of tasks are those that the contract names', () => {
  const named: Record<string, string> = {};
  for (const [path, methods] of Object.entries(contract.paths)) {
    const result = methods.post?.['x-result'];
    if (result) {
      named[path] = result.$ref.replace('#/components/schemas/', '');
    }
  }
  expect(TASK_RESULTS).toEqual(named);
});
