import { createHmac } from "node:crypto";

/** A webhook registered at the GitHub stand-in. */
export interface GitHubWebhook {
  readonly url: string;
  readonly secret: string;
}

/** How one webhook went; GitHub never sends one again by itself. */
export interface GitHubWebhookReport {
  /** As `issues.opened`. */
  readonly name: string;
  readonly deliveryId: string;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
}

interface Delivery {
  /** The event and, where it has one, its action: `issues.opened`, `push`. */
  readonly name: string;
  readonly payload: object;
  /** A repeat by hand, as GitHub's pages offer, has the id of the first. */
  readonly deliveryId: string;
  /** Milliseconds until the answer counts as lost; GitHub waits ten seconds. */
  readonly timeoutMs?: number;
}

/** Sends a webhook as GitHub does: signed over the raw bytes (GitHub's "Validating webhook deliveries"). */
export async function sendGitHubWebhook(
  { url, secret }: GitHubWebhook,
  { name, payload, deliveryId, timeoutMs = 10_000 }: Delivery,
): Promise<GitHubWebhookReport> {
  const [event = "", action] = name.split(".");
  const body = JSON.stringify({ ...(action === undefined ? {} : { action }), ...payload });
  const headers = {
    "content-type": "application/json",
    "user-agent": "GitHub-Hookshot/stand-in",
    "x-github-event": event,
    "x-github-delivery": deliveryId,
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
  };
  try {
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(timeoutMs) });
    await response.arrayBuffer();
    return { name, deliveryId, status: response.status };
  } catch {
    return { name, deliveryId, status: undefined };
  }
}
