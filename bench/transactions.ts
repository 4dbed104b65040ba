import { Pool } from "undici";
import { spread } from "./statistics.js";
import { hsToken, installSwitchboard, projectNames, roomOf, startHomeserver, startSwitchboard } from "./surroundings.js";

/*
 * Chat that is nothing for us: a homeserver sends one transaction after the other, each with 100 messages in connected rooms.
 */

const rounds = 5;
const transactions = 400;
const eventsEach = 100;

/** Prints events per second. */
export async function benchTransactions(print: (line: string) => void): Promise<void> {
  const projects = projectNames(50);
  const homeserver = await startHomeserver(projects);
  const installation = await installSwitchboard(homeserver);
  const subject = await startSwitchboard(installation);
  const pool = new Pool(`http://127.0.0.1:${installation.appservicePort}`, { connections: 1 });
  const perSecond: number[] = [];
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const bodies = Array.from({ length: transactions }, (_, index) => chat(projects, round * transactions + index));
      const startedAt = performance.now();
      for (const [index, body] of bodies.entries()) {
        const path = `/_matrix/app/v1/transactions/${round}-${index}`;
        const headers = { authorization: `Bearer ${hsToken}`, "content-type": "application/json" };
        const answer = await pool.request({ method: "PUT", path, headers, body });
        await answer.body.dump();
        if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}`);
      }
      // The first round warms up.
      if (round > 0) perSecond.push((transactions * eventsEach) / ((performance.now() - startedAt) / 1_000));
    }
    print(`transactions of ${eventsEach} chat events over one connection: ${spread(perSecond)} events/s`);
  } finally {
    await pool.close();
    await subject.stop();
    await homeserver.stop();
    await installation.remove();
  }
}

function chat(projects: readonly string[], transaction: number): string {
  const events = Array.from({ length: eventsEach }, (_, index) => ({
    type: "m.room.message",
    event_id: `$chat-${transaction}-${index}`,
    room_id: roomOf(projects[index % projects.length] ?? "P0"),
    sender: `@user${index % 20}:fake.test`,
    origin_server_ts: 1_767_225_600_000 + index,
    content: {
      msgtype: "m.text",
      body: `Has anybody seen the release notes of last week? I need part ${index} of them. ${"word ".repeat(80)}`,
    },
    unsigned: { age: 12 },
  }));
  return JSON.stringify({ events });
}
