import { errorSchema } from "./error-schema.js";
import type { JsonSchema } from "./route.js";

/** Keywords of ours, which tell our own validator and our own generators something (shared/validate.ts). */
const ownKeywords: ReadonlySet<string> = new Set(["mistake", "secret"]);

/** Formats that readers of OpenAPI 3.1 know; what is not here is ours and is left out, or stands under the name it has there. */
const formats: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uuid", "regex"].map((name) => [
      name,
      name,
    ]),
  ),
  "http-url": "uri",
};

/** Members whose value is a schema or a list of schemas, and those whose value is a map of schemas (JSON Schema 2020-12, section 10). */
const schemaMembers: ReadonlySet<string> = new Set([
  ...["items", "prefixItems", "contains", "additionalProperties", "propertyNames", "unevaluatedProperties", "unevaluatedItems"],
  ...["allOf", "anyOf", "oneOf", "not", "if", "then", "else"],
]);
const schemaMaps: ReadonlySet<string> = new Set(["properties", "patternProperties", "dependentSchemas", "$defs"]);

/** A schema of ours as others read it. The shape of errors becomes a reference. */
export function toOpenApiSchema(schema: JsonSchema): JsonSchema {
  return schema === errorSchema ? { $ref: "#/components/schemas/Error" } : translate(schema);
}

/** The schema itself, where a reference would refer to it. */
export function translate(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).flatMap(([key, value]) => translateMember(key, value)));
}

function translateMember(key: string, value: unknown): readonly (readonly [string, unknown])[] {
  if (ownKeywords.has(key)) return [];
  if (key === "format") return typeof value === "string" && formats[value] !== undefined ? [[key, formats[value]]] : [];
  if (schemaMembers.has(key)) return [[key, Array.isArray(value) ? value.map(translateAny) : translateAny(value)]];
  if (schemaMaps.has(key)) return [[key, mapValues(value, translateAny)]];
  return [[key, value]];
}

/** True and false are schemas too. */
function translateAny(value: unknown): unknown {
  // Members of that name hold schemas.
  return typeof value === "object" && value !== null ? toOpenApiSchema(value as JsonSchema) : value;
}

function mapValues(value: unknown, map: (value: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, map(member)]));
}
