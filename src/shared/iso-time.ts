const dayForm = /^(\d{4})-(\d\d)-(\d\d)$/;
const timeForm = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * A day (`2027-01-31`, which begins at midnight UTC) or a time with its zone (`2027-01-31T12:00:00Z`), in ISO 8601's extended form. A time
 * without zone is none: it would mean something else on each machine.
 * @returns milliseconds since the epoch; undefined for anything else, such as the 30th of February
 */
export function parseIsoTime(text: string): number | undefined {
  const day = timeForm.exec(text)?.[1] ?? text;
  if (!isDay(day)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}

/** The parser of JavaScript takes the 31st of February for the 3rd of March. */
function isDay(text: string): boolean {
  if (!dayForm.test(text)) return false;
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
