import { createPrivateKey } from "node:crypto";
import { Ajv, type AnySchema, type ErrorObject, type Options, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";
import { parseHttpUrl } from "./url.js";

// The package is CommonJS: under NodeNext its function is the module's `default`.
const addFormats = addFormatsModule.default;

export type Validated<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface Problem {
  /** Where, as a dotted path to be said with the message; empty for the whole value, and where the message says it. */
  readonly path: string;
  /** Where, for programs, whatever the message says: a JSON Pointer (RFC 6901), such as `/events/0`; empty for the whole value. */
  readonly place: string;
  readonly message: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** An unencrypted key in PEM, as RS256 needs it. What OpenSSL says of others may quote them, so it is not told. */
function isRsaPrivateKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

/** A schema may say in words what fits, with a sentence that names the key; it takes the place of path and message. */
function sentenceOf(schema: ErrorObject["parentSchema"]): string | undefined {
  // ajv types a schema's members `any`; what is not text is no sentence.
  const sentence: unknown = schema?.["mistake"];
  return typeof sentence === "string" ? sentence : undefined;
}

function toProblem(error: ErrorObject): Problem {
  const sentence = sentenceOf(error.parentSchema);
  const { instancePath: place, keyword, params } = error;
  if (sentence !== undefined) return { path: "", place, message: sentence, keyword: "mistake", params };
  const path = place.slice(1).split("/").map(unescapePointer).join(".");
  return { path, place, message: error.message ?? "is not valid", keyword, params };
}

function unescapePointer(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~");
}

/**
 * Makes a check of a JSON Schema. The checked value may be changed: defaults are filled in, and with `removeAdditional` keys the schema does
 * not name are dropped. The schema is compiled once, when something is checked for the first time: compiling takes milliseconds, and a start
 * that compiled everything would keep the first webhook waiting.
 */
export function compileSchema<T>(schema: AnySchema, options: Options = {}): (value: unknown) => Validated<T> {
  let compiled: ValidateFunction | undefined;
  return (value) => {
    const validate = (compiled ??= compile(schema, options));
    // The schema describes T: whoever calls keeps the two equal.
    if (validate(value)) return { ok: true, value: value as T };
    // `if` only repeats that something in its `then` or `else` does not fit.
    return { ok: false, problems: (validate.errors ?? []).filter((error) => error.keyword !== "if").map(toProblem) };
  };
}

function compile(schema: AnySchema, options: Options): ValidateFunction {
  // The schemas are ours: checking each with the schema of schemas would take longer than compiling it. Tests do, for configurations and states.
  const unchecked = { meta: false, validateSchema: false };
  const ajv = new Ajv({ ...unchecked, useDefaults: true, allErrors: true, allowUnionTypes: true, verbose: true, ...options });
  addFormats(ajv);
  ajv.addFormat("http-url", (text: string) => parseHttpUrl(text) !== undefined);
  ajv.addFormat("rsa-private-key", isRsaPrivateKey);
  // What to say when the value does not fit; it checks nothing.
  ajv.addKeyword("mistake");
  // Marks values that may come from a file or the environment; it checks nothing.
  ajv.addKeyword("secret");
  return ajv.compile(schema);
}

/** All problems in one line: `events.0: must be string, url: is required`. */
export function describeProblems(problems: readonly Problem[]): string {
  const sentences = problems.map((problem) => (problem.path === "" ? problem.message : `${problem.path}: ${problem.message}`));
  return [...new Set(sentences)].join(", ");
}
