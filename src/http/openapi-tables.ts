import type { OpenApiDocument } from "./openapi-document.js";
import type { JsonSchema } from "./route.js";

/** A key of a JSON value, as a row of a table. */
export interface SchemaRow {
  /** `config.events[]`. */
  readonly path: string;
  readonly type: string;
  /** `required`, the default, or nothing. */
  readonly need: string;
  readonly meaning: string;
}

/** The keys of a value, and of what is in it. */
export function rowsOf(schema: JsonSchema, document: OpenApiDocument, path = ""): readonly SchemaRow[] {
  const known = resolve(schema, document);
  const parts = [known, ...listOf(known["allOf"]), ...listOf(known["oneOf"]), ...listOf(known["anyOf"])];
  return parts.flatMap((part) => [
    ...Object.entries(mapOf(part["properties"])).flatMap(([name, child]) =>
      rowsOfKey(child, document, joinPath(path, name), isRequired(part, name)),
    ),
    ...namedRows(part, document, path),
    ...itemRows(part, document, path),
  ]);
}

function rowsOfKey(schema: JsonSchema, document: OpenApiDocument, path: string, required: boolean): readonly SchemaRow[] {
  const { description = "" } = schema;
  const row = { path, type: describeSchema(schema), need: required ? "required" : defaultOf(schema), meaning: String(description) };
  return [row, ...rowsOf(schema, document, path)];
}

/** Keys that whoever writes the value chooses. */
function namedRows({ additionalProperties }: JsonSchema, document: OpenApiDocument, path: string): readonly SchemaRow[] {
  return isSchema(additionalProperties) ? rowsOfKey(additionalProperties, document, joinPath(path, "<name>"), false) : [];
}

function itemRows({ items }: JsonSchema, document: OpenApiDocument, path: string): readonly SchemaRow[] {
  return isSchema(items) ? rowsOf(items, document, `${path}[]`) : [];
}

function joinPath(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** A reference stands for what it names. */
function resolve(schema: JsonSchema, { components }: OpenApiDocument): JsonSchema {
  const { $ref } = schema;
  const name = typeof $ref === "string" ? $ref.split("/").at(-1) : undefined;
  return (name === undefined ? undefined : components.schemas[name]) ?? schema;
}

/** What a value is, in a few words. */
export function describeSchema(schema: JsonSchema): string {
  const { $ref, type, items, format } = schema;
  if (typeof $ref === "string") return `[${$ref.split("/").at(-1) ?? ""}](#errors)`;
  if ("const" in schema) return `\`${JSON.stringify(schema["const"])}\``;
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => `\`${String(value)}\``).join(", ");
  if (type === "array") return isSchema(items) ? `list of ${describeSchema(items)}` : "list";
  if (format === "uri") return "URL";
  if (typeof type === "string") return type + describeBounds(schema);
  return Array.isArray(type) ? type.join(" or ") : "anything";
}

function describeBounds({ minimum, maximum }: JsonSchema): string {
  if (typeof minimum !== "number") return "";
  return typeof maximum === "number" ? `, ${minimum} to ${maximum}` : `, from ${minimum}`;
}

export function defaultOf({ default: value }: JsonSchema): string {
  return value === undefined ? "" : `\`${JSON.stringify(value)}\``;
}

function isRequired({ required }: JsonSchema, name: string): boolean {
  return Array.isArray(required) && required.includes(name);
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly JsonSchema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

function mapOf(value: unknown): Readonly<Record<string, JsonSchema>> {
  // Members of that name hold schemas.
  return isSchema(value) ? (value as Readonly<Record<string, JsonSchema>>) : {};
}
