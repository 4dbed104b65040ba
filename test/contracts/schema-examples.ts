import { fileKeyOf, entrySchema, isRecord, type SettingSchema } from "../../src/config/setting-schema.js";

/** What is put in the place of a secret. */
type Plant = (schema: SettingSchema) => string;

/** A value that fits a schema: what is required, what has examples, and every word that a list may hold. Secrets are planted. */
export function exampleOf(schema: SettingSchema, plant: Plant): unknown {
  if (schema.secret === true) return plant(schema);
  const [example] = schema.examples ?? [];
  if (example !== undefined) return replant(schema, example, plant);
  if (schema.type === "object") return exampleObject(schema, plant);
  if (schema.type === "array") return schema.items?.enum ?? schema.default ?? [];
  return schema.default ?? schema.enum?.[0] ?? (schema.type === "integer" ? 1 : "example");
}

function exampleObject(schema: SettingSchema, plant: Plant): unknown {
  const wanted = Object.entries(schema.properties ?? {}).filter(
    ([key, property]) => (schema.required ?? []).includes(key) || property.examples !== undefined || property.items?.enum !== undefined,
  );
  return Object.fromEntries(wanted.map(([key, property]) => [key, exampleOf(property, plant)]));
}

/** An example with its own secrets replaced. */
function replant(schema: SettingSchema, value: unknown, plant: Plant): unknown {
  if (schema.secret === true) return plant(schema);
  if (!isRecord(value)) return value;
  const entry = entrySchema(schema) ?? {};
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, replant(schema.properties?.[key] ?? entry, child, plant)]));
}

/** Every section of a schema, with its path, that names the keys it takes. */
export function closedSections(
  schema: SettingSchema,
  path: readonly string[] = [],
): readonly { path: readonly string[]; schema: SettingSchema }[] {
  const children = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => closedSections(child, [...path, key]));
  const entry = entrySchema(schema);
  const below = entry === undefined ? [] : closedSections(entry, [...path, "example"]);
  const isClosed = schema.properties !== undefined && schema.additionalProperties !== true;
  return [...(isClosed ? [{ path, schema }] : []), ...children, ...below];
}

/** Secrets of a schema that have no property named for their file beside them, which the loader makes up for each. */
export function clashingFileKeys(schema: SettingSchema): readonly string[] {
  return closedSections(schema).flatMap(({ path, schema: { properties = {} } }) =>
    Object.entries(properties)
      .filter(([key, property]) => property.secret === true && Object.hasOwn(properties, fileKeyOf(key)))
      .map(([key]) => [...path, key].join(".")),
  );
}
