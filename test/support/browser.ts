import { ask, type Asked } from "./ask.js";

/** A page that somebody looks at. */
export interface Page extends Asked {
  readonly url: string;
}

interface Consent {
  /** Name of the account at the remote. */
  readonly as: string;
  readonly isAllowed?: boolean;
}

/** Opens an address on loopback; redirects are not followed. */
export async function open(url: string, method: "GET" | "HEAD" = "GET"): Promise<Page> {
  const { port, pathname, search } = new URL(url);
  return { url, ...(await ask(Number(port), pathname + search, { method })) };
}

/** Submits the page's form, with what it holds and what the person fills in. @throws Error when there is no form */
export async function submit(page: Page, fields: Readonly<Record<string, string>> = {}): Promise<Page> {
  const [, attributes = "", inside = ""] = /<form\b([^>]*)>([\s\S]*?)<\/form>/.exec(page.text) ?? [];
  if (inside === "" && attributes === "") throw new Error(`No form on ${page.url}:\n${page.text}`);
  const target = new URL(attributeOf(attributes, "action") ?? "", page.url);
  const inputs = [...inside.matchAll(/<input\b([^>]*)>/g)].flatMap(([, input = ""]) => {
    const name = attributeOf(input, "name");
    return name === undefined ? [] : [[name, attributeOf(input, "value") ?? ""] as const];
  });
  const body = new URLSearchParams({ ...Object.fromEntries(inputs), ...fields }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await ask(Number(target.port), target.pathname + target.search, { method: "POST", headers, body });
  return { url: target.href, ...answer };
}

/** Decides on the page where a remote asks whether a program may act for somebody. @returns the address to which it sends the browser back */
export async function decide(authorizeUrl: string, { as, isAllowed = true }: Consent): Promise<string> {
  const asked = await open(authorizeUrl);
  const sentOn = await submit(asked, { person: as, decision: isAllowed ? "allow" : "deny" });
  const { location } = sentOn.headers;
  if (location === undefined) throw new Error(`Not sent back from ${authorizeUrl}: ${sentOn.status} ${sentOn.text}`);
  return location;
}

/** Decides, and opens the page of the way back. */
export async function consent(authorizeUrl: string, how: Consent): Promise<Page> {
  return open(await decide(authorizeUrl, how));
}

function attributeOf(attributes: string, name: string): string | undefined {
  const [, value] = new RegExp(`\\b${name}="([^"]*)"`).exec(attributes) ?? [];
  return value?.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
