import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';

import { useKeys } from '../../src/app/keys';

function Page({ act }: { act: () => void }) {
  useKeys({ j: act, Enter: act });
  return (
    <>
      <input aria-label="field" />
      <input aria-label="box" type="checkbox" />
      <button type="button">press</button>
    </>
  );
}

it('acts on its key, but not while something is typed or a control has the key', () => {
  const act = vi.fn();
  render(<Page act={act} />);
  fireEvent.keyDown(document.body, { key: 'j' });
  expect(act).toHaveBeenCalledTimes(1);
  fireEvent.keyDown(screen.getByLabelText('field'), { key: 'j' });
  fireEvent.keyDown(document.body, { key: 'j', ctrlKey: true });
  fireEvent.keyDown(screen.getByRole('button'), { key: 'Enter' });
  fireEvent.keyDown(document.body, { key: 'z' });
  expect(act).toHaveBeenCalledTimes(1);
  fireEvent.keyDown(screen.getByRole('button'), { key: 'j' });
  expect(act).toHaveBeenCalledTimes(2);
});

it('hears keys after a box was ticked', () => {
  const act = vi.fn();
  render(<Page act={act} />);
  fireEvent.keyDown(screen.getByLabelText('box'), { key: 'j' });
  expect(act).toHaveBeenCalledTimes(1);
});

it('leaves a field with Escape', () => {
  render(<Page act={vi.fn()} />);
  const field = screen.getByLabelText('field');
  field.focus();
  fireEvent.keyDown(field, { key: 'Escape' });
  expect(document.activeElement).not.toBe(field);
});
