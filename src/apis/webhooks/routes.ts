import { NotFoundError, SwitchboardError } from "../../core/errors.js";
import { noSuchRoute } from "../../http/failure.js";
import type { Answer, Request, Route } from "../../http/route.js";
import { toAnswer } from "./answers.js";
import { documentLegacyRoute, documentRemoteWebhook, documentWebhook } from "./documents.js";
import { receiveFromRemote, receiveWebhook, type Receiver, type WebhooksOptions } from "./receive.js";

/** Hookshot's limit for `/`. Its service routes took 100 kB only, and lost pushes with many commits. */
const defaultMaxBodyBytes = 10 * 1_048_576;

/** Without parameters, or with one at the end behind a word: `/:id` would take what other routes have. */
const hotPath = /^(\/[^/:]*)+$|^(\/[^/:]+)+\/:\w+$/;

/** Routes of every service that takes webhooks, and `POST /`, where the sender is told by its headers (reference 4.1). */
export function createWebhookRoutes(options: WebhooksOptions): readonly Route[] {
  const receivers = options.services.flatMap((active): Receiver[] => {
    const { webhook } = active.service;
    return webhook === undefined ? [] : [{ active, webhook }];
  });
  const own = receivers.flatMap((receiver) => receiver.webhook.paths.map((path) => createServiceRoute(path, receiver, options)));
  return [...own, ...receivers.flatMap((receiver) => createRemoteRoute(receiver, options)), createLegacyRoute(receivers, options)];
}

function createServiceRoute(path: string, receiver: Receiver, options: WebhooksOptions): Route {
  const { active, webhook } = receiver;
  const { answerHeaders } = webhook;
  const count = createRequestCount(path, webhook.methods === "all", options);
  return {
    method: webhook.methods === "all" ? "ALL" : "POST",
    path,
    hot: hotPath.test(path),
    maxBodyBytes: webhook.maxBodyBytes?.(active.context.config) ?? defaultMaxBodyBytes,
    doc: documentWebhook(path, active.service.title, webhook),
    handle(request) {
      count(request);
      return receiveWebhook(receiver, request, options);
    },
    ...(webhook.refuse === undefined ? {} : { refuse: createRefuse(webhook.refuse.bind(webhook)) }),
    ...(answerHeaders === undefined ? {} : { answerHeaders }),
  };
}

/** Of the webhooks that registered remotes have of their own. */
function createRemoteRoute(receiver: Receiver, options: WebhooksOptions): readonly Route[] {
  const { active, webhook } = receiver;
  if (webhook.verifyRemote === undefined) return [];
  const path = `${webhook.paths[0] ?? ""}/:remote`;
  const count = createRequestCount(path, false, options);
  return [
    {
      method: "POST",
      path,
      hot: hotPath.test(path),
      maxBodyBytes: webhook.maxBodyBytes?.(active.context.config) ?? defaultMaxBodyBytes,
      doc: documentRemoteWebhook(active.service.title),
      handle(request) {
        count(request);
        return receiveFromRemote(receiver, request, options);
      },
    },
  ];
}

/** The route's own path counts, never the one that was requested: that may hold a secret. */
function createRequestCount(path: string, takesAllMethods: boolean, { metrics }: WebhooksOptions): (request: Request) => void {
  if (takesAllMethods) {
    return ({ method }) => {
      metrics.webhookRequests.of(path, method).inc();
    };
  }
  const requests = metrics.webhookRequests.of(path, "POST");
  return () => {
    requests.inc();
  };
}

/** Something that the service does not find, and has no answer for, is on no path of its own. */
function createRefuse(refuse: NonNullable<Receiver["webhook"]["refuse"]>): NonNullable<Route["refuse"]> {
  return (error, request) => {
    const answer = refuse(error, request);
    if (answer !== undefined) return toAnswer(answer);
    if (!(error instanceof NotFoundError)) return undefined;
    const { code, message } = noSuchRoute();
    return { status: 404, body: { errcode: code, error: message } };
  };
}

function createLegacyRoute(receivers: readonly Receiver[], options: WebhooksOptions): Route {
  const count = createRequestCount("/", false, options);
  return {
    method: "POST",
    path: "/",
    hot: true,
    maxBodyBytes: defaultMaxBodyBytes,
    doc: documentLegacyRoute(),
    handle(request): Promise<Answer> {
      count(request);
      const receiver = receivers.find(({ webhook }) => webhook.recognises(request.headers));
      if (receiver === undefined) throw unroutable();
      return receiveWebhook(receiver, request, options);
    },
  };
}

function unroutable(): SwitchboardError {
  return new SwitchboardError("HS_UNROUTABLE", "Unable to handle webhook payload. Service may not be configured.");
}
