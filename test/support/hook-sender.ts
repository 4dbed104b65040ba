import { ask, type Asked, type AskOptions } from "./ask.js";

/** Sends requests to the hooks of one installation, wherever their public address says that they are. */
export class HookSender {
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  send(url: string, options: AskOptions = {}): Promise<Asked> {
    const { pathname, search } = new URL(url);
    return ask(this.#port, pathname + search, { method: "PUT", ...options });
  }

  text(url: string, body: string): Promise<Asked> {
    return this.send(url, { headers: { "content-type": "text/plain" }, body });
  }

  json(url: string, payload: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Asked> {
    const body = JSON.stringify(payload);
    return this.send(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
  }
}

/** Status and body of an answer in JSON. */
export function answered(answer: Asked): readonly [status: number, body: unknown] {
  return [answer.status, answer.json()];
}
