import { createStore } from '../lib/store';

/** The field whose values are looked at, and where; one panel serves every field name on the screen. */
export interface OpenField {
  name: string;
  left: number;
  top: number;
}

export const openField = createStore<OpenField | null>(null);
