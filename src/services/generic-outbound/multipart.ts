/** One part of a form (RFC 7578). */
export interface FormPart {
  readonly name: string;
  readonly fileName: string;
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** The body of a `multipart/form-data` request. @param boundary must not be guessable by whoever writes the parts, so that it stands in none */
export function encodeForm(parts: readonly FormPart[], boundary: string): Buffer {
  const encoded = parts.flatMap(({ name, fileName, contentType, bytes }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"; filename="${quoted(fileName)}"\r\n` +
        `content-type: ${contentType}\r\n\r\n`,
    ),
    bytes,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...encoded, Buffer.from(`--${boundary}--\r\n`)]);
}

/** As browsers write names (HTML standard, "Multipart form data"): nothing in them ends the line or the quotation. */
function quoted(text: string): string {
  return text
    .replace(/\r\n?|\n/g, "%0D%0A")
    .replaceAll('"', "%22")
    .replaceAll("\u0000", "%00");
}
