import { suggest, type Findings } from "./findings.js";
import { entrySchema, fileKeyOf, isRecord, type SettingSchema } from "./setting-schema.js";

/**
 * Makes a fresh copy of what YAML gave, so that the schema can be applied strictly while everything that Hookshot takes still loads:
 * empty keys (`jira:` with nothing below) count as absent, unknown keys are reported and dropped,
 * and scalars of another type are taken for what they mean.
 */
export function tidy(schema: SettingSchema, value: unknown, path: readonly string[], findings: Findings): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    return items.map((item, index) => tidy(schema.items ?? {}, item, [...path, String(index)], findings));
  }
  if (isRecord(value)) return tidyRecord(schema, value, path, findings);
  return tidyScalar(schema, value, path, findings);
}

function tidyRecord(
  schema: SettingSchema,
  record: Readonly<Record<string, unknown>>,
  path: readonly string[],
  findings: Findings,
): Record<string, unknown> {
  const known = knownKeys(schema);
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(record)) {
    if (value === null || value === undefined) continue;
    const keySchema = known.get(key) ?? entrySchema(schema);
    if (keySchema !== undefined) entries.push([key, tidy(keySchema, value, [...path, key], findings)]);
    else if (isOpen(schema)) entries.push([key, value]);
    else findings.warn([...path, key], `is no known key and has no effect.${suggest(key, [...known.keys()])}`);
  }
  // fromEntries defines own properties, so that a key `__proto__` stays a key.
  return Object.fromEntries(entries);
}

/** True where keys that the schema does not name are welcome. */
function isOpen(schema: SettingSchema): boolean {
  return schema.properties === undefined || schema.additionalProperties === true;
}

function knownKeys(schema: SettingSchema): ReadonlyMap<string, SettingSchema> {
  const known = new Map<string, SettingSchema>();
  for (const [key, keySchema] of Object.entries(schema.properties ?? {})) {
    known.set(key, keySchema);
    if (keySchema.secret === true) known.set(fileKeyOf(key), { type: "string" });
  }
  return known;
}

function tidyScalar(schema: SettingSchema, value: unknown, path: readonly string[], findings: Findings): unknown {
  switch (schema.type) {
    case "string":
      return typeof value === "number" || typeof value === "boolean" ? readAsText(value, path, findings) : value;
    case "integer":
    case "number":
      return typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    case "boolean":
      return typeof value === "string" ? readAsBoolean(value, path, findings) : value;
    case undefined:
    default:
      return value;
  }
}

function readAsText(value: number | boolean, path: readonly string[], findings: Findings): string {
  // YAML has dropped leading zeros and signs by now; the value itself may be a secret and is not repeated.
  findings.warn(path, `is read as a ${typeof value} by YAML and taken as text; put it in quotes.`);
  return String(value);
}

function readAsBoolean(text: string, path: readonly string[], findings: Findings): unknown {
  const meanings: Readonly<Record<string, boolean>> = { true: true, yes: true, on: true, false: false, no: false, off: false };
  const meaning = meanings[text.toLowerCase()];
  if (meaning === undefined) return text;
  findings.warn(
    path,
    `is text in YAML 1.2, which Hookshot takes for true whatever it says; it counts as ${String(meaning)} here. Write true or false.`,
  );
  return meaning;
}
