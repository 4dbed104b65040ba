import { SwitchboardError } from "../../core/errors.js";
import type { Answer, Request, Route } from "../../http/route.js";
import { receiveWebhook, type Receiver, type WebhooksOptions } from "./receive.js";

/** Hookshot's limit for `/`. Its service routes took 100 kB only, and lost pushes with many commits. */
const maxBodyBytes = 10 * 1_048_576;

/** Routes of every service that takes webhooks, and `POST /`, where the sender is told by its headers (reference 4.1). */
export function createWebhookRoutes(options: WebhooksOptions): readonly Route[] {
  const receivers = options.services.flatMap((active): Receiver[] => {
    const { webhook } = active.service;
    return webhook === undefined ? [] : [{ active, webhook }];
  });
  const own = receivers.flatMap((receiver) => receiver.webhook.paths.map((path) => createRoute(path, () => receiver, options)));
  const find = ({ headers }: Request): Receiver | undefined => receivers.find(({ webhook }) => webhook.recognises(headers));
  return [...own, createRoute("/", find, options)];
}

function createRoute(path: string, choose: (request: Request) => Receiver | undefined, options: WebhooksOptions): Route {
  const requests = options.metrics.webhookRequests.of(path, "POST");
  return {
    method: "POST",
    path,
    hot: true,
    maxBodyBytes,
    handle(request): Promise<Answer> {
      requests.inc();
      const receiver = choose(request);
      if (receiver === undefined) throw unroutable();
      return receiveWebhook(receiver, request, options);
    },
  };
}

function unroutable(): SwitchboardError {
  return new SwitchboardError("HS_UNROUTABLE", "Unable to handle webhook payload. Service may not be configured.");
}
