import type { components } from './schema.gen';

export type Fault = components['schemas']['Fault'];

/** A call that was refused (status, fault) or did not reach the console (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly fault: Fault | null,
    cause?: unknown,
  ) {
    super(fault?.message ?? `HTTP ${status}`, { cause });
    this.name = 'ApiError';
  }

  is(code: string): boolean {
    return this.fault?.code === code;
  }
}

/** A proxy in between may answer something that is no Problem at all. */
export function faultOf(body: unknown): Fault | null {
  if (typeof body !== 'object' || body === null || !('error' in body)) return null;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return null;
  return error as Fault;
}

/** Refusals stay refusals; only a console that is away or overloaded is asked again. */
export function worthRetrying(failures: number, error: Error): boolean {
  const away = error instanceof ApiError && (error.status === 0 || error.status >= 502);
  return away && failures < 2;
}
