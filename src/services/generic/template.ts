import { Liquid, type LiquidOptions } from "liquidjs";
import { ValidationError } from "../../core/errors.js";
import { markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { escapeHtml } from "./html.js";
import type { Words } from "./messages.js";
import type { HookState } from "./schema.js";

/** Milliseconds that one template may take: everything else waits meanwhile. */
const longestRenderMs = 50;
/** Liquid's count of what a template builds: characters of texts, entries of lists. */
const mostMemory = 1_000_000;
const longestTemplate = 20_000;
const longestText = 100_000;
/** Tags that would read other templates; there are none. */
const fileTags = ["include", "render", "layout", "block"];

export type TemplateResult =
  | { readonly ok: true; readonly words: Words }
  /** `isLimit`: it took too long or built too much. */
  | { readonly ok: false; readonly reason: string; readonly isLimit: boolean };

export interface Templates {
  /** @throws ValidationError when a template of the state cannot be read */
  check(state: Pick<HookState, "template" | "templateHtml">): void;
  /** Never throws for what templates do. */
  render(template: string, templateHtml: string | undefined, data: unknown): TemplateResult;
}

/**
 * Liquid templates: no code, no files, little time and memory. What a payload says is text, never formatting: it is escaped for the form that
 * it goes into, unless the template says `| raw`.
 */
export function createTemplates(renderer: MarkdownRenderer): Templates {
  const plain = createEngine(textOf);
  const source = createEngine((value) => markdown`${textOf(value)}`.source);
  const html = createEngine((value) => escapeHtml(textOf(value)));
  return {
    check({ template, templateHtml }) {
      for (const [name, text] of Object.entries({ template, templateHtml })) {
        if (text !== undefined) checkSyntax(html, name, text);
      }
    },
    render(template, templateHtml, data) {
      const scope = scopeOf(data);
      try {
        const text = run(plain, template, scope);
        const formatted =
          templateHtml === undefined
            ? renderer.block({ text, source: run(source, template, scope) }).trim()
            : run(html, templateHtml, scope);
        return { ok: true, words: { plain: text, html: formatted } };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { ok: false, reason, isLimit: /limit exceeded/.test(reason) };
      }
    },
  };
}

function createEngine(outputEscape: NonNullable<LiquidOptions["outputEscape"]>): Liquid {
  const engine = new Liquid({
    outputEscape,
    templates: {},
    ownPropertyOnly: true,
    strictFilters: true,
    parseLimit: longestTemplate,
    renderLimit: longestRenderMs,
    memoryLimit: mostMemory,
    timezoneOffset: 0,
    locale: "en-US",
  });
  for (const tag of fileTags) Reflect.deleteProperty(engine.tags, tag);
  return engine;
}

function checkSyntax(engine: Liquid, name: string, text: string): void {
  try {
    engine.parse(text);
  } catch (cause) {
    const [what = ""] = (cause instanceof Error ? cause.message : "").split("\n", 1);
    throw new ValidationError(`'${name}' is no Liquid template: ${what}`, { cause });
  }
}

function run(engine: Liquid, template: string, scope: object): string {
  // Liquid's types say `any`: what a template gives is text.
  const text = engine.parseAndRenderSync(template, scope) as unknown;
  return typeof text === "string" ? text.slice(0, longestText) : "";
}

/** The payload's members by their names, and all of it as `payload`. */
function scopeOf(data: unknown): object {
  return typeof data === "object" && data !== null && !Array.isArray(data) ? { ...data, payload: data } : { payload: data };
}

/** What stands in the text for a value: nothing for one that is not there, JSON for what is not simple. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
}
