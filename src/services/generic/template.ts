import { Liquid, type FilterImplOptions, type LiquidOptions } from "liquidjs";
import { ValidationError } from "../../core/errors.js";
import { systemClock, type Clock } from "../../shared/clock.js";
import { markdown, type MarkdownRenderer } from "../../shared/markdown.js";
import { escapeHtml } from "./html.js";
import type { Words } from "./messages.js";
import { prettyJson } from "./pretty-json.js";
import type { HookState } from "./schema.js";

/** Milliseconds that one template may take: everything else waits meanwhile. */
const longestRenderMs = 50;
/** Liquid's count of what a template builds: characters of texts, entries of lists. */
const mostMemory = 1_000_000;
const longestTemplate = 20_000;
const longestText = 100_000;
/** Texts, numbers, lists and so on of a payload: what filters do with more of them takes longer than everything else can wait. */
const mostValues = 50_000;
/** Tags that would read other templates; there are none. */
const fileTags = ["include", "render", "layout", "block"];
/** Filters that work out an expression for each entry of a list, without a look at the time. A loop says the same. */
const loopingFilters = ["where_exp", "reject_exp", "group_by_exp", "has_exp", "find_exp", "find_index_exp"];
const widestIndent = 10;

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
export function createTemplates(renderer: MarkdownRenderer, clock: Pick<Clock, "now"> = systemClock): Templates {
  const watch = createWatch(clock);
  const plain = createEngine(textOf, watch);
  const source = createEngine((value) => markdown`${textOf(value)}`.source, watch);
  const html = createEngine((value) => escapeHtml(textOf(value)), watch);
  return {
    check({ template, templateHtml }) {
      for (const [name, text] of Object.entries({ template, templateHtml })) {
        if (text !== undefined) checkSyntax(html, name, text);
      }
    },
    render(template, templateHtml, data) {
      if (!hasAtMost(mostValues, data)) return { ok: false, reason: `the payload has more than ${mostValues} values`, isLimit: false };
      const scope = scopeOf(data);
      watch.begin();
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

/** Liquid looks at the time between its tags only, and many filters can follow each other in one. */
interface Watch {
  begin(): void;
  /** @throws Error when the template has had its time */
  check(): void;
}

/** One is enough: rendering is synchronous. */
function createWatch({ now }: Pick<Clock, "now">): Watch {
  let latest = Number.POSITIVE_INFINITY;
  return {
    begin() {
      latest = now() + longestRenderMs;
    },
    check() {
      if (now() > latest) throw new Error("template filter limit exceeded");
    },
  };
}

function createEngine(outputEscape: NonNullable<LiquidOptions["outputEscape"]>, watch: Watch): Liquid {
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
  for (const filter of loopingFilters) Reflect.deleteProperty(engine.filters, filter);
  for (const name of ["json", "inspect"]) engine.registerFilter(name, toJson);
  for (const [name, filter] of Object.entries(engine.filters)) engine.registerFilter(name, watched(filter, watch));
  return engine;
}

function watched(filter: FilterImplOptions, watch: Watch): FilterImplOptions {
  const handler = typeof filter === "function" ? filter : filter.handler;
  const checked: typeof handler = function (value: unknown, ...options: readonly unknown[]): unknown {
    watch.check();
    return handler.call(this, value, ...options);
  };
  return typeof filter === "function" ? checked : { ...filter, handler: checked };
}

/** Liquid's own writes all indentation, which of a payload that is nested deeply is hundreds of times as long as the payload. */
function toJson(value: unknown, indent: unknown = 0): string {
  const width = typeof indent === "number" ? Math.max(0, Math.min(widestIndent, Math.trunc(indent))) : 0;
  return prettyJson(value, width, longestText);
}

/** Counts the value itself, and what is in it at any depth; without recursion. */
function hasAtMost(most: number, payload: unknown): boolean {
  let count = 1;
  let level: readonly unknown[] = [payload];
  while (level.length > 0 && count <= most) {
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values<unknown>({ ...value }) : []));
    count += level.length;
  }
  return count <= most;
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
