import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ask } from "../support/ask.js";
import { consent } from "../support/browser.js";
import { bulk, commit, hash, repository } from "../support/devinfo-samples.js";
import { answerTo, type EndToEnd } from "../support/end-to-end.js";
import { LoginPlaces } from "../support/login-places.js";
import { poll } from "../support/poll.js";

const clientSecret = `planted-client-${randomBytes(16).toString("hex")}`;
const smartCommits = { comment: true, time: false, transition: false };

let places: LoginPlaces;
let all: EndToEnd;

beforeAll(async () => {
  places = await LoginPlaces.start();
  ({ all } = places.side);
  await all.restartSwitchboard({
    listeners: [{ port: all.installation.webhookPort, bindAddress: "127.0.0.1", resources: ["webhooks", "devinfo"] }],
    devinfo: { clients: [{ clientId: "ci", clientSecret, instance: "main" }], smartCommits },
  });
});

afterAll(() => places.stop());

/** One commit. */
async function push(repositoryId: string, number: number, message: string, email: string): Promise<void> {
  const send = (path: string, body: object, token?: string): ReturnType<typeof ask> =>
    ask(all.installation.webhookPort, path, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
  const granted = await send("/oauth/token", { grant_type: "client_credentials", client_id: "ci", client_secret: clientSecret });
  const sent = { issueKeys: [message.split(" ")[0]], message, author: { name: "Ada", email }, authorTimestamp: new Date().toISOString() };
  const body = bulk([repository(repositoryId, number, { commits: [commit(hash(number), 1, sent)] })], { preventTransitions: false });
  // RFC 6749, section 5.1.
  const { access_token: token } = granted.json() as { readonly access_token: string };
  expect((await send("/rest/devinfo/0.10/bulk", body, token)).status).toBe(202);
}

it("a smart commit is carried out once, as its author, as far as the configuration allows it", async () => {
  const alice = await all.person("alice");
  const chat = await all.directChat(alice);
  const [, link = ""] = /Open (http\S+) to link your account/.exec(await answerTo(alice, chat, "jira login main")) ?? [];
  expect((await consent(link, { as: "ada" })).status).toBe(200);
  const { key } = await all.jira.createIssue("PLAY", "Oil the swing");
  const { email } = all.jira.account("ada");

  await push("one", 1, `${key} #time 2h #comment Oiled it`, email);
  await push("two", 1, `${key} #comment Oiled it`, email);
  await push("one", 2, `${key} #comment Not by me`, "somebody@example.org");
  // An issue's commands come in their order: with this one all before it are over.
  await push("one", 3, `${key} #comment And painted it`, email);
  await poll(async () => all.jira.commentsOf(key).find(({ text }) => text.includes("painted")), { what: "the last", timeoutMs: 20_000 });

  expect(all.jira.commentsOf(key).map(({ author, text }) => `${author}: ${text}`)).toEqual([
    "Ada Lovelace: Oiled it",
    "Ada Lovelace: And painted it",
  ]);
  expect(all.jira.issue(key).worklogs).toEqual([]);
});
