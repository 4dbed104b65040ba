import { describe, expect, it } from "vitest";
import { createServiceContext } from "../../test/support/service-context.js";
import type { Connection } from "../core/connection.js";
import type { DevinfoEntityType } from "../core/devinfo.js";
import type { ConnectionId, RoomId } from "../core/ids.js";
import type { HeardStore } from "../core/ports/heard-store.js";
import type { StoreChange } from "../core/ports/unit-of-work.js";
import type { LateRendering } from "../core/service.js";
import { createMarkdownRenderer } from "../shared/markdown.js";
import type { CardEntity, DevinfoCard } from "../vocabulary/devinfo-card.js";
import { createDevinfoWords } from "./room-words.js";

const room: RoomId = "!room:example.org";
const everything: readonly DevinfoEntityType[] = ["commit", "branch", "pull_request"];

/** What rooms heard, in memory; its changes count when they are applied. */
class MemoryHeard implements HeardStore {
  readonly notes = new Map<string, string>();

  async find(roomId: RoomId, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return new Map(names.flatMap((name) => (this.notes.has(`${roomId} ${name}`) ? [[name, this.notes.get(`${roomId} ${name}`)!]] : [])));
  }

  put(roomId: RoomId, heard: ReadonlyMap<string, string>): readonly StoreChange[] {
    return [...heard].map(([name, value]) => ({ type: "put", key: `${roomId} ${name}`, value }));
  }

  async removeOver(_nowMs: number, limit: number): Promise<readonly StoreChange[]> {
    return [{ type: "del", key: `over ${limit}` }];
  }

  apply(changes: readonly StoreChange[] = []): void {
    for (const change of changes) if (change.type === "put") this.notes.set(change.key, String(change.value));
  }
}

interface Wish {
  readonly project: string;
  readonly types?: readonly DevinfoEntityType[];
  readonly instance?: string;
  readonly roomId?: RoomId;
  readonly status?: Connection["status"];
  readonly kindId?: string;
}

function connection({
  project,
  types = everything,
  instance = "main",
  roomId = room,
  status = { kind: "active" },
  kindId = "project",
}: Wish): Connection {
  return {
    ...{ id: `${roomId} ${project}` as ConnectionId, roomId, serviceId: "tracker", kindId, eventType: "tracker", stateKey: project },
    ...{ state: { project, devinfo: types, instance }, eventId: "$state", sender: "@a:example.org", remoteKeys: [], status, priority: -1 },
  };
}

class Rig {
  readonly heard = new MemoryHeard();
  readonly connections: readonly Connection[];
  readonly #words: ReturnType<typeof createDevinfoWords>;

  constructor(...wishes: readonly Wish[]) {
    this.connections = wishes.map(connection);
    const context = createServiceContext<unknown>({});
    this.#words = createDevinfoWords({
      connectionsIn: async (roomId) => this.connections.filter((one) => one.roomId === roomId),
      issueKeysOf: ({ kindId }) =>
        kindId !== "project"
          ? undefined
          : {
              context,
              issueKeys: {
                keyOf: () => undefined,
                projectOf: (state) => String(state["project"]),
                routingKey: (project) => project,
                // Put there above.
                announced: (state) => state["devinfo"] as readonly DevinfoEntityType[],
                isAt: async (state, instance) => state["instance"] === instance,
                issueUrl: (state, key) => `https://${String(state["instance"])}.example/${key}`,
                readableAt: async () => [],
              },
            },
      heard: this.heard,
      clock: { now: () => 5 },
      renderer: createMarkdownRenderer(),
    });
  }

  /** As delivery does it: the words and their changes are stored together. */
  async say(card: DevinfoCard, position = 0): Promise<string> {
    const words = await this.ask(card, position);
    this.heard.apply(words.changes);
    return words.kind === "messages" ? String(words.messages[0]?.content["body"]) : `ignored: ${words.reason}`;
  }

  ask(card: DevinfoCard, position = 0): Promise<LateRendering> {
    return this.#words(card, this.connections[position]!);
  }
}

function entity(sameness: string, given: Partial<CardEntity> = {}): CardEntity {
  return { type: "commit", sameness, repository: 0, issues: [0], sequence: "1", happenedAt: 1, words: { label: sameness }, ...given };
}

function card(entities: readonly CardEntity[], given: Partial<DevinfoCard> = {}): DevinfoCard {
  return { repositories: [{ name: "hello", teller: "ci" }], issueKeys: ["PLAY-1", "FOO-2", "OPS-3"], entities, ...given };
}

const heardAlready = "ignored: the room has heard of it";

describe("what a room is told of development information", () => {
  it("is said once, and noted together with the words", async () => {
    const rig = new Rig({ project: "PLAY" });

    const words = await rig.ask(card([entity("c1")]));

    expect(words).toMatchObject({
      kind: "messages",
      messages: [{ content: { body: "**hello**: 1 commit on [PLAY-1](https://main.example/PLAY-1)\n\n- c1", "m.mentions": {} } }],
      changes: [
        { type: "del", key: "over 501" },
        { type: "put", key: "!room:example.org c1" },
      ],
    });
    // A crash before they are stored: asked again, it says the same.
    expect(await rig.ask(card([entity("c1")]))).toEqual(words);
    rig.heard.apply(words.changes);
    expect(await rig.say(card([entity("c1")]))).toBe(heardAlready);
    expect(await rig.say(card([entity("c1")], { repositories: [{ name: "mirror", teller: "other" }] }))).toBe(heardAlready);
  });

  it("is what it has not heard yet", async () => {
    const rig = new Rig({ project: "PLAY" });
    await rig.say(card([entity("c1")]));

    expect(await rig.say(card([entity("c2"), entity("c1")]))).toContain("1 commit on");
  });

  it("is said by the connection that is asked first, for all of them", async () => {
    const rig = new Rig({ project: "PLAY" }, { project: "FOO", types: ["pull_request"] }, { project: "OPS", types: [] });
    const both = card([
      entity("c1"),
      entity("p1", { type: "pull_request", issues: [1, 2] }),
      entity("c2", { issues: [1] }),
      entity("c3", { issues: [2] }),
    ]);

    expect(await rig.say(both, 1)).toBe(
      "**hello**: 1 pull request, 1 commit on [PLAY-1](https://main.example/PLAY-1), [FOO-2](https://main.example/FOO-2)\n\n- c1\n- pull request p1",
    );
    expect(await rig.say(both, 0)).toBe(heardAlready);
  });

  it("is said in each room by itself", async () => {
    const rig = new Rig({ project: "PLAY" }, { project: "PLAY", roomId: "!b:example.org" });
    await rig.say(card([entity("c1")]), 0);

    expect(await rig.say(card([entity("c1")]), 1)).toContain("1 commit on");
  });

  it("counts one thing once that comes twice, also within one card", async () => {
    const rig = new Rig({ project: "PLAY" });
    const repositories = [
      { name: "hello", teller: "a" },
      { name: "fork", teller: "b" },
    ];
    const pull = entity("p1", { type: "pull_request", status: "OPEN" });

    const body = await rig.say(
      card([entity("c1"), entity("c1", { repository: 1 }), pull, { ...pull, repository: 1, sequence: "9" }], { repositories }),
    );

    expect(body.split("\n")[0]).toBe("**hello**: 1 pull request, 1 commit on [PLAY-1](https://main.example/PLAY-1)");
  });

  it("follows the states of a pull request", async () => {
    const rig = new Rig({ project: "PLAY" });
    const pull = (status: "OPEN" | "MERGED", sequence: string, teller: string): DevinfoCard =>
      card([entity("p1", { type: "pull_request", status, sequence })], { repositories: [{ name: "hello", teller }] });

    expect(await rig.say(pull("OPEN", "1", "ci"))).toContain("p1 open");
    expect(await rig.say(pull("OPEN", "70", "other"))).toBe(heardAlready);
    expect(await rig.say(pull("MERGED", "71", "other"))).toContain("p1 merged");
    expect(await rig.say(pull("MERGED", "2", "ci"))).toBe(heardAlready);
  });

  it("is of the Jira to which it is bound", async () => {
    const rig = new Rig({ project: "PLAY", instance: "main" }, { project: "FOO", instance: "other" });
    const bound = card([entity("c1"), entity("c2", { issues: [1] })], { instance: "other" });

    expect(await rig.say(bound)).toBe("**hello**: 1 commit on [FOO-2](https://other.example/FOO-2)\n\n- c2");
    expect(await rig.say({ ...bound, instance: "third" })).toBe(
      "ignored: it is bound to third, and the room is connected to nothing there that asks for it",
    );
  });

  it.each<[string, readonly [Wish, ...Wish[]], string]>([
    ["asks no more", [{ project: "PLAY", types: [] }], "the room's connections ask for no development information any more"],
    ["asks for something else", [{ project: "PLAY", types: ["branch"] }], "the room's connections do not ask for it"],
    ["is connected to another project", [{ project: "ELSE" }], "the room's connections do not ask for it"],
    [
      "lost its connection's consent",
      [{ project: "PLAY", status: { kind: "ungranted", reason: "x" } }],
      "the room's connections ask for no development information any more",
    ],
    [
      "is connected to something whose issues have no keys",
      [{ project: "PLAY", kindId: "outlet" }],
      "the room's connections ask for no development information any more",
    ],
  ])("is nothing where the room %s", async (_what, wishes, reason) => {
    const rig = new Rig(...wishes);

    expect(await rig.ask(card([entity("c1")]))).toEqual({ kind: "ignored", reason });
  });
});
