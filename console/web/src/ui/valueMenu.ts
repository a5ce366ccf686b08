import { createStore } from '../lib/store';

/** The value whose menu is open, and where; one menu serves every value on the screen. */
export interface OpenValue {
  field: string;
  value: string;
  left: number;
  top: number;
}

export const openValue = createStore<OpenValue | null>(null);
