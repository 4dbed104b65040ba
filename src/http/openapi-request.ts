import type { OpenApiOperation, OpenApiParameter } from "./openapi-document.js";

/** An operation as it is asked for, in Markdown: without the headers that every client adds by itself. */
export function renderRequest(method: string, path: string, { parameters = [], requestBody, security }: OpenApiOperation): string {
  const [[type, { example }] = ["", {}]] = Object.entries(requestBody?.content ?? {});
  const lines = [
    `${method} ${targetOf(path, parameters)}`,
    ...(security === undefined ? [] : ["Authorization: Bearer <token>"]),
    ...(example === undefined ? [] : [`Content-Type: ${type}`, "", printJson(example)]),
  ];
  return fence("http", lines.join("\n"));
}

export function renderJson(value: unknown): string {
  return fence("json", printJson(value));
}

/** With what has to be there; where no example is known, the parameter's name stays in its braces. */
function targetOf(path: string, parameters: readonly OpenApiParameter[]): string {
  const of = (name: string): string => valueOf(parameters.find((parameter) => parameter.name === name)) ?? `{${name}}`;
  const query = parameters.filter((parameter) => parameter.in === "query" && parameter.required === true);
  const search = query.map(({ name }) => `${name}=${of(name)}`).join("&");
  return path.replace(/\{(\w+)\}/g, (_braces, name: string) => of(name)) + (search === "" ? "" : `?${search}`);
}

function valueOf(parameter: OpenApiParameter | undefined): string | undefined {
  const examples = parameter?.schema["examples"];
  // What `Array.isArray` finds is `any[]`.
  const [example] = Array.isArray(examples) ? (examples as readonly unknown[]) : [];
  return typeof example === "string" || typeof example === "number" ? encodeURIComponent(example) : undefined;
}

function printJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function fence(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}
