import { commentLines, indentLines, wrapWords } from "../src/config/commented-yaml.js";
import { toYaml } from "../src/config/read-yaml.js";
import { isRecord, type SettingSchema } from "../src/config/setting-schema.js";

const heading = `# yaml-language-server: $schema=docs/config.schema.json
#
# Configuration of Switchboard. Copy it to config.yml, adapt it, and see what it comes to with:
#   switchboard check-config --config config.yml
#
# A # at the beginning of a line switches a key off, which then shows its default or an example: remove one # from each line of a section
# to use it. Keys behind ## are for few.
# docs/config.md has every key. A matrix-hookshot 7 configuration loads as it is.
# Secrets need not stand here: any secret key may be given as <key>File, the path of a file, or in an environment variable (docs/config.md).
`;

/** config.sample.yml: sections with an example of their own are live, the others are there to be uncommented. Generated from the schema. */
export function renderConfigSample(schema: SettingSchema): string {
  const sections = Object.entries(schema.properties ?? {}).filter(([, section]) => section.deprecated !== true);
  return [heading, ...sections.map(([key, section]) => renderSection(key, section))].join("\n");
}

function renderSection(key: string, schema: SettingSchema): string {
  const lines = renderSetting(key, schema, schema.examples?.[0], 0);
  const text = schema.examples === undefined ? lines.map(switchOff) : lines;
  return [...commentLines(schema.description ?? "", 0), ...describeItems(schema), ...text].join("\n") + "\n";
}

/**
 * A key with its value and everything that the schema knows below it; keys that most people leave out are switched off.
 * @param example the value to show; without one, what the schema demands or has a default for
 */
function renderSetting(key: string, schema: SettingSchema, example: unknown, depth: number): readonly string[] {
  if (schema.properties === undefined) return indentLines(toYaml({ [key]: example ?? shownValue(schema) }), depth);
  const children = Object.entries(schema.properties).filter(([, child]) => child.deprecated !== true);
  const isUsual = ([childKey, child]: [string, SettingSchema]): boolean =>
    isRecord(example) ? example[childKey] !== undefined : child.default !== undefined || (schema.required?.includes(childKey) ?? false);
  // Where nothing is usual, everything is shown alike.
  const usual = children.some(isUsual) ? isUsual : () => true;
  const lines = children.flatMap(([childKey, child]) => {
    const value = isRecord(example) ? example[childKey] : undefined;
    const setting = renderSetting(childKey, child, value, depth + 1);
    return [...commentLines(child.description ?? "", depth + 1), ...(usual([childKey, child]) ? setting : setting.map(switchOff))];
  });
  return [`${"  ".repeat(depth)}${key}:`, ...lines];
}

/** The keys of a list's items, which the list itself only shows by example. */
function describeItems(schema: SettingSchema): readonly string[] {
  const properties = Object.entries(schema.items?.properties ?? {}).filter(([, property]) => property.deprecated !== true);
  const width = Math.max(0, ...properties.map(([key]) => key.length)) + 2;
  return properties.flatMap(([key, property]) => {
    const [first = "", ...rest] = wrapWords(describeItem(property), 118 - width);
    return [`#   ${key.padEnd(width)}${first}`, ...rest.map((line) => `#   ${" ".repeat(width)}${line}`)];
  });
}

function describeItem({ description = "", default: preset }: SettingSchema): string {
  return preset === undefined || preset === "" || Array.isArray(preset)
    ? description
    : `${description} Default: ${JSON.stringify(preset)}.`;
}

function shownValue(schema: SettingSchema): unknown {
  return schema.examples?.[0] ?? schema.default ?? schema.enum?.[0] ?? (schema.secret === true ? "a long random text" : "");
}

function switchOff(line: string): string {
  return `#${line}`;
}
