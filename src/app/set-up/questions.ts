import { isUserId } from "../../core/ids.js";
import type { SetUpQuestion } from "../../core/service-set-up.js";
import { parseHttpUrl } from "../../shared/url.js";

export type { SetUpAnswers, SetUpQuestion } from "../../core/service-set-up.js";

/** What `switchboard init` has to know, whatever services there are. */
export const setUpQuestions: readonly SetUpQuestion[] = [
  {
    flag: "domain",
    placeholder: "name",
    description: "your homeserver's name, which is what stands after the colon in user ids",
    isRequired: true,
    problem: (answer) => (isServerName(answer) ? undefined : "must be a server name, such as example.org"),
  },
  {
    flag: "homeserver-url",
    placeholder: "url",
    description: "where Switchboard reaches the homeserver",
    preset: "http://localhost:8008",
    isRequired: true,
    problem: urlProblem,
  },
  {
    flag: "admin",
    placeholder: "user",
    description: "your own user id, such as @alice:example.org",
    isRequired: true,
    problem: (answer) => (isUserId(answer) ? undefined : "must be a whole user id, such as @alice:example.org"),
  },
  {
    flag: "url",
    placeholder: "url",
    description: "where the homeserver reaches Switchboard",
    preset: "http://localhost:9993",
    problem: urlProblem,
  },
  {
    flag: "webhook-port",
    placeholder: "port",
    description: "the port for webhooks",
    preset: "9000",
    problem: (answer) => (isPort(answer) ? undefined : "must be a port, a number from 1 to 65535"),
  },
  {
    flag: "bot",
    placeholder: "name",
    description: "the bot's name, which is what stands before the colon in its user id",
    preset: "switchboard",
    // Matrix spec, appendix "User identifiers": these characters, and no others, in new ids.
    problem: (answer) => (/^[a-z0-9._=/+-]{1,100}$/.test(answer) ? undefined : "must consist of small letters, digits and ._=/+-"),
  },
];

/** Matrix spec, appendix "Server name": a host name or address, and a port if there is one. */
function isServerName(answer: string): boolean {
  return /^(?:[A-Za-z0-9.-]{1,230}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/.test(answer);
}

function isPort(answer: string): boolean {
  return /^\d{1,5}$/.test(answer) && Number(answer) >= 1 && Number(answer) <= 65_535;
}

function urlProblem(answer: string): string | undefined {
  const url = parseHttpUrl(answer);
  if (url === undefined) return "must be a URL that begins with http:// or https://";
  return url.username + url.password + url.search + url.hash === "" ? undefined : "must be a URL without user name, query or fragment";
}
