/** Outside text as a card shows it: on one line, and cut. @param longest in UTF-16 units; no character is split */
export function cardText(text: string, longest: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length <= longest ? line : `${line.slice(0, longest).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
