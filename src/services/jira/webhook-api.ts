import { baseUrl, parseHttpUrl } from "../../shared/url.js";
import { ownMember } from "../../shared/own-member.js";
import { ask, find, tell, type Check, type JiraLink } from "./jira-request.js";
import { reachFilter, type Reach } from "./webhook-reach.js";

/*
 * Webhooks of a Jira's administrators ("Registering a webhook via the REST API" in Jira's webhook documentation). Jira Cloud, Server and Data
 * Center 9 have them at `/rest/webhooks/1.0/webhook`, Data Center from 10 on at `/rest/jira-webhook/1.0/webhooks`, by pages.
 */

/** What a webhook is to be. */
export interface WantedWebhook {
  readonly name: string;
  /** Our address. */
  readonly url: string;
  readonly secret: string;
  readonly reach: Reach;
}

/** A webhook that a Jira has. */
export interface ListedWebhook {
  readonly id: string;
  /** As Jira has it; the query may hold a secret. */
  readonly url: string;
}

/** Where a Jira has them, and those that it has. */
export interface WebhookList {
  readonly path: string;
  readonly webhooks: readonly ListedWebhook[];
}

const usualPath = "/rest/webhooks/1.0/webhook";
const dataCenterPath = "/rest/jira-webhook/1.0/webhooks";

/** Those that we render. */
const events = ["jira:issue_created", "jira:issue_updated", "jira:version_created", "jira:version_updated", "jira:version_released"];

/** @throws RemoteError, also when the account may not administer the Jira */
export async function listWebhooks(link: JiraLink): Promise<WebhookList> {
  const paged = link.access.deployment === "server" ? await listByPage(link) : undefined;
  if (paged !== undefined) return { path: dataCenterPath, webhooks: paged };
  return { path: usualPath, webhooks: readWebhooks(await ask(link, { method: "GET", path: usualPath }, anything)) };
}

/** @throws RemoteError */
export function createWebhook(link: JiraLink, { path }: WebhookList, wanted: WantedWebhook): Promise<void> {
  return tell(link, { method: "POST", path, body: toBody(link, wanted), changes: true });
}

/** Puts another in its place; its secret is set, too. @throws RemoteError */
export function replaceWebhook(link: JiraLink, { path }: WebhookList, { id }: ListedWebhook, wanted: WantedWebhook): Promise<void> {
  return tell(link, { method: "PUT", path: `${path}/${id}`, body: toBody(link, wanted), changes: true });
}

/** Whether two lead to one address of ours: what stands behind it says who may, and not where to. */
export function leadToOne(left: string, right: string): boolean {
  const [one, other] = [parseHttpUrl(left), parseHttpUrl(right)];
  return one !== undefined && other !== undefined && baseUrl(one) === baseUrl(other);
}

/** Jira Cloud signs with the secret. Not every Server and Data Center can, but each sends the whole address. */
function toBody({ access }: JiraLink, { name, url, secret, reach }: WantedWebhook): object {
  const isSigned = access.deployment === "cloud";
  const jql = reachFilter(reach);
  const filters = jql === undefined ? {} : { "issue-related-events-section": jql };
  const common = { name, events, filters, excludeBody: false };
  return isSigned ? { ...common, url, secret } : { ...common, url: `${url}?${new URLSearchParams({ secret }).toString()}` };
}

const pageSize = 100;
const mostPages = 20;

/** Undefined where there is nothing at that path. A Jira may give less than was asked for, so only a page without anything new is the end. */
async function listByPage(link: JiraLink): Promise<readonly ListedWebhook[] | undefined> {
  const found = new Map<string, ListedWebhook>();
  let start = 0;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await find(link, `${dataCenterPath}?start=${start}&limit=${pageSize}`, anything);
    if (answer === undefined) return undefined;
    const known = found.size;
    for (const webhook of readWebhooks(answer)) found.set(webhook.id, webhook);
    if (found.size === known) break;
    start = found.size;
  }
  return [...found.values()];
}

/** Their lists are read one by one below; what is none has no webhooks. */
const anything: Check<object> = (value) =>
  typeof value === "object" && value !== null ? { ok: true, value } : { ok: false, problems: [] };

function readWebhooks(answer: object): readonly ListedWebhook[] {
  const listed = Array.isArray(answer) ? answer : ownMember(answer, "values");
  return Array.isArray(listed) ? listed.flatMap(readWebhook) : [];
}

/** Some have no id but the end of the address at which they are asked for. */
function readWebhook(webhook: unknown): readonly ListedWebhook[] {
  const [id, self, url] = [ownMember(webhook, "id"), ownMember(webhook, "self"), ownMember(webhook, "url")];
  const named = typeof id === "string" || typeof id === "number" ? String(id) : typeof self === "string" ? self : "";
  const [, number] = /(?:^|\/)(\d{1,18})$/.exec(named) ?? [];
  return number === undefined || typeof url !== "string" ? [] : [{ id: number, url }];
}
