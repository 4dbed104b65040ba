import type { Webhook } from "../../core/webhook.js";
import type { DocumentTag } from "../../http/openapi-document.js";
import { documentRefusals } from "../../http/operation.js";
import type { DocumentedAnswer, JsonSchema, RouteDoc } from "../../http/route.js";

export const webhooksTag: DocumentTag = {
  name: "Webhooks",
  description: `Where remote systems send what happens, on listeners with the resource \`webhooks\`. A request is answered once it is stored, and is
then delivered whatever happens; one that is sent again is known by the sender's delivery id. How a sender shows that it may send is told
on the page of its service.`,
};

const stored: DocumentedAnswer = { description: "Stored, or seen before. The body is `OK`.", contentType: "text/plain" };

const refusals = documentRefusals({
  400: "It is no payload of the service.",
  401: "The secret or signature is missing or wrong.",
  413: "The body is too large.",
  415: "The body can be nothing that the service takes.",
  503: "It could not be stored just now; nothing was taken, so send it again.",
});

/** What the documents say of a service's path. */
export function documentWebhook(path: string, title: string, { doc, takesAnyContentType }: Webhook<unknown>): RouteDoc {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => String(name));
  return {
    tag: webhooksTag.name,
    summary: `${title}: takes a request.`,
    ...(doc === undefined ? {} : { description: doc.description }),
    ...(names.length === 0 ? {} : { params: Object.fromEntries(names.map((name) => [name, paramSchema(doc?.params?.[name])])) }),
    body: {},
    ...(takesAnyContentType === true ? { bodyTypes: ["*/*"] } : {}),
    methods: doc?.methods ?? ["POST"],
    answers: doc === undefined ? { 200: stored, ...refusals } : ownAnswers(doc.answers),
  };
}

function paramSchema(description = ""): JsonSchema {
  return { type: "string", ...(description === "" ? {} : { description }) };
}

function ownAnswers(answers: Readonly<Record<number, string>>): RouteDoc["answers"] {
  return Object.fromEntries(Object.entries(answers).map(([status, description]) => [status, { description }]));
}

/** What the documents say of the webhooks that registered remotes have of their own. */
export function documentRemoteWebhook(title: string): RouteDoc {
  return {
    tag: webhooksTag.name,
    summary: `${title}: takes a request of a registered remote.`,
    description: `Each ${title} that is registered as a connector, Git integration or ticketing integration has an address and a secret of its own, which
whoever connects a room through it is told. What it says of another address, or of projects that it does not serve, is dropped.`,
    params: { remote: paramSchema("What it is registered as, and its id: `connector-3`, `integration-3` or `ticketing-3`.") },
    body: {},
    answers: { 200: stored, ...refusals, ...documentRefusals({ 404: "No such remote is registered, or it has no webhook yet." }) },
  };
}

/** What the documents say of `POST /`. */
export function documentLegacyRoute(): RouteDoc {
  return {
    tag: webhooksTag.name,
    summary: "Takes what any of the services sends.",
    description: "An older address: which service it is for is told by the request's headers.",
    body: {},
    answers: { 200: stored, ...refusals },
  };
}
