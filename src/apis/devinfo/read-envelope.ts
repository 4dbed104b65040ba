import { ValidationError } from "../../core/errors.js";
import { wellFormed } from "../../shared/well-formed.js";
import { cutText, isLongerThan } from "./cut-text.js";
import { figuresOf } from "./long-integers.js";
import { isObject, member, type SentObject } from "./sent-object.js";

/** What a body says besides its repositories. */
export interface Envelope {
  /** Tags of its repositories; empty takes them away, absent leaves them. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly isBackfill: boolean;
  readonly preventTransitions: boolean;
  /** `providerMetadata.product`. */
  readonly product?: string;
}

const mostProperties = 5;
const longestProperty = 255;
/** Half of a surrogate pair on its own, and NUL: neither could be kept, nor stand in an address to ask for it. */
const unfitText = /\p{Surrogate}|\0/u;

/** @throws ValidationError */
export function readEnvelope(body: SentObject): Envelope {
  const properties = readProperties(member(body, "properties"));
  const product = readProduct(member(body, "providerMetadata"));
  return {
    isBackfill: readOperationType(member(body, "operationType")),
    preventTransitions: readFlag(member(body, "preventTransitions"), "preventTransitions"),
    ...(properties === undefined ? {} : { properties }),
    ...(product === undefined ? {} : { product }),
  };
}

function readOperationType(type: unknown): boolean {
  if (type !== undefined && type !== "NORMAL" && type !== "BACKFILL") throw new ValidationError("operationType is NORMAL or BACKFILL.");
  return type === "BACKFILL";
}

function readFlag(flag: unknown, name: string): boolean {
  if (flag !== undefined && typeof flag !== "boolean") throw new ValidationError(`${name} is true or false.`);
  return flag === true;
}

/** For people who look who sent what; long ones are cut. */
function readProduct(metadata: unknown): string | undefined {
  if (metadata === undefined) return undefined;
  if (!isObject(metadata)) throw new ValidationError("providerMetadata has to be an object.");
  const product = member(metadata, "product");
  if (product !== undefined && typeof product !== "string") throw new ValidationError("providerMetadata.product has to be text.");
  return product === undefined ? undefined : wellFormed(cutText(product, longestProperty));
}

function readProperties(properties: unknown): Envelope["properties"] {
  if (properties === undefined) return undefined;
  if (!isObject(properties)) throw new ValidationError("properties has to be an object.");
  const pairs = Object.entries(properties);
  if (pairs.length > mostProperties) throw new ValidationError(`properties has more than ${mostProperties} pairs.`);
  return Object.fromEntries(pairs.map(([name, value]) => [readName(name), readValue(value)]));
}

function readName(name: string): string {
  if (name.startsWith("_")) throw new ValidationError("A name of properties begins with _.");
  if (name.includes(":")) throw new ValidationError("A name of properties has a colon.");
  checkText(name, "name");
  return name;
}

/** Clients send numbers too, and ask for them by their text. */
function readValue(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) throw new ValidationError("A value of properties is beyond all numbers.");
  const text = typeof value === "number" || typeof value === "boolean" ? String(value) : (figuresOf(value) ?? value);
  if (typeof text !== "string") throw new ValidationError("A value of properties is neither text nor number nor true nor false.");
  checkText(text, "value");
  return text;
}

function checkText(text: string, what: string): void {
  if (isLongerThan(text, longestProperty))
    throw new ValidationError(`A ${what} of properties has more than ${longestProperty} characters.`);
  if (unfitText.test(text))
    throw new ValidationError(`A ${what} of properties has text that is not well-formed Unicode, or a NUL character.`);
}
