/**
 * The password that was just typed at the door, for the one form that follows when it must be changed. Only in this page's
 * memory: never stored, and gone once used, signed out or reloaded.
 */
let password = '';

export function carry(typed: string): void {
  password = typed;
}

export function carried(): string {
  return password;
}

export function forget(): void {
  password = '';
}
