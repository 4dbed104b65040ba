/** A document of REST 3 (Atlassian Document Format), as far as the stand-in looks into it. */
export interface AdfNode {
  readonly type: string;
  readonly version?: number;
  readonly text?: string;
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly marks?: readonly unknown[];
  readonly content?: readonly AdfNode[];
}

/** What may stand in what, of the node types that people write with (the format's JSON schema). */
const blocks = ["paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule", "panel"];
const inlines = ["text", "hardBreak", "mention", "emoji", "inlineCard"];
const contents: Readonly<Record<string, readonly string[]>> = {
  doc: blocks,
  paragraph: inlines,
  heading: inlines,
  codeBlock: ["text"],
  bulletList: ["listItem"],
  orderedList: ["listItem"],
  listItem: blocks,
  blockquote: blocks,
  panel: blocks,
};

/** Is it a document that Jira Cloud would take? */
export function isAdf(value: unknown): value is AdfNode {
  return isRecord(value) && value["type"] === "doc" && value["version"] === 1 && Array.isArray(value["content"]) && isNode(value);
}

function isNode(value: unknown): value is AdfNode {
  if (!isRecord(value) || typeof value["type"] !== "string") return false;
  const { type, text, attrs, content } = value;
  // An empty text is refused; so is one with anything but text in it.
  if (type === "text") return typeof text === "string" && text !== "" && content === undefined;
  if (type === "mention" && !(isRecord(attrs) && typeof attrs["id"] === "string")) return false;
  const allowed = contents[type] ?? [];
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return (content === undefined || Array.isArray(content)) && parts.every((part) => isNode(part) && allowed.includes(part.type));
}

/** Only text, one paragraph for each of its lines. */
export function toAdf(text: string): AdfNode {
  const paragraph = (line: string): AdfNode => ({ type: "paragraph", content: line === "" ? [] : [{ type: "text", text: line }] });
  return { type: "doc", version: 1, content: text.split("\n").map(paragraph) };
}

/** What a reader of the document sees. */
export function adfText({ type, text, attrs, content = [] }: AdfNode): string {
  if (type === "text") return text ?? "";
  if (type === "hardBreak") return "\n";
  if (type === "mention") return `@${String(attrs?.["id"])}`;
  return content.map(adfText).join(blocks.includes(content[0]?.type ?? "") || content[0]?.type === "listItem" ? "\n" : "");
}

/** Account ids of the people whom the document tells of itself. */
export function adfMentions({ type, attrs, content = [] }: AdfNode): readonly string[] {
  return type === "mention" ? [String(attrs?.["id"])] : content.flatMap(adfMentions);
}

/** Marks and nodes that are more than text, such as `strong` or `codeBlock`. */
export function adfFormatting({ type, marks = [], content = [] }: AdfNode): readonly string[] {
  const plain = ["doc", "paragraph", "text", "hardBreak", "mention"];
  const own = [...(plain.includes(type) ? [] : [type]), ...marks.map((mark) => (isRecord(mark) ? String(mark["type"]) : "?"))];
  return [...own, ...content.flatMap(adfFormatting)];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
