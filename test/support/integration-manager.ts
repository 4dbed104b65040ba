import { ask } from "./ask.js";
import type { ConnectionItem } from "./provisioning-caller.js";

type Json = Readonly<Record<string, unknown>>;

/** The API said no. */
export class ManagerError extends Error {
  readonly code: string;
  readonly details: Json;

  constructor(message: string, details: Json) {
    super(message);
    this.code = String(details["errcode"]);
    this.details = details;
  }
}

interface ManagerOptions {
  readonly port: number;
  readonly token: string;
  /** For whom it acts. */
  readonly userId: string;
  /** Invites somebody to a room, as the person whose room it is. */
  readonly invite: (roomId: string, userId: string) => Promise<void>;
}

interface Repository {
  readonly owner: string;
  readonly name: string;
}

const perPage = 10;

/**
 * An integration manager as published ones are: whatever is not 200 or 202 is an error, and every answer has to be JSON; room ids stand in
 * paths as they are; lists are read on until a page is not full; a room without the bot gets an invitation, and the request is repeated.
 */
export class IntegrationManager {
  readonly #options: ManagerOptions;

  constructor(options: ManagerOptions) {
    this.#options = options;
  }

  /** The bot that serves a type. */
  async botFor(eventType: string): Promise<string> {
    const types = Object.values(await this.#request<Json>("GET", "/v1/connectiontypes"));
    // As the API documents it.
    const known = (types as readonly { readonly eventType: string; readonly botUserId: string }[]).find(
      (type) => type.eventType === eventType,
    );
    if (known === undefined) throw new TypeError(`The API lists no type ${eventType}`);
    return known.botUserId;
  }

  connections(roomId: string, eventType: string): Promise<readonly ConnectionItem[]> {
    return this.#inRoom(roomId, eventType, async () => {
      const all = await this.#request<readonly ConnectionItem[]>("GET", `/v1/${roomId}/connections`);
      return all.filter((connection) => connection.eventType === eventType);
    });
  }

  bridge(roomId: string, eventType: string, config: object): Promise<ConnectionItem> {
    return this.#inRoom(roomId, eventType, () =>
      this.#request("PUT", `/v1/${roomId}/connections/${encodeURIComponent(eventType)}`, config),
    );
  }

  change(roomId: string, { id, eventType }: ConnectionItem, config: object): Promise<ConnectionItem> {
    return this.#inRoom(roomId, eventType, () => this.#request("PATCH", `/v1/${roomId}/connections/${id}`, config));
  }

  async unbridge(roomId: string, { id, eventType }: ConnectionItem): Promise<void> {
    await this.#inRoom(roomId, eventType, () => this.#request("DELETE", `/v1/${roomId}/connections/${id}`));
  }

  async gitHubLoginUrl(): Promise<string> {
    return (await this.#request<{ readonly user_url: string }>("GET", "/v1/github/oauth")).user_url;
  }

  async gitHubOrganisations(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const page of this.#pages("/v1/github/account", "organisations")) names.push(...page.map(({ name }) => String(name)));
    return names;
  }

  async gitHubRepositories(organisation?: string): Promise<readonly Repository[]> {
    const path = organisation === undefined ? "/v1/github/repositories" : `/v1/github/orgs/${organisation}/repositories`;
    const found: Repository[] = [];
    for await (const page of this.#pages(path, "repositories")) {
      found.push(...page.map(({ owner, name }) => ({ owner: String(owner), name: String(name) })));
    }
    return found;
  }

  async jiraLoginUrl(): Promise<string> {
    return (await this.#request<{ readonly url: string }>("GET", "/v1/jira/oauth")).url;
  }

  async jiraInstances(): Promise<readonly string[]> {
    const account = await this.#request<{ readonly loggedIn: boolean; readonly instances?: readonly Json[] }>("GET", "/v1/jira/account");
    return (account.instances ?? []).map(({ name }) => String(name));
  }

  jiraProjects(instance: string): Promise<readonly { readonly key: string; readonly url: string }[]> {
    return this.#request("GET", `/v1/jira/instances/${encodeURIComponent(instance)}/projects`);
  }

  async *#pages(path: string, list: string): AsyncGenerator<readonly Json[]> {
    for (let page = 1; ; page += 1) {
      const answer = await this.#request<Json>("GET", path, undefined, { page: String(page), perPage: String(perPage) });
      const entries = answer[list];
      if (!Array.isArray(entries)) throw new TypeError(`${path} has no list of ${list}: ${JSON.stringify(answer)}`);
      // Entries of the API's lists are objects.
      yield entries as readonly Json[];
      if (entries.length < perPage) return;
    }
  }

  async #inRoom<T>(roomId: string, eventType: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ManagerError) || error.code !== "HS_NOT_IN_ROOM") throw error;
      await this.#options.invite(roomId, await this.botFor(eventType));
      return run();
    }
  }

  async #request<T>(method: string, path: string, body?: object, query: Readonly<Record<string, string>> = {}): Promise<T> {
    const { port, token, userId } = this.#options;
    const search = new URLSearchParams({ userId, ...query }).toString();
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await ask(port, `${path}?${search}`, { method, headers, ...sent });
    if (answer.headers["content-type"]?.startsWith("application/json") !== true) throw new TypeError(`${method} ${path} gave no JSON`);
    const json = answer.json();
    // An answer of JSON, of whatever shape the API documents.
    if (answer.status !== 200 && answer.status !== 202) throw new ManagerError(`${method} ${path}: ${answer.status}`, json as Json);
    return json as T;
  }
}
