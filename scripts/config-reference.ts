import { secretPaths } from "../src/config/secrets.js";
import { entrySchema, environmentVariableOf, fileKeyOf, type SettingSchema } from "../src/config/setting-schema.js";

const head = `# Configuration

Generated from the schemas in \`src/config/sections/\` and \`src/services/*/schema.ts\` by \`npm run docs\`; do not edit.

## Files

- \`switchboard start --config config.yml --registration registration.yml\`; \`--config\` may be repeated. Matrix-hookshot's form,
  \`switchboard config.yml registration.yml [more.yml ...]\`, does the same.
- Files are YAML 1.2: only \`true\` and \`false\` are booleans. Anchors and merge keys (\`<<\`) work.
- Of several files, a later one replaces whole sections of earlier ones; \`connections\` are joined.
- A key with nothing after it counts as absent. Relative paths are relative to the working folder.
- Any matrix-hookshot 7 configuration loads. What has no effect here is named by a warning, and so are unknown keys.
- \`switchboard check-config\` says what is wrong or doubtful without starting.
- \`docs/config.schema.json\` is the same as a JSON Schema, for editors. \`config.sample.yml\` is a place to start.
`;

const secretsHead = `## Secrets

Every secret may stand in three places; the environment goes before the other two, and only one of those may be given:

1. in the configuration: \`secret: "..."\`, in quotes if it could be read as a number.
2. in a file whose path stands under the key with \`File\` appended: \`secretFile: ./webhook-secret\`. One line break at its end is ignored.
3. in an environment variable that spells the key's path in capitals. The section itself must be in the file, if only as \`{}\`.

A \`<name>\` is the name chosen in the configuration, in capitals, with \`_\` for anything but letters and digits.

| Key | Key of the file | Environment variable |
| --- | --- | --- |
`;

const registrationText = `## Registration file

\`switchboard registration --config config.yml\` makes it with random tokens; the homeserver needs the same file. A registration made for
matrix-hookshot works unchanged. Read are \`id\`, \`as_token\`, \`hs_token\`, \`sender_localpart\` (the main bot), \`url\` and \`namespaces\`; the
rest is the homeserver's. The tokens may also come from \`as_tokenFile\`, \`hs_tokenFile\`, \`SWITCHBOARD_REGISTRATION_AS_TOKEN\` and
\`SWITCHBOARD_REGISTRATION_HS_TOKEN\`.

\`io.element.msc4190: true\` (MSC4190) lets an appservice make devices for its users without logging in, where the homeserver knows it. The
command leaves it out, because not every homeserver does; add it by hand if yours has it.
`;

/** docs/config.md. */
export function renderConfigReference(schema: SettingSchema, serviceKeys: readonly string[]): string {
  const sections = Object.entries(schema.properties ?? {});
  const live = sections.filter(([, section]) => section.deprecated !== true);
  const general = live.filter(([key]) => !serviceKeys.includes(key));
  const services = live.filter(([key]) => serviceKeys.includes(key));
  return [
    head,
    ...general.map(([key, section]) => renderSection(key, section, isRequired(schema, key))),
    ...services.map(([key, section]) => renderSection(key, section, false)),
    renderSecrets(schema),
    registrationText,
    renderWithoutEffect(sections.filter(([, section]) => section.deprecated === true)),
  ].join("\n");
}

function renderSection(key: string, schema: SettingSchema, required: boolean): string {
  if (!hasKeysBelow(schema)) return `## \`${key}\`\n\n${schema.description ?? ""} Default: ${defaultOf(schema, required)}.\n`;
  const rows = rowsBelow(schema, key, required);
  const table = `| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n${rows.join("")}`;
  return `## \`${key}\`\n\n${schema.description ?? ""}\n\n${table}`;
}

/** A row for each key below `path`, or for the value itself when nothing is below it. */
function rowsBelow(schema: SettingSchema, path: string, required: boolean): readonly string[] {
  const entry = entrySchema(schema);
  if (schema.items?.properties !== undefined) return rowsBelow(schema.items, `${path}[]`, false);
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    child.deprecated === true ? [] : rowsOf(child, `${path}.${key}`, isRequired(schema, key)),
  );
  const named = entry === undefined ? [] : rowsOf(entry, `${path}.<name>`, false);
  const rows = [...below, ...named];
  return rows.length === 0 ? [renderRow(schema, path, required)] : rows;
}

function rowsOf(schema: SettingSchema, path: string, required: boolean): readonly string[] {
  if (!hasKeysBelow(schema)) return [renderRow(schema, path, required)];
  // What an object is for stands in a row of its own; what is in it, below.
  return [...(schema.description === undefined ? [] : [renderRow(schema, path, required)]), ...rowsBelow(schema, path, required)];
}

function hasKeysBelow(schema: SettingSchema): boolean {
  return schema.properties !== undefined || entrySchema(schema) !== undefined || schema.items?.properties !== undefined;
}

function renderRow(schema: SettingSchema, path: string, required: boolean): string {
  const cells = [`\`${path}\``, typeOf(schema), defaultOf(schema, required), schema.description ?? ""];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |\n`;
}

function typeOf(schema: SettingSchema): string {
  if (schema.secret === true) return "secret";
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.format === "http-url") return "URL";
  if (schema.type === "array") return "list";
  if (schema.type === "object") return entrySchema(schema) === undefined ? "section" : "section of names";
  return String(schema.type ?? "anything");
}

function defaultOf(schema: SettingSchema, required: boolean): string {
  if (required) return "required";
  const isTelling = schema.default !== undefined && schema.type !== "object";
  return isTelling ? `\`${JSON.stringify(schema.default)}\`` : "";
}

function isRequired(schema: SettingSchema, key: string): boolean {
  return schema.required?.includes(key) ?? false;
}

function renderSecrets(schema: SettingSchema): string {
  return secretsHead + secretPaths(schema).map(renderSecret).join("");
}

function renderSecret(path: readonly string[]): string {
  const fileKey = [...path.slice(0, -1), fileKeyOf(path.at(-1) ?? "")].join(".");
  // Names that the administrator chooses are shown as such; environmentVariableOf would make them look fixed.
  const variable = path.map((key) => (key.startsWith("<") ? key : environmentVariableOf([key]).replace("SWITCHBOARD_", ""))).join("_");
  return `| \`${path.join(".")}\` | \`${fileKey}\` | \`SWITCHBOARD_${variable}\` |\n`;
}

function renderWithoutEffect(sections: readonly (readonly [string, SettingSchema])[]): string {
  const rows = sections.map(([key, { description = "" }]) => `| \`${key}\` | ${description} |\n`);
  return `## Accepted without effect\n\nKeys of matrix-hookshot that load and do nothing yet, or nothing any more; each gives a warning.\n\n| Key | Why |\n| --- | --- |\n${rows.join("")}`;
}
