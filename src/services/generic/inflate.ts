import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { SwitchboardError, ValidationError } from "../../core/errors.js";

type Decompress = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

const decompressors: Readonly<Record<string, Decompress>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/**
 * The body without its `Content-Encoding`.
 * @param maxBytes how large it may become
 * @throws ValidationError; SwitchboardError HS_TOO_LARGE, HS_UNSUPPORTED_MEDIA_TYPE
 */
export function inflate(body: Buffer, contentEncoding: string | undefined, maxBytes: number): Buffer {
  const encoding = (contentEncoding ?? "").trim().toLowerCase();
  if (encoding === "" || encoding === "identity") return body;
  const decompress = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined;
  if (decompress === undefined) {
    throw new SwitchboardError("HS_UNSUPPORTED_MEDIA_TYPE", "The body's content encoding is not known; use gzip, deflate or br, or none.");
  }
  try {
    return decompress(body, { maxOutputLength: maxBytes });
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new SwitchboardError("HS_TOO_LARGE", "The body is too large once it is decompressed.", { cause });
    throw new ValidationError("The body is not compressed as its content encoding says.", { cause });
  }
}
