import type { Mistake } from "./findings.js";
import { describeReadError, type ReadFile } from "./read-yaml.js";
import { entrySchema, environmentVariableOf, fileKeyOf, isRecord, type SettingSchema } from "./setting-schema.js";
import { Secret } from "../shared/secret.js";

/** Where secrets come from beside the configuration file itself. */
export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Stands before a value's path in names of variables. */
  readonly environmentPath: readonly string[];
  /** Relative paths count from the working folder, as Hookshot's do. */
  readonly readFile: ReadFile;
}

interface Filling extends SecretSources {
  readonly mistakes: Mistake[];
}

/**
 * A copy with secrets in place: the environment goes before what the file gives, be it the value or `<key>File`.
 * Objects that only the environment fills are made.
 */
export function fillSecrets(
  schema: SettingSchema,
  value: unknown,
  sources: SecretSources,
): { readonly value: unknown; readonly mistakes: Mistake[] } {
  const filling: Filling = { ...sources, mistakes: [] };
  return { value: fill(schema, value, [], filling), mistakes: filling.mistakes };
}

function fill(schema: SettingSchema, value: unknown, path: readonly string[], filling: Filling): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, index) => fill(schema.items ?? {}, item, [...path, String(index)], filling));
  }
  if (!isRecord(value)) return value;
  const filled = new Map(Object.entries(value));
  for (const [key, keySchema] of Object.entries(schema.properties ?? {})) {
    if (keySchema.secret === true) fillSecret(filled, key, [...path, key], filling);
    else fillChild(filled, key, keySchema, path, filling);
  }
  const entry = entrySchema(schema);
  for (const key of filled.keys()) {
    if (entry !== undefined && schema.properties?.[key] === undefined) fillChild(filled, key, entry, path, filling);
  }
  return Object.fromEntries(filled);
}

function fillChild(filled: Map<string, unknown>, key: string, schema: SettingSchema, path: readonly string[], filling: Filling): void {
  // Top-level sections switch services on: the environment alone never does that.
  const mayBeMade = schema.type === "object" && path.length > 0;
  const present = filled.get(key);
  if (present === undefined && !mayBeMade) return;
  const child = fill(schema, present ?? {}, [...path, key], filling);
  if (present !== undefined || (isRecord(child) && Object.keys(child).length > 0)) filled.set(key, child);
}

function fillSecret(filled: Map<string, unknown>, key: string, path: readonly string[], filling: Filling): void {
  const fileKey = fileKeyOf(key);
  const file = filled.get(fileKey);
  filled.delete(fileKey);
  const fromEnvironment = filling.env[environmentVariableOf([...filling.environmentPath, ...path])];
  if (fromEnvironment !== undefined && fromEnvironment !== "") {
    filled.set(key, fromEnvironment);
  } else if (file !== undefined && filled.has(key)) {
    filling.mistakes.push({ path, sentence: `stands beside ${fileKey}; give only one of them.` });
  } else if (typeof file === "string") {
    filled.set(key, readSecretFile(file, [...path.slice(0, -1), fileKey], filling));
  }
}

function readSecretFile(file: string, path: readonly string[], filling: Filling): string {
  try {
    // Editors and `echo` end a file with a line break that is not part of the secret.
    const secret = filling.readFile(file).replace(/\r?\n$/, "");
    if (secret !== "") return secret;
    filling.mistakes.push({ path, sentence: `the file ${file} is empty.` });
  } catch (error) {
    filling.mistakes.push({ path, sentence: `the file ${file} ${describeReadError(error)}.` });
  }
  // Nobody gets it: a mistake ends the loading. It only keeps the schema from complaining of the same key again.
  return "unusable";
}

/** A deeply frozen copy in which every secret is a `Secret`. */
export function seal(schema: SettingSchema, value: unknown): unknown {
  if (schema.secret === true && typeof value === "string") return new Secret(value);
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return Object.freeze(items.map((item) => seal(schema.items ?? {}, item)));
  }
  if (!isRecord(value)) return value;
  const entry = entrySchema(schema) ?? {};
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, child]) => [key, seal(schema.properties?.[key] ?? entry, child)])),
  );
}

/** Every secret of a schema as a path; names that the administrator chooses stand as `<name>`, positions in lists as `<index>`. */
export function secretPaths(schema: SettingSchema, path: readonly string[] = []): readonly (readonly string[])[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    child.secret === true ? [[...path, key]] : secretPaths(child, [...path, key]),
  );
  const entry = entrySchema(schema);
  return [
    ...below,
    ...(entry === undefined ? [] : secretPaths(entry, [...path, "<name>"])),
    ...(schema.items === undefined ? [] : secretPaths(schema.items, [...path, "<index>"])),
  ];
}
