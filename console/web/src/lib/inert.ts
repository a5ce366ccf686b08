/**
 * Characters that show nothing, or move what stands beside them: controls, bidirectional overrides, zero-width ones.
 * A file called `invoice\u202Efdp.exe` would read as "invoiceexe.pdf" (MITRE ATT&CK T1036.002).
 */
const TREACHEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

/** Text of strangers with such characters written out, so that a name is read as it is. */
export function inert(text: string): string {
  return text.replace(TREACHEROUS, (it) => `\\u{${(it.codePointAt(0) ?? 0).toString(16)}}`);
}
