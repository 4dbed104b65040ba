/** As many as an entity may name (Development Information API 0.10, `issueKeys`). */
const mostKeys = 500;
/** Longer texts are descriptions full of logs and the like; keys stand at their beginning. */
const longestText = 100_000;

/**
 * An issue's key within a text. It neither begins nor ends within a word. The pattern takes time in proportion to the text: a word is tried at
 * its beginning only, and the two repetitions are limited and share no character with what follows them.
 */
const keyInText = /(?<![\p{L}\p{M}\p{N}_])\p{L}[\p{L}0-9_]{1,255}-[0-9]{1,255}(?![\p{L}\p{M}\p{N}_])/gu;
/** The same once more, because capitals of a letter may be two. */
const wholeKey = /^\p{L}[\p{L}0-9_]{1,255}-[0-9]{1,255}$/u;

/** Keys of issues that the texts name: in upper case, each once, in the order in which they come. */
export function findIssueKeys(...texts: readonly (string | undefined)[]): readonly string[] {
  const found = new Set<string>();
  for (const text of texts) {
    for (const [match] of (text ?? "").slice(0, longestText).matchAll(keyInText)) {
      const key = match.toUpperCase();
      if (wholeKey.test(key)) found.add(key);
      if (found.size >= mostKeys) return [...found];
    }
  }
  return [...found];
}
