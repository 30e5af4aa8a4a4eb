import { cleanup } from '@testing-library/react';
import { afterEach, expect } from 'vitest';

import { problems } from './server';

afterEach(() => {
  cleanup();
  // A view that asks for what the contract has not, or a fixture that is none of its answers, fails its test.
  expect(problems.splice(0)).toEqual([]);
});
