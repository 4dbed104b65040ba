/** A test, by its file and by its full name: the titles of its groups and its own, joined by " > ". */
export interface RanTest {
  readonly file: string;
  readonly name: string;
  readonly state: "passed" | "failed" | "skipped" | "pending";
}

/** One row of the table of features in docs/hookshot-parity.md. */
export interface ParityRow {
  readonly number: number;
  readonly feature: string;
  /** `yes`, `other` (done differently) or `no`; the last two give their reason in the row. */
  readonly state: string;
  /** The tests that show it: a file, and what the names of its tests begin with. */
  readonly shownBy: readonly { readonly file: string; readonly name: string }[];
}

const rowPattern = /^\|\s*(\d+)\s*\|([^|]*)\|\s*(\w+)\s*\|([^|]*)\|/;
const referencePattern = /`([^`]+\.test\.ts)`: "([^"]+)"/g;

/** Reads the rows of the document's tables: number, feature, state, tests as `` `file`: "beginning of the name" ``. */
export function readParityRows(document: string): readonly ParityRow[] {
  return document.split("\n").flatMap((line): ParityRow[] => {
    const [, number, feature = "", state = "", last = ""] = rowPattern.exec(line) ?? [];
    if (number === undefined) return [];
    const shownBy = [...last.matchAll(referencePattern)].map(([, file = "", name = ""]) => ({ file, name }));
    return [{ number: Number(number), feature: feature.trim(), state, shownBy }];
  });
}

/** What the document says and the run did not show: one sentence each. */
export function findUnshown(rows: readonly ParityRow[], tests: readonly RanTest[]): readonly string[] {
  return rows.flatMap(({ number, feature, state, shownBy }) => {
    const row = `Row ${number} (${feature})`;
    if (!["yes", "other", "no"].includes(state)) return [`${row} says "${state}", which is neither yes, other nor no.`];
    if (shownBy.length === 0) return state === "no" ? [] : [`${row} names no test.`];
    return shownBy.flatMap(({ file, name }) => {
      const meant = tests.filter((test) => test.file === file && test.name.startsWith(name));
      if (meant.length === 0) return [`${row} names a test that did not run: ${file}: ${name}`];
      return meant.every((test) => test.state === "passed") ? [] : [`${row} names a test that did not pass: ${file}: ${name}`];
    });
  });
}
