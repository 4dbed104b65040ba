/** A name as it is typed in a command: in quotes where it would otherwise be several words. */
export function typedName(name: string): string {
  if (/^[^\s"']+$/.test(name)) return name;
  return name.includes('"') ? `'${name}'` : `"${name}"`;
}
