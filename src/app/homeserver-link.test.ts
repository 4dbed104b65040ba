import { describe, expect, it } from "vitest";
import { ManualClock, settle } from "../../test/support/manual-clock.js";
import { seededRandom } from "../../test/support/seeded-random.js";
import { BotDirectory } from "../core/bots.js";
import { RemoteError } from "../core/errors.js";
import { createLog } from "../shared/log.js";
import { HomeserverLink } from "./homeserver-link.js";

/** @param failures how many pings fail before one succeeds */
function linkRig(failures: number): { link: HomeserverLink; clock: ManualClock; lines: string[]; pings: () => number } {
  const clock = new ManualClock();
  const lines: string[] = [];
  let pings = 0;
  const link = new HomeserverLink({
    matrix: {
      botAccount: {
        registerBot: () => Promise.resolve(),
        syncProfile: () => Promise.resolve(),
        ping() {
          pings += 1;
          return pings > failures
            ? Promise.resolve(1)
            : Promise.reject(new RemoteError("no", { status: 502, remoteCode: "M_CONNECTION_FAILED" }));
        },
      },
    },
    bots: new BotDirectory({ userId: "@switchboard:example.org", prefix: "!hookshot" }, [], []),
    clock,
    random: seededRandom(1),
    log: createLog({ level: "info", json: true, colorize: false, timestampFormat: "" }, { write: (line) => lines.push(line) }),
    onReachable: () => undefined,
    onLinked: () => undefined,
  });
  return { link, clock, lines, pings: () => pings };
}

describe("asking the homeserver for what it holds back", () => {
  it("is done once where it succeeds", async () => {
    const { link, clock, pings } = linkRig(0);

    await link.start();
    await clock.advance(60_000);

    expect(pings()).toBe(1);
  });

  it("is repeated where the homeserver tried a connection from before our start", async () => {
    const { link, clock, lines, pings } = linkRig(2);

    const started = link.start();
    await clock.advance(10_000);
    await started;

    expect(pings()).toBe(3);
    expect(lines).toEqual([]);
  });

  it("is given up after seconds, with what to check", async () => {
    const { link, clock, lines, pings } = linkRig(Number.POSITIVE_INFINITY);

    const started = link.start();
    await clock.advance(10_000);
    await started;

    expect(pings()).toBe(6);
    expect(lines.join("")).toContain("Check `url` in the registration file");
  });

  it("ends with a stop", async () => {
    const { link, clock, lines, pings } = linkRig(Number.POSITIVE_INFINITY);

    const started = link.start();
    await settle();
    link.stop();
    await clock.advance(10_000);
    await started;

    expect(pings()).toBe(1);
    expect(lines).toEqual([]);
  });
});
