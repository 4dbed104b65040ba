import { afterEach, describe, expect, it } from "vitest";
import { connectorSystems } from "../../src/apis/connectors/schema.js";
import { createRemoteServices, services } from "../../src/app/services.js";
import type { CheckingService } from "../../src/remotes/check-remote.js";
import { systemClock } from "../../src/shared/clock.js";
import type { Asked } from "../support/ask.js";
import { ConnectorsRig } from "../support/connectors-rig.js";
import { GitIntegrationsRig, integrationsUrl } from "../support/git-integrations-rig.js";
import {
  fewPrivateHosts,
  nameServer,
  privateHosts,
  privateNames,
  setTrap,
  trickyAddresses,
  watchConnections,
  type Trap,
} from "../support/target-trap.js";
import { fitting as fittingTicketing, integrationsUrl as ticketingUrl, statusUrl, TicketingRig } from "../support/ticketing-rig.js";

// Whatever takes an address from outside gives it to the guarded client (guarded-targets.test.ts), and nothing gets past that: a server that
// listens on every address of this machine is not connected to, over any API, on any road.

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(ends.splice(0).map((end) => end()));
});

const lookup = nameServer(privateNames);
const checking: readonly CheckingService[] = [...services, ...createRemoteServices({ trackedFolders: [], clock: systemClock })];

function ending<Rig extends { stop(): Promise<void> }>(rig: Rig): Rig {
  ends.push(() => rig.stop());
  return rig;
}

interface ApiRig {
  /** Registers or changes something at that address, in one way. */
  readonly send: (url: string) => Promise<Asked>;
  /** Of our own servers, which the test connects to. */
  readonly ports: readonly number[];
}

/** A way by which an address comes in from outside. */
interface Road {
  readonly name: string;
  open(allow: readonly string[]): Promise<ApiRig>;
  /** Whether an answer says that the address was not taken, or not reached. */
  isRefusal(answer: Asked): boolean;
  /** Names are taken, and asked for later. */
  readonly takesNames?: true;
  /** Shares its judgement with another road, on which every form of an address is tried. */
  readonly isLikeAnother: boolean;
}

const connectorsUrl = "/api/v2/connectors/issue-tracker/";
const testingUrl = "/api/v2/connectors/test-issue-tracker/";

/** The params of a connector at an address, with all that any system wants. */
function paramsAt(url: string): Readonly<Record<string, string>> {
  const [, method = "http", server = ""] = /^\s*(https?):[\\/]*(.*?)\/?$/is.exec(url) ?? [undefined, "http", url];
  return {
    ...{
      issue_tracker_method: method.toLowerCase(),
      issue_tracker_server: server,
      issue_tracker_user: "ada",
      issue_tracker_pass: "planted",
    },
    ...{ issue_tracker_api_token: "planted", github_repo_owner: "octo", issue_tracker_project: "play", rally_workspace: "play" },
  };
}

function connectorAt(url: string, system: string): object {
  return { name: "x", system: { id: system }, params: paramsAt(url) };
}

async function openConnectors(allow: readonly string[]): Promise<{ readonly rig: ConnectorsRig; readonly port: number }> {
  const rig = ending(new ConnectorsRig({ services: checking, allow, lookup }));
  return { rig, port: await rig.start() };
}

function connectorRoads(system: string): readonly Road[] {
  const isLikeAnother = system !== "jira";
  return [
    {
      name: `testing a connector: ${system}`,
      async open(allow) {
        const { rig, port } = await openConnectors(allow);
        return { ports: [port], send: (url) => rig.call("POST", testingUrl, { body: connectorAt(url, system) }) };
      },
      isRefusal: ({ status, text }) => status === 400 || text.includes('"success":false'),
      isLikeAnother,
    },
    {
      name: `creating a connector: ${system}`,
      async open(allow) {
        const { rig, port } = await openConnectors(allow);
        return { ports: [port], send: (url) => rig.call("POST", connectorsUrl, { body: connectorAt(url, system) }) };
      },
      isRefusal: ({ status }) => status === 400,
      takesNames: true,
      isLikeAnother,
    },
    {
      name: `changing a connector: ${system}`,
      async open(allow) {
        const { rig, port } = await openConnectors(allow);
        await rig.call("POST", connectorsUrl, { body: connectorAt("https://tracker.test/", system) });
        return { ports: [port], send: (url) => rig.call("PATCH", `${connectorsUrl}1/`, { body: { params: paramsAt(url) } }) };
      },
      isRefusal: ({ status }) => status === 400,
      takesNames: true,
      isLikeAnother,
    },
  ];
}

function openTicketing(allow: readonly string[], verifiesConnections: boolean): TicketingRig {
  return ending(new TicketingRig({ allow, lookup, verifiesConnections }));
}

const ticketingRoads: readonly Road[] = [
  {
    name: "creating a ticketing integration",
    async open(allow) {
      const rig = openTicketing(allow, true);
      return { ports: [await rig.start()], send: (url) => rig.create(fittingTicketing(url)) };
    },
    isRefusal: ({ status }) => status === 400,
    isLikeAnother: false,
  },
  {
    name: "changing a ticketing integration",
    async open(allow) {
      const rig = openTicketing(allow, true);
      const first = await rig.startJira();
      const before = ending(new TicketingRig({ database: rig.database, verifiesConnections: false }));
      await before.create(fittingTicketing(first.url, { connection_name: "x" }));
      const send = (url: string): Promise<Asked> =>
        rig.call("PUT", `${ticketingUrl}/x`, { body: { jira_server_url: url, password: "planted" } });
      return { ports: [await rig.start()], send };
    },
    isRefusal: ({ status }) => status === 400,
    isLikeAnother: false,
  },
  {
    name: "checking a ticketing integration that was taken before",
    async open(allow) {
      const rig = openTicketing(allow, true);
      const lax = ending(new TicketingRig({ database: rig.database, allow: ["0.0.0.0/0", "::/0"], verifiesConnections: false, lookup }));
      let count = 0;
      const send = async (url: string): Promise<Asked> => {
        const name = `x${String((count += 1))}`;
        const created = await lax.create(fittingTicketing(url, { connection_name: name }));
        return created.status === 200 ? rig.call("GET", `${statusUrl}?integrationName=${name}`) : created;
      };
      return { ports: [await rig.start(), await lax.start()], send };
    },
    isRefusal: ({ text }) => text.includes("outbound.allow"),
    isLikeAnother: false,
  },
];

const gitTypes = [
  { type: "GITHUB_SERVER", pat: "planted" },
  { type: "GITLAB_SERVER", pat: "planted" },
  { type: "GITLAB_SERVER_LEGACY", username: "ada", password: "planted" },
  { type: "TFS_SERVER", username: "ada", password: "planted" },
  { type: "AZURE_DEVOPS", pat: "planted" },
  { type: "GERRIT", username: "ada", password: "planted" },
  { type: "GITHUB", pat: "planted" },
  { type: "AWS", username: "ada", password: "planted", awsRegion: "us-east-1" },
] as const;

function gitRoads(type: (typeof gitTypes)[number]): readonly Road[] {
  const isLikeAnother = type.type !== "GITHUB_SERVER";
  return [
    {
      name: `creating a Git integration: ${type.type}`,
      async open(allow) {
        const rig = ending(new GitIntegrationsRig({ allow }));
        return { ports: [await rig.start()], send: (url) => rig.create({ ...type, origin: url }) };
      },
      isRefusal: ({ status }) => status === 400,
      takesNames: true,
      isLikeAnother,
    },
    {
      name: `changing a Git integration: ${type.type}`,
      async open(allow) {
        const rig = ending(new GitIntegrationsRig({ allow }));
        await rig.create({ ...type, origin: "https://git.test" });
        return { ports: [await rig.start()], send: (url) => rig.call("PUT", `${integrationsUrl}/1`, { body: { ...type, origin: url } }) };
      },
      isRefusal: ({ status }) => status === 400,
      takesNames: true,
      isLikeAnother,
    },
  ];
}

const testedSystems = connectorSystems.filter(({ serviceId }) => serviceId !== undefined).map(({ id }) => id);
const roads: readonly Road[] = [...testedSystems.flatMap(connectorRoads), ...ticketingRoads, ...gitTypes.flatMap(gitRoads)];

/** Without those to our own servers, which only the test connects to. */
function foreign(attempts: readonly string[], ports: readonly number[]): readonly string[] {
  return attempts.filter((attempt) => !ports.some((port) => attempt === `127.0.0.1:${port}`));
}

function at(text: string, { port }: Trap): string {
  return text.replaceAll("{port}", String(port));
}

describe.each(roads)("$name", (road) => {
  it("takes no address in figures that is not on the public internet, and connects to none", async () => {
    const trap = await setTrap();
    const { send, ports } = await road.open([]);
    const attempts = watchConnections();

    for (const host of road.isLikeAnother ? fewPrivateHosts : privateHosts) {
      const answer = await send(`http://${host}:${trap.port}/`);
      expect(road.isRefusal(answer), `${host} ${answer.text}`).toBe(true);
    }

    expect([foreign(attempts, ports), trap.visits()]).toEqual([[], 0]);
  });

  it("connects to no name that leads to such an address", async () => {
    const trap = await setTrap();
    const { send, ports } = await road.open([]);
    const attempts = watchConnections();

    for (const host of Object.keys(privateNames)) {
      const answer = await send(`http://${host}:${trap.port}/`);
      if (road.takesNames === undefined) expect(road.isRefusal(answer), `${host} ${answer.text}`).toBe(true);
    }

    expect([foreign(attempts, ports), trap.visits()]).toEqual([[], 0]);
  });

  it("is not led there by tricks", async () => {
    const trap = await setTrap();
    const { send, ports } = await road.open([]);
    const attempts = watchConnections();

    for (const address of trickyAddresses) await send(at(address, trap));

    expect([foreign(attempts, ports), trap.visits()]).toEqual([[], 0]);
  });

  it("takes an address that the configuration allows, and no other", async () => {
    const trap = await setTrap();
    const { send } = await road.open(["127.0.0.1"]);

    const allowed = await send(`http://127.0.0.1:${trap.port}/`);
    const visits = trap.visits();
    const refused = await send(`http://127.0.0.2:${trap.port}/`);

    // What answers there is no tracker: where it was asked, that is the reason.
    expect(allowed.text).not.toContain("outbound.allow");
    expect(road.takesNames === true ? !road.isRefusal(allowed) : visits > 0).toBe(true);
    expect([road.isRefusal(refused), trap.visits()]).toEqual([true, visits]);
  });
});
