/** The text's first so many characters (code points); no character is split. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // So many units hold the characters that are kept, and a pair which the cut splits comes behind them.
  return Array.from(text.slice(0, 2 * longest))
    .slice(0, longest)
    .join("");
}
