/** A string (kept), or a whole number with more digits than a JavaScript number keeps. */
const STRING_OR_LARGE = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** JSON text whose large whole numbers are text: nanoseconds and 64-bit ids keep every digit. */
export function keepDigits(json: string): string {
  return json.replace(STRING_OR_LARGE, (found) => (found.startsWith('"') ? found : `"${found}"`));
}
