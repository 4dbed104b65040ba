/** Why a file cannot be opened, in words that follow its name: `does not exist`. */
export function describeOpenError(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  const known: Readonly<Record<string, string>> = { ENOENT: "does not exist", EACCES: "may not be read by this user" };
  return known[code] ?? `cannot be read (${code})`;
}
