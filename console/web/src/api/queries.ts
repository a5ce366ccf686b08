/** Reads that several screens share. */
import { useQuery, type UseQueryResult } from '@tanstack/react-query';

import { answer, api, type Schemas } from './client';

export type EventField = Schemas['EventField'];
export type FieldIndex = ReadonlyMap<string, EventField>;
export type Status = Schemas['Status'];

const NO_FIELDS: FieldIndex = new Map();
const STATUS_EVERY_MS = 10_000;

/** The event catalogue by name; it changes only with a new version of the product. */
export function useFields(): FieldIndex {
  const { data } = useQuery({
    queryKey: ['fields'],
    queryFn: () => answer(api.GET('/api/v1/events/fields')),
    staleTime: Infinity,
    select: (fields) => new Map(fields.map((field) => [field.name, field])),
  });
  return data ?? NO_FIELDS;
}

export function useStatus(): UseQueryResult<Status> {
  return useQuery({
    queryKey: ['status'],
    queryFn: () => answer(api.GET('/api/v1/status')),
    refetchInterval: STATUS_EVERY_MS,
  });
}
