import { describe, expect, it } from "vitest";
import { alice, botRig, createSpeaker, messageEvent, spoken, work, type BotRigOptions } from "../../../test/support/bot-fakes.js";
import type { RemoteReport } from "../../remotes/survey.js";

async function answer(reports: readonly RemoteReport[], rules?: BotRigOptions["rules"]): Promise<string> {
  const rig = botRig({ ...(rules === undefined ? {} : { rules }), overrides: { surveyRemotes: async () => reports } });
  const [said = ""] = spoken(await createSpeaker(rig.deps)(work(messageEvent("!switchboard connectors"))));
  return said;
}

describe("!switchboard connectors", () => {
  it("lists what is registered, with health", async () => {
    const said = await answer([
      { kind: "connector", id: 1, name: "main", url: "https://a.test", health: { kind: "good", account: "ada" } },
      { kind: "connector", id: 2, name: "SD *Elements*", url: "https://b.test", health: { kind: "good" } },
      { kind: "ticketing", id: 1, name: "scan", url: "https://c.test", health: { kind: "bad", reason: "Unable to connect." } },
      { kind: "connector", id: 3, name: "old", health: { kind: "untested", reason: "such systems are only stored" } },
    ]);

    expect(said).toBe(
      [
        "These remote systems are registered:",
        "",
        "- `connector/main`, `connector/#1` (https://a.test): works, as ada",
        "- `connector/SD *Elements*`, `connector/#2` (https://b.test): works",
        "- `ticketing/scan`, `ticketing/#1` (https://c.test): does not work. Unable to connect.",
        "- `connector/old`, `connector/#3`: not tested: such systems are only stored",
      ].join("\n"),
    );
  });

  it("says how remotes are registered where none is", async () => {
    expect(await answer([])).toMatch(/^No remote system is registered\./);
  });

  it("is for people who may manage connections", async () => {
    const said = await answer([], [{ actor: alice, services: [{ service: "*", level: "login" }] }]);

    expect(said).toMatch(/permission to use this command\. Ask the administrator for the level `manageConnections`/);
  });
});
