import { RemoteError } from "../core/errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../core/ports/http-client.js";
import type { RegisteredRemote, RemoteCheck } from "../core/registered-remote.js";
import { parseHttpUrl } from "../shared/url.js";
import { readAnswer, type AnswerRules } from "./remote-answers.js";
import { checkHeaders, secretsOf } from "./remote-credentials.js";
import { waysOf } from "./remote-ways.js";

/** What one service asks a registered remote. */
export interface RemoteQuestions {
  /** The name people read. */
  readonly title: string;
  /** What an administrator has to look at when it fails: `server URL, api token`. By the kind of account unless given. */
  readonly thingsToCheck?: (remote: RegisteredRemote) => string;
  /**
   * Asks the cheapest thing that needs the account. The remote's `url` is a web address.
   * @returns whom the remote takes us for, where it says so
   * @throws RemoteError whose message completes "Reason: " and holds nothing that the remote said
   */
  ask(remote: RegisteredRemote, asker: RemoteAsker): Promise<string | undefined>;
}

/** One request, by the rules that were registered: never to another origin, within the time of the whole check. */
export interface RemoteAsker {
  /** Any answer, whatever its status. @throws RemoteError */
  send(question: RemoteQuestion): Promise<HttpResponse>;
  /** The JSON of a good answer. @throws RemoteError */
  read(response: HttpResponse, rules?: AnswerRules): unknown;
  /** Both. @throws RemoteError */
  json(question: RemoteQuestion, rules?: AnswerRules): Promise<unknown>;
  /** Milliseconds since the epoch. */
  now(): number;
}

export type RemoteQuestion = Pick<HttpRequest, "url" | "headers" | "body"> & { readonly method?: HttpRequest["method"] };

/** Less than the ten seconds that a check may take, so that its own reason is the one that is told. */
const timeLimitMs = 9_500;

/** Characters of an account's name. */
const longestAccount = 255;

/** The check of a service, with reasons as the ancestor of the connectors' API words them. */
export function createRemoteCheck(questions: RemoteQuestions): RemoteCheck {
  const { title, thingsToCheck = usualThings } = questions;
  return {
    async check(remote, http, now) {
      try {
        checkAddress(remote);
        const account = await questions.ask(remote, createAsker(title, remote, http, now));
        return isShowable(account, remote) ? { isGood: true, account } : { isGood: true };
      } catch (error) {
        // Other errors are mistakes of ours.
        if (!(error instanceof RemoteError)) throw error;
        const reason = `Unable to connect to ${title} service (Check ${thingsToCheck(remote)}). Reason: ${asSentence(error.message)}`;
        return { isGood: false, reason };
      }
    },
  };
}

/** @throws RemoteError for what would lead credentials elsewhere */
export function checkAddress({ url, apiPath = "" }: RegisteredRemote): void {
  if (parseHttpUrl(url) === undefined) throw new RemoteError("the server URL is no web address", { isFinal: true });
  // Anything else behind the host would make it another one, or another port.
  if (apiPath !== "" && !apiPath.startsWith("/")) throw new RemoteError("the path of the API has to begin with a slash", { isFinal: true });
}

function createAsker(title: string, remote: RegisteredRemote, http: HttpClient, now: () => number): RemoteAsker {
  const end = now() + timeLimitMs;
  const send = async ({ method = "GET", url, headers = {}, body }: RemoteQuestion): Promise<HttpResponse> => {
    checkHeaders(headers);
    // A clock that is set meanwhile must not make it longer.
    const timeoutMs = Math.min(Math.max(end - now(), 1), timeLimitMs);
    const request = { method, url, headers: { accept: "application/json", ...headers }, timeoutMs, ...waysOf(remote) };
    return http.request(body === undefined ? request : { ...request, body });
  };
  const read = (response: HttpResponse, rules?: AnswerRules): unknown => readAnswer(response, { title, remote, rules });
  return { send, read, now, json: async (question, rules) => read(await send(question), rules) };
}

function usualThings({ account }: RegisteredRemote): string {
  return account.kind === "token" ? "server URL, api token" : "server URL, user, password";
}

/** A remote may answer with anything, also with what it was sent. */
function isShowable(account: string | undefined, remote: RegisteredRemote): account is string {
  if (account === undefined || account.trim() === "" || account.length > longestAccount || /\p{Cc}/u.test(account)) return false;
  return !secretsOf(remote.account).some((secret) => account.includes(secret));
}

function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}
