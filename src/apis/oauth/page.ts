import { createHash } from "node:crypto";
import type { Answer } from "../../http/route.js";
import { escapeHtml } from "../../shared/markdown.js";
import { wellFormed } from "../../shared/well-formed.js";

/** HTML in which all outside text is escaped already. */
export interface Html {
  readonly html: string;
}

export interface Page {
  readonly status: 200 | 400 | 404;
  readonly tone: "good" | "bad" | "question";
  readonly title: string;
  readonly body: readonly Html[];
  /** Origin that the page's form goes to; without it the page has none. */
  readonly formTo?: string;
}

/** Names come from remotes, and may be as long as somebody likes. */
const longestText = 300;

/** A template whose own words are HTML; strings in it are outside text, which is escaped and can turn the direction of nothing around it. */
export function html(words: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const parts = values.map((value, index) => (typeof value === "string" ? outside(value) : value.html) + (words[index + 1] ?? ""));
  return { html: (words[0] ?? "") + parts.join("") };
}

function outside(text: string): string {
  const whole = wellFormed(text);
  const cut = whole.length > longestText ? `${wellFormed(whole.slice(0, longestText)).replace(/\uFFFD$/, "")}…` : whole;
  return `<bdi>${escapeHtml(cut)}</bdi>`;
}

/** For an attribute in double quotes. */
export function attribute(value: string): Html {
  return { html: escapeHtml(wellFormed(value)) };
}

/** A sentence in which backticks enclose what is to be typed; all else in it is outside text. */
export function sentenceHtml(text: string): Html {
  const parts = text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
  return { html: parts.map((part) => part.html).join("") };
}

const style = `
:root { color-scheme: light dark; --back: #f4f5f7; --paper: #fff; --ink: #1c2128; --soft: #5b6470; --line: #d9dde3; --good: #17803d; --bad: #b3261e; --question: #1d5fbf; }
@media (prefers-color-scheme: dark) { :root { --back: #14171b; --paper: #1d2127; --ink: #e8eaed; --soft: #a3acb8; --line: #343a43; --good: #56c97d; --bad: #ff8a80; --question: #82b1ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--back); color: var(--ink); font: 1.0625rem/1.55 system-ui, sans-serif; }
main { width: 100%; max-width: 34rem; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-top: .3rem solid var(--tone); border-radius: .6rem; overflow-wrap: anywhere; }
.good { --tone: var(--good); } .bad { --tone: var(--bad); } .question { --tone: var(--question); }
h1 { margin: 0 0 1rem; font-size: 1.4rem; line-height: 1.3; }
p { margin: 0 0 1rem; } main > :last-child { margin-bottom: 0; }
code { padding: .1em .35em; border: 1px solid var(--line); border-radius: .3rem; font: .9em ui-monospace, monospace; }
form { margin: 1.5rem 0 0; padding-top: 1.25rem; border-top: 1px solid var(--line); }
button { padding: .55rem 1.1rem; border: 1px solid var(--bad); border-radius: .4rem; background: transparent; color: var(--bad); font: inherit; font-weight: 600; cursor: pointer; }
button:hover, button:focus-visible { background: var(--bad); color: var(--paper); }
.soft { color: var(--soft); font-size: .95rem; }
`;

/** Makes the answers that browsers show. They load nothing and run nothing, stand in no frame, and tell no other site where they were. */
export function createPageAnswers(): (page: Page) => Answer {
  const styleHash = createHash("sha256").update(style).digest("base64");
  return (page) => ({ status: page.status, headers: headersOf(page, styleHash), body: documentOf(page) });
}

function headersOf({ formTo }: Page, styleHash: string): Readonly<Record<string, string>> {
  return {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": [
      "default-src 'none'",
      `style-src 'sha256-${styleHash}'`,
      `form-action ${formTo ?? "'none'"}`,
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join("; "),
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
  };
}

function documentOf({ tone, title, body }: Page): string {
  const heading = html`${title}`.html;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(wellFormed(title))}</title>
<style>${style}</style>
</head>
<body>
<main class="${tone}">
<h1>${heading}</h1>
${body.map((part) => part.html).join("\n")}
</main>
</body>
</html>
`;
}
