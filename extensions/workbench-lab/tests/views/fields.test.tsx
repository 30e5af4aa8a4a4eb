import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { type ReactElement, useState } from 'react';
import { expect, test } from 'vitest';

import { NumberField } from '../../src/views/fields';

const values: (number | null)[] = [];

function Field({ empty }: { empty?: string }): ReactElement {
  const [value, setValue] = useState<number | null>(50);
  const set = (next: number | null): void => {
    values.push(next);
    setValue(next);
  };
  return (
    <NumberField
      label="n"
      value={value}
      least={10}
      most={500}
      {...(empty !== undefined && { empty })}
      onChange={set}
    />
  );
}

test('a number is typed digit by digit, and only one that may be counts', async () => {
  values.length = 0;
  render(<Field />);
  const field = screen.getByRole('spinbutton', { name: 'n' });
  await userEvent.clear(field);
  await userEvent.type(field, '200');
  expect(field).toHaveProperty('value', '200');
  expect(values).toEqual([20, 200]);
  await userEvent.clear(field);
  await userEvent.type(field, '9000');
  expect(values.at(-1)).toBe(90);
  await userEvent.tab();
  expect(field).toHaveProperty('value', '500');
});

test('an empty field is no number only where that means something', async () => {
  values.length = 0;
  const { unmount } = render(<Field />);
  await userEvent.clear(screen.getByRole('spinbutton', { name: 'n' }));
  await userEvent.tab();
  expect(screen.getByRole('spinbutton', { name: 'n' })).toHaveProperty('value', '50');
  expect(values).toEqual([]);
  unmount();
  render(<Field empty="any" />);
  await userEvent.clear(screen.getByRole('spinbutton', { name: 'n' }));
  expect(values).toEqual([null]);
});
