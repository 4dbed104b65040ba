const closings: Readonly<Record<string, string>> = { '"': '"', "'": "'", "“": "”" };

/** A name as it is meant: prose is handed on as typed, and people put names of several words in quotes. */
export function typedName(typed: string): string {
  const name = typed.trim();
  const closing = closings[name.charAt(0)];
  const isQuoted = closing !== undefined && name.length > 2 && name.indexOf(closing, 1) === name.length - 1;
  return isQuoted ? name.slice(1, -1).trim() : name;
}
