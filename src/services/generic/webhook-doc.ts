import type { WebhookDoc } from "../../core/webhook.js";

/** What the documents of the API say of hooks (Hookshot reference 4.2). */
export const hookDoc: WebhookDoc = {
  description:
    "The address of a hook: the secrecy of its id is what lets senders in, and a signature where the hook asks for one. " +
    "`GET`, with the query as the payload, is taken where `generic.enableHttpGet` says so. Bodies are read as their content type says: JSON, XML, a form, or text.",
  params: { hookId: "The hook's secret id." },
  methods: ["GET", "POST", "PUT"],
  answers: {
    200: "`{\"ok\": true}`: it is said in the room; or what the hook's function answers. Slack's and Discord's addresses answer as those do.",
    202: '`{"ok": true}`: stored.',
    204: "Discord's address: stored.",
    400: "The payload cannot be read.",
    401: "The signature is missing or wrong.",
    404: "There is no such hook, or it has expired.",
    405: "The method is not taken.",
    413: "The body is too large.",
    500: '`{"ok": false, "error": …}`, where senders are kept waiting: it could not be said.',
    503: "It could not be stored just now; nothing was taken, so send it again.",
  },
};
