import type { ServiceSetUp } from "../../core/service-set-up.js";
import { parseHttpUrl } from "../../shared/url.js";

const flag = "generic-url-prefix";
const localPrefix = "http://localhost:9000/webhook/";

/** What `switchboard init` asks about webhooks. */
export const genericSetUp: ServiceSetUp = {
  questions: [
    {
      flag,
      placeholder: "url",
      description: "public address under which inbound webhooks are reached",
      preset: localPrefix,
      problem: (answer) => (parseHttpUrl(answer) === undefined ? "must be a URL that begins with http:// or https://" : undefined),
    },
  ],
  section: ({ [flag]: urlPrefix = localPrefix }) => ({ urlPrefix }),
  nextSteps: ({ [flag]: urlPrefix = localPrefix }, webhookPort) => [
    ...(isLocal(urlPrefix)
      ? [`For webhooks from elsewhere set generic.urlPrefix to the public address of port ${webhookPort} here, followed by /webhook/.`]
      : []),
    "Type in the room, for a webhook of your own: !connect webhook builds",
  ],
};

function isLocal(url: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(parseHttpUrl(url)?.hostname ?? "");
}
