import { ValidationError } from "../../core/errors.js";
import { decodeJson } from "./decode-json.js";
import { decodeForm, decodeQuery } from "./decode-query.js";
import { decodeXml } from "./decode-xml.js";
import { inflate } from "./inflate.js";

/** How a request carries its payload. */
export interface Carried {
  readonly method: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The raw bytes; of a GET, its query. */
  readonly body: Buffer;
}

/** More levels than any payload has; deeper ones would exhaust the stack of what walks them. */
const deepest = 400;

/**
 * The payload, by Hookshot's order of decoding (reference 4.2): XML, form, JSON, text. Any other type, or none, gives an empty object.
 * @param maxBytes how large a compressed body may become
 * @throws ValidationError when the body is not what its type says; SwitchboardError HS_TOO_LARGE, HS_UNSUPPORTED_MEDIA_TYPE
 */
export function decodePayload({ method, contentType, contentEncoding, body }: Carried, maxBytes: number): unknown {
  if (method === "GET") return checkDepth(decodeQuery(body.toString("utf8")));
  const type = mediaTypeOf(contentType);
  const read = (): string => toText(inflate(body, contentEncoding, maxBytes), contentType);
  if (/^(?:.+\/xml|.+\+xml)$/.test(type)) return asData(checkDepth(decodeXml(read())));
  if (type === "application/x-www-form-urlencoded") return decodeForm(read());
  if (type === "application/json") return checkDepth(decodeJson(read()));
  return type.startsWith("text/") ? read() : {};
}

/** What every object inherits comes along where an element is called so: xml2js takes it for an earlier element of that name. */
function asData(payload: unknown): unknown {
  return JSON.parse(JSON.stringify(payload)) as unknown;
}

function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1).join("").trim().toLowerCase();
}

/** A charset that nobody knows is read as UTF-8: some wrong letters are better than a lost message. */
function toText(bytes: Buffer, contentType: string | undefined): string {
  const [, label = "utf-8"] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? "") ?? [];
  return decoderFor(label).decode(bytes);
}

function decoderFor(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}

/** Without recursion, which is what it guards. */
function checkDepth(payload: unknown): unknown {
  let level: readonly unknown[] = [payload];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw new ValidationError(`The body is nested more than ${deepest} levels deep.`);
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values<unknown>({ ...value }) : []));
  }
  return payload;
}
