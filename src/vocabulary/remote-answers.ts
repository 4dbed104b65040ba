import { RemoteError } from "../core/errors.js";
import type { HttpResponse } from "../core/ports/http-client.js";
import type { RegisteredRemote } from "../core/registered-remote.js";

/** What is particular about one remote's answers. */
export interface AnswerRules {
  /** What stands before the JSON. */
  readonly prefix?: string;
  /** A list is a good answer as well as an object. */
  readonly mayBeList?: true;
  /** Words for an answer that means something particular there; undefined where it has the usual meaning. Nothing of the answer's own text. */
  explain?(response: HttpResponse): string | undefined;
}

interface Asked {
  readonly title: string;
  readonly remote: RegisteredRemote;
  readonly rules?: AnswerRules | undefined;
}

/** @throws RemoteError for every answer but a good one in JSON; its message says nothing that the remote said */
export function readAnswer(response: HttpResponse, { title, remote, rules = {} }: Asked): unknown {
  const { status } = response;
  const particular = rules.explain?.(response);
  if (particular !== undefined) throw new RemoteError(particular, { status });
  if (status !== 200 && status !== 201) throw new RemoteError(describeStatus(status, title, remote), { status });
  const answer = parse(response.body, rules);
  if (answer !== undefined) return answer;
  throw foreignAnswer(title, status);
}

/** For an answer that a remote of that kind does not give. */
export function foreignAnswer(title: string, status = 200): RemoteError {
  return new RemoteError(`the answer is none of ${title}'s: is it the right address, and is nothing in front of it?`, { status });
}

/** What is no JSON object, nor a list where that may be, gives undefined: no remote says what it was asked for with anything else. */
function parse(body: string, { prefix = "", mayBeList }: AnswerRules): object | undefined {
  if (!body.startsWith(prefix)) return undefined;
  try {
    const answer: unknown = JSON.parse(body.slice(prefix.length));
    if (Array.isArray(answer)) return mayBeList === true ? answer : undefined;
    return typeof answer === "object" && answer !== null ? answer : undefined;
  } catch {
    return undefined;
  }
}

function describeStatus(status: number, title: string, { account }: RegisteredRemote): string {
  if (status === 401) return `${account.kind === "token" ? "the api token is" : "user or password are"} not accepted (401)`;
  if (status === 403) return "the account may not do this (403)";
  if (status === 404) return `there is no ${title} at this address (404)`;
  if (status === 407) return "a proxy in front of it asks who we are (407)";
  if (status === 429) return "it takes no more requests for now (429); try again later";
  if (status >= 500) return `the server failed (${status}); try again later`;
  if (status >= 300 && status < 400) return `the server redirects to nowhere (${status})`;
  return `the server answered ${status}`;
}
