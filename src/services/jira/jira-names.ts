import { RemoteError } from "../../core/errors.js";
import type { HttpClient } from "../../core/ports/http-client.js";
import { compileSchema } from "../../shared/validate.js";
import { ask, type Check } from "./jira-request.js";
import type { PersonsJira } from "./sites.js";

/*
 * Programs call a Jira by the name that it gives itself, as Hookshot does (reference 4.5): a site of Jira Cloud by the site's name, Server
 * and Data Center by the title that their administrator gave them. Where two have one title, both are called by their host.
 */

/** A person's Jira, and what programs call it. */
export interface NamedJira {
  readonly jira: PersonsJira;
  readonly name: string;
  /** Why it could not tell its title; it goes by the name that the configuration has for it. */
  readonly failure?: RemoteError;
}

export type NameJiras = (jiras: readonly PersonsJira[], http: HttpClient) => Promise<readonly NamedJira[]>;

interface ServerInfo {
  readonly serverTitle?: string | null;
}

const serverInfoSchema = { type: "object", properties: { serverTitle: { type: ["string", "null"] } } };

/** Compiles its schema, so it is made once. */
export function createJiraNames(): NameJiras {
  const check = compileSchema<ServerInfo>(serverInfoSchema, { useDefaults: false, allErrors: false });
  return async (jiras, http) => {
    const titles = await Promise.all(jiras.map((jira) => tryTitleOf(jira, http, check)));
    const own = jiras.map(({ instance }, index) => {
      const title = titles[index];
      return typeof title === "string" ? title : instance.name;
    });
    return jiras.map((jira, index) => {
      const title = titles[index];
      return { jira, name: nameAmong(own, index, jiras), ...(title instanceof RemoteError ? { failure: title } : {}) };
    });
  };
}

async function tryTitleOf(jira: PersonsJira, http: HttpClient, check: Check<ServerInfo>): Promise<string | RemoteError> {
  try {
    return await titleOf(jira, http, check);
  } catch (error) {
    if (error instanceof RemoteError) return error;
    throw error;
  }
}

async function titleOf({ instance, access, siteName }: PersonsJira, http: HttpClient, check: Check<ServerInfo>): Promise<string> {
  // Every site of Jira Cloud has the same title.
  if (instance.deployment === "cloud") return siteName ?? instance.name;
  const { serverTitle } = await ask({ http, access }, { method: "GET", path: "serverInfo" }, check);
  return serverTitle?.trim() || instance.name;
}

function nameAmong(names: readonly string[], index: number, jiras: readonly PersonsJira[]): string {
  const name = names[index] ?? "";
  const instance = jiras[index]?.instance;
  if (instance === undefined || names.filter((other) => other === name).length === 1) return name;
  // Two Jiras at one host differ in their paths; what is left is what the configuration calls them.
  const isOnlyAtHost = jiras.filter((other) => other.instance.host === instance.host).length === 1;
  return isOnlyAtHost ? instance.host : instance.name;
}

/** The Jira that a program means: by that name, by the configuration's or by the host, in this order. */
export function jiraNamed(named: readonly NamedJira[], typed: string): PersonsJira | undefined {
  const word = typed.toLowerCase();
  const found =
    named.find(({ name }) => name === typed) ??
    named.find(({ jira }) => jira.instance.name.toLowerCase() === word) ??
    named.find(({ jira }) => jira.instance.host === word);
  return found?.jira;
}
