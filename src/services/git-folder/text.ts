/** Of a name, an e-mail address, or a line of an error. */
const longestLine = 255;

/**
 * Text of a repository's: UTF-8 unless its commit says otherwise. Where the bytes are none of what they are said to be, each is a character
 * of ISO 8859-1, so that nothing is lost and issue keys are found.
 * @param encoding the `encoding` of a commit
 * @param isCut the last character may be half of one, which is left out then
 */
export function decodeText(bytes: Uint8Array, encoding = "utf-8", isCut = false): string {
  return decodeStrictly(bytes, encoding, isCut) ?? decodeStrictly(bytes, "utf-8", isCut) ?? Buffer.from(bytes).toString("latin1");
}

function decodeStrictly(bytes: Uint8Array, encoding: string, isCut: boolean): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

/** Lines, without the control characters that terminals and JSON stumble over. */
export function cleanText(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/[^\P{Cc}\n\t]/gu, "");
}

/** One line of it. */
export function cleanLine(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, " ").trim();
  return Array.from(line.slice(0, 2 * longestLine))
    .slice(0, longestLine)
    .join("")
    .trim();
}
