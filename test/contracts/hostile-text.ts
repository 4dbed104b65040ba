/** Text that somebody outside may choose, and that has to stay text. None of it changes which messages are sent. */
export const hostileTexts: readonly string[] = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "[x](javascript:alert(1))",
  "![x](https://example.org/x.png)",
  "<https://example.org/>",
  "@room @alice:example.org https://matrix.to/#/@alice:example.org",
  "one\ntwo\r\n\n# three\n> four\n- five\n\n    six",
  "`code` ``` fence",
  "*a* **b** _c_ __d__ ~~e~~",
  "** \\",
  "  \t padded\u00a0 ",
  "1. one",
  "| a | b |\n| - | - |",
  "&lt;b&gt; &#60;i&#62;",
  "__proto__",
  "constructor",
  "half a pair \ud83d",
  "\u0000\u001b[31m\u202eright to left",
];

/** What stands in the place of a hostile text for comparison. */
export const harmlessText = "harmless";

type Path = readonly (string | number)[];

/** The paths of every string in a JSON value. */
export function textPaths(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value === "string") return [path];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => textPaths(child, [...path, Array.isArray(value) ? Number(key) : key]));
}

/** A copy of a JSON value with another text at one place. */
export function plantAt(value: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value)) return value.map((child: unknown, index) => (index === key ? plantAt(child, rest, text) : child));
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(entries.map(([name, child]) => [name, name === key ? plantAt(child, rest, text) : child]));
}
