import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../test/support/service-context.js";
import { BotDirectory } from "../core/bots.js";
import type { Connection } from "../core/connection.js";
import type { DevinfoEntityType } from "../core/devinfo.js";
import type { ConnectionId } from "../core/ids.js";
import type { IssueKeys } from "../core/issue-keys.js";
import { notice } from "../core/message.js";
import type { ConnectionIndex } from "../core/ports/connection-index.js";
import type { RoomStore } from "../core/ports/room-store.js";
import type { ConnectionKind, LateRendering, Service } from "../core/service.js";
import type { DevinfoWords } from "../devinfo/room-words.js";
import { devinfoCardEvent, type DevinfoCard } from "../vocabulary/devinfo-card.js";
import { createEventRoutes, type EventRoutes } from "./event-routes.js";

const bot = { userId: "@bot:example.org", prefix: "!hookshot" } as const;
const card: DevinfoCard = { repositories: [], issueKeys: [], entities: [] };
const event = devinfoCardEvent(card, ["key"]);

function connection(devinfo: readonly DevinfoEntityType[]): Connection {
  return {
    // The cast: tests give out ids of their own.
    ...{ id: "c" as ConnectionId, roomId: "!a:example.org", serviceId: "forge", kindId: "project", eventType: "forge", stateKey: "x" },
    ...{ state: { devinfo }, eventId: "$state", sender: "@admin:example.org", remoteKeys: ["x"], status: { kind: "active" }, priority: -1 },
  };
}

/** What a kind says of issues, as far as it is asked here. */
const issueKeys = { announced: ({ devinfo }) => devinfo } as IssueKeys<unknown>;

function routesOf({ words, hasIssues = true }: { readonly words?: DevinfoWords; readonly hasIssues?: boolean }): EventRoutes {
  const kind: ConnectionKind<unknown> = {
    ...{ id: "project", title: "Forge project", stateTypes: ["forge.project"], stateSchema: {} },
    ...{ remoteKeys: () => ["x"], resourceKey: () => "x", describe: () => ({ name: "x" }), isNamed: () => false },
    render() {
      throw new TypeError("no kind is asked about what is not its own");
    },
    ...(hasIssues ? { issueKeys } : {}),
  };
  const service: Service<unknown> = {
    ...{ id: "forge", title: "Forge", configKey: "forge", permissionName: "forge", configSchema: {}, kinds: [kind] },
  };
  return createEventRoutes({
    services: [{ service, context: createServiceContext<unknown>({}) }],
    // Neither is asked: there is one bot, and connections are given.
    ...{ index: {} as ConnectionIndex, rooms: {} as RoomStore },
    bots: new BotDirectory(bot, [], []),
    allowUrlPreviews: false,
    ...(words === undefined ? {} : { devinfoWords: words }),
  });
}

const said: LateRendering = { kind: "messages", messages: [notice("new")], changes: [{ type: "del", key: "k" }] };

describe("development information", () => {
  it("is worded in the room's turn, by what the room asks for, and said by the service's bot", async () => {
    const asked: unknown[] = [];
    const routes = routesOf({
      words: async (...given) => {
        asked.push(given);
        return said;
      },
    });
    const here = connection(["commit"]);

    expect(await routes.render(event, here)).toEqual({ kind: "later", sender: bot.userId });
    const words = await routes.renderLater(event, here);

    expect(asked).toEqual([[card, here]]);
    expect(words).toMatchObject({ kind: "messages", sender: bot.userId, messages: [{ content: { body: "new" } }], changes: said.changes });
    // Through the pipeline like everything else.
    expect(words).toMatchObject({ messages: [{ content: { "com.beeper.linkpreviews": [] } }] });
  });

  it("may come to nothing there", async () => {
    const routes = routesOf({ words: async () => ({ kind: "ignored", reason: "the room has heard of it" }) });

    expect(await routes.renderLater(event, connection(["commit"]))).toEqual({ kind: "ignored", reason: "the room has heard of it" });
  });

  it.each<[string, Parameters<typeof routesOf>[0], readonly DevinfoEntityType[], string]>([
    ["asks for none", { words: async () => said }, [], "the connection asks for no development information"],
    [
      "is to something without keys",
      { words: async () => said, hasIssues: false },
      ["commit"],
      "no development information is told through a Forge project",
    ],
    ["could only be told by a part that is not there", {}, ["commit"], "no development information is told through a Forge project"],
  ])("is ignored where the connection %s", async (_what, given, devinfo, reason) => {
    expect(await routesOf(given).render(event, connection(devinfo))).toEqual({ kind: "ignored", reason });
  });
});
