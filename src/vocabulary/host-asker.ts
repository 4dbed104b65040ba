import { RemoteError } from "../core/errors.js";
import type { HttpRequest, HttpResponse } from "../core/ports/http-client.js";
import type { HostAccess } from "../core/repository-host.js";
import { readAnswer, type AnswerRules } from "./remote-answers.js";
import { checkAddress } from "./remote-check.js";
import { checkHeaders } from "./remote-credentials.js";
import { limitFailure } from "./request-limits.js";

/** Asks a git host for one purpose: a list of its repositories, or what is in one of them. */
export interface HostAsker {
  /** @throws RemoteError for everything but a good answer */
  ask(question: HostQuestion): Promise<HostAnswer>;
  /**
   * The same, where some statuses mean that there is no such thing.
   * @throws RemoteError
   */
  find(question: HostQuestion, absent?: readonly number[]): Promise<HostAnswer | undefined>;
}

export type HostQuestion = Pick<HttpRequest, "url" | "headers" | "body"> & { readonly method?: HttpRequest["method"] };

export interface HostAnswer {
  /** An object or a list. */
  readonly json: unknown;
  readonly headers: HttpResponse["headers"];
}

export interface HostRules {
  /** The name people read. */
  readonly title: string;
  /** Sent with every question. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly answers?: AnswerRules;
  /** Whether it wants to be left alone, where it says so in a way of its own. */
  readonly isLimited?: (response: HttpResponse) => boolean;
}

/** Hosts take long over old pages of large repositories. */
const timeoutMs = 30_000;

/** Of one asker. A host whose lists never end must not keep us for ever; what was stored by then is not asked for again. */
const maxRequests = 20_000;

/** Never sends on to another origin. Stops asking when the access is called off. */
export function createHostAsker(access: HostAccess, rules: HostRules): HostAsker {
  const { title, headers = {}, answers } = rules;
  const { remote, http, signal, now } = access;
  let asked = 0;
  const send = async (question: HostQuestion): Promise<HttpResponse> => {
    signal.throwIfAborted();
    checkAddress(remote);
    asked += 1;
    if (asked > maxRequests)
      throw new RemoteError(`more than ${maxRequests} requests would be needed at once: the next time goes on from here`);
    const response = await http.request(toRequest(question, headers));
    const limit = limitFailure(response, now(), rules.isLimited);
    if (limit !== undefined) throw limit;
    return response;
  };
  const read = (response: HttpResponse): HostAnswer => ({
    json: readAnswer(response, { title, remote, rules: { ...answers, mayBeList: true } }),
    headers: response.headers,
  });
  return {
    ask: async (question) => read(await send(question)),
    async find(question, absent = [404]) {
      const response = await send(question);
      return absent.includes(response.status) ? undefined : read(response);
    },
  };
}

function toRequest({ method = "GET", url, headers, body }: HostQuestion, common: Readonly<Record<string, string>>): HttpRequest {
  const sent = { accept: "application/json", ...common, ...headers };
  checkHeaders(sent);
  return { method, url, headers: sent, timeoutMs, staysAtOrigin: true, ...(body === undefined ? {} : { body }) };
}
