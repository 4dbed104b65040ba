import { createHmac } from "node:crypto";
import type { Clock } from "../../src/shared/clock.js";
import { sleep } from "../../src/shared/clock.js";

/** A webhook registered at the Jira stand-in. */
export interface StandInWebhook {
  readonly url: string;
  readonly secret: string;
  /** How the secret travels: signing the body, or in the address as for a Jira that cannot sign. `none`: whatever the address has. */
  readonly proof?: "signature" | "query" | "none";
}

/** How one webhook went. */
export interface WebhookReport {
  readonly event: string;
  readonly identifier: string;
  /** Of each try, in order; undefined where no answer came. */
  readonly statuses: readonly (number | undefined)[];
}

/**
 * When Jira Cloud sends a webhook again: up to five times, after 5 to 15 minutes, for these answers or none (Jira Cloud's webhook
 * documentation). Server and Data Center never do.
 */
export const cloudRetries = { most: 5, afterMs: 300_000, statuses: [408, 409, 425, 429] } as const;

interface SenderOptions {
  readonly clock: Clock;
  readonly retries: boolean;
  readonly answerTimeoutMs: number;
}

/** Sends webhooks as Jira does. */
export class JiraWebhookSender {
  readonly #options: SenderOptions;
  #sent = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Resolves when it was answered, or given up. */
  async send(webhook: StandInWebhook, event: string, payload: object): Promise<WebhookReport> {
    const { clock, retries } = this.#options;
    this.#sent += 1;
    const identifier = `stand-in-${this.#sent}`;
    const body = JSON.stringify({ timestamp: clock.now(), webhookEvent: event, ...payload });
    const statuses: (number | undefined)[] = [await this.#try(webhook, body, identifier, 0)];
    while (retries && statuses.length <= cloudRetries.most && isWorthRetrying(statuses.at(-1))) {
      await sleep(clock, cloudRetries.afterMs);
      statuses.push(await this.#try(webhook, body, identifier, statuses.length));
    }
    return { event, identifier, statuses };
  }

  async #try(
    { url, secret, proof = "signature" }: StandInWebhook,
    body: string,
    identifier: string,
    retry: number,
  ): Promise<number | undefined> {
    const target = new URL(url);
    if (proof === "query") target.searchParams.set("secret", secret);
    const headers = {
      "content-type": "application/json; charset=UTF-8",
      "user-agent": "Atlassian HttpClient Jira stand-in / JIRA",
      "x-atlassian-webhook-identifier": identifier,
      ...(retry === 0 ? {} : { "x-atlassian-webhook-retry": String(retry) }),
      ...(proof !== "signature" ? {} : { "x-hub-signature": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}` }),
    };
    try {
      const response = await fetch(target, { method: "POST", headers, body, signal: AbortSignal.timeout(this.#options.answerTimeoutMs) });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return undefined;
    }
  }
}

function isWorthRetrying(status: number | undefined): boolean {
  return status === undefined || status >= 500 || cloudRetries.statuses.some((retried) => retried === status);
}
