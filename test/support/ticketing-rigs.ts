import { expect } from "vitest";
import type { JiraStandIn } from "./jira-stand-in.js";
import { fitting, integrationsUrl, statusUrl, TicketingRig, type TicketingRigOptions } from "./ticketing-rig.js";

/** The integration that tests begin with. */
export const name = "cloudProjectABC";
export const itemUrl = `${integrationsUrl}/${name}`;

/** An address that nothing is sent to, where the connection is not verified. */
export const somewhere = "https://customer.atlassian.net";

/** What is shown of it there. */
export const shown = {
  connection_name: name,
  auth_type: "basic",
  username: "ada",
  installation_type: "server",
  jira_server_url: somewhere,
  skip_proxy: false,
};

export const unknown = { error: "Integration not found" };
export const nothingToChange = { error: "No integration found with the given connection name" };
export const notConnected =
  "We were not able to connect to your Jira based on the credentials you provided, please check all the values and try again.";

/** One of each of the API's requests. */
export const requests = [
  { method: "POST", path: integrationsUrl },
  { method: "GET", path: integrationsUrl },
  { method: "PUT", path: integrationsUrl },
  { method: "GET", path: itemUrl },
  { method: "GET", path: `${itemUrl}/details` },
  { method: "PUT", path: itemUrl },
  { method: "DELETE", path: itemUrl },
  { method: "GET", path: `${statusUrl}?integrationName=${name}` },
  { method: "GET", path: statusUrl },
];

/** The rigs of a test. */
export class TicketingRigs {
  readonly #rigs: TicketingRig[] = [];

  create(options?: TicketingRigOptions): TicketingRig {
    const rig = new TicketingRig(options);
    this.#rigs.push(rig);
    return rig;
  }

  /** No Jira is asked; an integration is there. */
  async createUnverified(options: TicketingRigOptions = {}): Promise<TicketingRig> {
    const rig = this.create({ verifiesConnections: false, ...options });
    expect((await rig.create(fitting(somewhere))).status).toBe(200);
    return rig;
  }

  /** An integration with a Jira on loopback is there. */
  async createVerified(): Promise<{ readonly rig: TicketingRig; readonly jira: JiraStandIn }> {
    const rig = this.create();
    const jira = await rig.startJira();
    expect((await rig.create(fitting(jira.url))).status).toBe(200);
    rig.asked.length = 0;
    return { rig, jira };
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#rigs.splice(0).map((rig) => rig.stop()));
  }
}
