import type { DocumentTag, OpenApiContent, OpenApiDocument, OpenApiOperation, OpenApiParameter } from "./openapi-document.js";
import { exampleOf } from "./openapi-example.js";
import { renderJson, renderRequest } from "./openapi-request.js";
import { defaultOf, describeSchema, rowsOf, type SchemaRow } from "./openapi-tables.js";
import type { JsonSchema } from "./route.js";

/** An operation with its place. */
interface Placed {
  readonly method: string;
  readonly path: string;
  /** `GET /v1/health`. */
  readonly title: string;
  readonly operation: OpenApiOperation;
}

/** One API as a page of Markdown. @param head stands below the title */
export function renderApiPage(document: OpenApiDocument, tag: DocumentTag, head = ""): string {
  return `# ${tag.name}\n\n${head === "" ? "" : `${head}\n\n`}${renderApi(document, tag, "##")}\n${renderErrors(document, "##")}`;
}

/** All APIs of a document as one page of Markdown. */
export function renderDocumentPage(document: OpenApiDocument): string {
  const { info, tags, servers = [] } = document;
  const places = servers.map(({ url }) => `Paths begin at \`${url}\`.\n\n`).join("");
  const apis = tags.map((tag) => `## ${tag.name}\n\n${renderApi(document, tag, "###")}`);
  return `# ${info.title} ${info.version}\n\n${info.description}\n\n${places}${apis.join("\n")}\n${renderErrors(document, "##")}`;
}

function renderApi(document: OpenApiDocument, { name, description }: DocumentTag, heading: string): string {
  const placed = operationsOf(document, name);
  const list = placed.map(({ title, operation }) => `- [\`${title}\`](#${slugOf(title)}): ${operation.summary}\n`).join("");
  const sections = placed.map((each) => renderOperation(document, each, heading));
  return [`${description}\n`, list, ...sections].join("\n");
}

function operationsOf({ paths }: OpenApiDocument, tag: string): readonly Placed[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([lowerCase, operation]): Placed => {
        const method = lowerCase.toUpperCase();
        return { method, path, title: `${method} ${path}`, operation };
      }),
  );
}

/** As GitHub makes the anchors of headings, so that links work there too. */
export function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

function renderOperation(document: OpenApiDocument, { method, path, title, operation }: Placed, heading: string): string {
  const { summary, description, parameters = [], requestBody, responses, security } = operation;
  return [
    `${heading} \`${title}\`\n`,
    `${summary}${description === undefined ? "" : `\n\n${description}`}\n`,
    `${accessSentence(security)}\n`,
    // Who has no token is a browser or a remote: nobody writes those requests.
    ...(security === undefined ? [] : [renderRequest(method, path, operation)]),
    ...(parameters.length === 0 ? [] : [renderParameters(parameters)]),
    ...(requestBody === undefined ? [] : [renderBody(requestBody.content, document)]),
    renderAnswers(responses, document),
  ].join("\n");
}

function accessSentence(security: OpenApiOperation["security"]): string {
  if (security === undefined) return "Access: without a token.";
  return security.some((scheme) => Object.keys(scheme).length === 0) ? "Access: with or without a token." : "Access: with a token.";
}

function renderParameters(parameters: readonly OpenApiParameter[]): string {
  const rows = parameters.map(({ name, in: place, required = false, description = "", schema }) =>
    row([`\`${name}\``, place, describeSchema(schema), required ? "required" : defaultOf(schema), description]),
  );
  return `| Parameter | In | Type | Default | Meaning |\n| --- | --- | --- | --- | --- |\n${rows.join("")}`;
}

function renderBody(content: OpenApiContent, document: OpenApiDocument): string {
  const types = Object.keys(content).map((type) => (type === "*/*" ? "any content type" : `\`${type}\``));
  const [{ schema } = {}] = Object.values(content);
  const table = schema === undefined ? "" : renderSchema(schema, document);
  return `Body: ${types.join(", ")}.\n${table === "" ? "" : `\n${table}`}`;
}

function renderAnswers(responses: OpenApiOperation["responses"], document: OpenApiDocument): string {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) =>
    row([status, description, Object.entries(content).map(describeContent).join(", ")]),
  );
  const tables = Object.entries(responses).flatMap(([status, { content = {} }]) => {
    const [{ schema, example } = {}] = Object.values(content);
    const table = schema === undefined || "$ref" in schema ? "" : renderSchema(schema, document);
    const parts = [table, example === undefined ? "" : renderJson(example)].filter((part) => part !== "");
    return parts.length === 0 ? [] : [`\nThe answer ${status}:\n\n${parts.join("\n")}`];
  });
  return `| Status | Meaning | Body |\n| --- | --- | --- |\n${rows.join("")}${tables.join("")}`;
}

function describeContent([type, { schema }]: readonly [string, { readonly schema?: JsonSchema }]): string {
  const shape = schema === undefined ? "" : describeSchema(schema);
  return type === "application/json" ? shape : `\`${type}\``;
}

/** Alternatives with a title each get a table of their own. */
function renderSchema(schema: JsonSchema, document: OpenApiDocument): string {
  const { anyOf } = schema;
  const about = typeof schema["description"] === "string" ? [`${schema["description"]}\n`] : [];
  // Members of that name hold schemas.
  const choices = Array.isArray(anyOf) ? (anyOf as readonly JsonSchema[]) : [];
  const tables = choices.map((choice) => `**${titleOf(choice)}**\n\n${renderTable(rowsOf(choice, document))}${renderExample(choice)}`);
  const parts = choices.length === 0 ? [renderTable(rowsOf(schema, document))] : tables;
  return [...about, ...parts.filter((part) => part !== "")].join("\n");
}

function renderExample(choice: JsonSchema): string {
  const example = exampleOf(choice);
  return example === undefined ? "" : `\nFor example \`${JSON.stringify(example)}\`.\n`;
}

function titleOf({ title }: JsonSchema): string {
  return typeof title === "string" ? title : "";
}

function renderTable(rows: readonly SchemaRow[]): string {
  if (rows.length === 0) return "";
  const lines = rows.map(({ path, type, need, meaning }) => row([`\`${path}\``, type, need, meaning]));
  return `| Key | Type | Default | Meaning |\n| --- | --- | --- | --- |\n${lines.join("")}`;
}

function renderErrors(document: OpenApiDocument, heading: string): string {
  const { Error: schema } = document.components.schemas;
  if (schema === undefined) return "";
  return `${heading} Errors\n\n${renderSchema(schema, document)}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |\n`;
}
