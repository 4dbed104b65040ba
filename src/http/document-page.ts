import { createHash } from "node:crypto";
import { createMarkdownRenderer, escapeHtml } from "../shared/markdown.js";
import { slugOf } from "./openapi-markdown.js";
import type { Answer } from "./route.js";

const style = `
:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 3rem; }
h3 { margin-top: 2.5rem; border-top: 1px solid #8886; padding-top: 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 1rem 0; }
th, td { border: 1px solid #8886; padding: .25rem .6rem; text-align: left; vertical-align: top; }
code { font: .9em ui-monospace, monospace; background: #8882; padding: .1em .25em; border-radius: .2em; }
a { color: inherit; }
`;

/**
 * A page to read, out of Markdown of ours. Nothing in it comes from elsewhere, and a browser would not fetch it: the policy allows the style
 * above and nothing more.
 */
export function createDocumentPage(title: string, source: string): Answer {
  const html = createMarkdownRenderer().block({ text: source, source });
  const body = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main>
${withAnchors(html)}</main></body>
</html>
`;
  return { status: 200, headers: { ...pageHeaders(), "content-type": "text/html; charset=utf-8" }, body };
}

function pageHeaders(): Readonly<Record<string, string>> {
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = ["default-src 'none'", `style-src 'sha256-${hash}'`, "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"];
  return { "content-security-policy": policy.join("; "), "x-frame-options": "DENY", "referrer-policy": "no-referrer" };
}

/** Headings get the anchors that links within the page point to. */
function withAnchors(html: string): string {
  return html.replace(/<(h[1-6])>(.*?)<\/\1>/g, (_match, tag: string, inner: string) => {
    return `<${tag} id="${slugOf(inner.replace(/<[^>]*>|&\w+;/g, ""))}">${inner}</${tag}>`;
  });
}
