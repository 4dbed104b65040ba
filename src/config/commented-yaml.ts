import { toYaml } from "./read-yaml.js";
import { entrySchema, isRecord, type SettingSchema } from "./setting-schema.js";

type Values = Readonly<Record<string, unknown>>;

const lineWidth = 120;

/** Values as YAML, one section after the other, with the schema's descriptions above the keys. */
export function commentedYaml(schema: SettingSchema, values: Values): string {
  const sections = Object.entries(values).map(([key, value]) => renderSetting(key, value, schemaOf(schema, key), 0).join("\n"));
  return `${sections.join("\n\n")}\n`;
}

function renderSetting(key: string, value: unknown, schema: SettingSchema, depth: number): readonly string[] {
  const above = commentLines(schema.description ?? "", depth);
  if (!isRecord(value)) return [...above, ...indentLines(toYaml({ [key]: value }), depth)];
  const below = Object.entries(value).flatMap(([childKey, child]) => renderSetting(childKey, child, schemaOf(schema, childKey), depth + 1));
  return [...above, `${"  ".repeat(depth)}${key}:`, ...below];
}

function schemaOf(schema: SettingSchema, key: string): SettingSchema {
  return schema.properties?.[key] ?? entrySchema(schema) ?? {};
}

/** YAML text, moved to the right by so many levels. */
export function indentLines(yaml: string, depth: number): readonly string[] {
  const lines = yaml.trimEnd().split("\n");
  return lines.map((line) => "  ".repeat(depth) + line);
}

/** A description as comment lines; none where there is none. */
export function commentLines(text: string, depth: number): readonly string[] {
  if (text === "") return [];
  const indent = "  ".repeat(depth);
  return wrapWords(text, lineWidth - indent.length).map((line) => `${indent}# ${line}`);
}

/** Words in lines of at most this width; backticks, which mean nothing in a comment, are left out. */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll("`", "").split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
