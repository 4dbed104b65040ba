import { fileKeyOf, type SettingSchema } from "../src/config/setting-schema.js";

/** docs/config.schema.json: the schema for editors, with `<key>File` beside each secret, and without words of our own. */
export function renderEditorSchema(schema: SettingSchema): string {
  const head = { $schema: "http://json-schema.org/draft-07/schema#", title: "Switchboard configuration" };
  return `${JSON.stringify({ ...head, ...toEditorSchema(schema) }, undefined, 2)}\n`;
}

type JsonSchema = Readonly<Record<string, unknown>>;

function toEditorSchema(schema: SettingSchema): JsonSchema {
  const { format, properties, items, required } = schema;
  return {
    ...annotations(schema),
    ...(schema.secret === true ? { writeOnly: true } : {}),
    ...(format === undefined ? {} : { format: format === "http-url" ? "uri" : format }),
    ...(properties === undefined ? {} : objectKeywords(properties, required ?? [])),
    ...(items === undefined ? {} : { items: toEditorSchema(items) }),
    ...extraKeys(schema),
  };
}

// Words of our own mean nothing to an editor, and conditions would demand keys of secrets that may stand elsewhere.
const leftOut = new Set(["secret", "format", "properties", "items", "additionalProperties", "required", "if", "then", "else"]);

function annotations(schema: SettingSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([keyword]) => !leftOut.has(keyword)));
}

function objectKeywords(properties: Readonly<Record<string, SettingSchema>>, required: readonly string[]): JsonSchema {
  // A secret may stand elsewhere, so its own key is never demanded.
  const demanded = required.filter((key) => properties[key]?.secret !== true);
  return {
    properties: Object.fromEntries(Object.entries(properties).flatMap(([key, property]) => withFileKey(key, property))),
    ...(demanded.length === 0 ? {} : { required: demanded }),
  };
}

function withFileKey(key: string, property: SettingSchema): readonly (readonly [string, JsonSchema])[] {
  const own = [key, toEditorSchema(property)] as const;
  if (property.secret !== true) return [own];
  return [own, [fileKeyOf(key), { type: "string", description: `Path of a file that holds \`${key}\`.` }]];
}

// What the loader warns of, an editor shows.
function extraKeys({ properties, additionalProperties }: SettingSchema): JsonSchema {
  if (typeof additionalProperties === "object") return { additionalProperties: toEditorSchema(additionalProperties) };
  if (additionalProperties !== undefined) return { additionalProperties };
  return properties === undefined ? {} : { additionalProperties: false };
}
