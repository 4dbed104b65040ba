import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import { JiraStandIn } from "../../test/support/jira-stand-in.js";
import { type MatrixPerson } from "../../test/support/matrix-client.js";
import { freePorts } from "../../test/support/free-ports.js";
import { createInstallation, SwitchboardProcess, type Installation } from "../../test/support/switchboard-process.js";
import { Synapse } from "../../test/support/synapse.js";
import { buildIfStale } from "./build.js";
import { DemoFailure } from "./failure.js";
import type { DemoOptions } from "./options.js";
import type { Output } from "./output.js";
import type { Teardown } from "./teardown.js";

const serverName = "localhost";
export const userName = "ada";
const botName = "switchboard";
export const roomName = "Playground";
export const projectKey = "PLAY";
/** What people type to mean the stand-in. */
export const instanceName = "main";
/** Ada's name at the stand-in. */
export const adaThere = "Ada Example";

/** Everything that runs, and the user's way in. */
export interface Stage {
  readonly homeserver: Synapse;
  readonly switchboard: SwitchboardProcess;
  readonly installation: Installation;
  readonly jira: JiraStandIn;
  readonly jiraToken: string;
  /** Of Ada's own account there. */
  readonly adaToken: string;
  readonly ada: MatrixPerson;
  readonly password: string;
  readonly roomId: string;
  readonly botId: string;
}

interface Ports {
  readonly homeserver: number;
  readonly webhooks: number;
  readonly appservice: number;
  readonly jira: number;
}

/** Starts everything and hands what has to be ended to `teardown`. @throws Error with a sentence that says what is missing */
export async function setStage(options: DemoOptions, output: Output, teardown: Teardown): Promise<Stage> {
  const progress = (text: string): void => output.progress(text);
  const ports = await choosePorts(options);
  const [jiraSecret, jiraToken, adaToken, password] = [secret(), secret(), secret(), secret().slice(0, 12)];
  const installation = await createInstallation(
    {
      homeserverUrl: `http://127.0.0.1:${ports.homeserver}`,
      domain: serverName,
      botName,
      asToken: secret(),
      hsToken: secret(),
      jiraSecret,
      jiraToken,
      jiraUrl: `http://127.0.0.1:${ports.jira}`,
    },
    [ports.webhooks, ports.appservice],
  );
  const registrations = [installation.registrationFile];
  const [homeserver] = await Promise.all([
    startSynapse({ serverName, port: ports.homeserver, registrations, progress }, teardown),
    buildIfStale(progress),
  ]);
  output.line(`  Synapse, a real homeserver   ${homeserver.url}`);
  const jira = await startJira(ports.jira, jiraToken, teardown);
  jira.addAccount({ name: userName, displayName: adaThere, token: adaToken });
  jira.addWebhook({ url: `http://127.0.0.1:${installation.webhookPort}/jira/webhook`, secret: jiraSecret });
  output.line(`  stand-in for Jira (no Jira)  ${jira.url}`);
  const switchboard = await startSwitchboard(installation, teardown);
  output.line(`  Switchboard, on LevelDB      http://127.0.0.1:${installation.webhookPort}`);
  const ada = await homeserver.person(userName, password);
  teardown.add("The user's client", () => ada.stop());
  const roomId = await ada.createRoom({ name: roomName });
  return { homeserver, switchboard, installation, jira, jiraToken, adaToken, ada, password, roomId, botId: `@${botName}:${serverName}` };
}

async function startSynapse(options: Parameters<typeof Synapse.start>[0], teardown: Teardown): Promise<Synapse> {
  const homeserver = await Synapse.start(options);
  teardown.add("Synapse", () => homeserver.stop());
  return homeserver;
}

async function startJira(port: number, token: string, teardown: Teardown): Promise<JiraStandIn> {
  const jira = await JiraStandIn.start({ deployment: "server", credential: { token }, port });
  teardown.add("The stand-in for Jira", () => jira.stop());
  jira.addProject(projectKey, "The playground");
  return jira;
}

async function startSwitchboard(installation: Installation, teardown: Teardown): Promise<SwitchboardProcess> {
  const switchboard = new SwitchboardProcess(installation);
  teardown.add("Switchboard", () => switchboard.stop());
  // Whatever ends this process, Switchboard goes with it.
  process.once("exit", () => void switchboard.kill());
  await switchboard.ready(installation.webhookPort).catch((cause: unknown) => {
    throw new DemoFailure("Switchboard did not become ready.", { cause, details: switchboard.log.slice(-4_000) });
  });
  return switchboard;
}

async function choosePorts({ homeserverPort, webhookPort, jiraPort }: DemoOptions): Promise<Ports> {
  await requireFree("--homeserver-port", homeserverPort);
  await requireFree("--webhook-port", webhookPort);
  await requireFree("--jira-port", jiraPort);
  const [first = 0, second = 0, third = 0, appservice = 0] = await freePorts(4);
  return { homeserver: homeserverPort || first, webhooks: webhookPort || second, jira: jiraPort || third, appservice };
}

/** @throws DemoFailure when somebody listens there */
async function requireFree(option: string, port: number): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once("error", (cause) => {
      reject(new DemoFailure(`Port ${port} cannot be used (${cause.message}): give ${option} another one, or none.`, { cause }));
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve()));
  });
}

function secret(): string {
  return randomBytes(24).toString("base64url");
}
