import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ask, askRaw } from "../../test/support/ask.js";
import { systemClock } from "../shared/clock.js";
import { silentLog } from "../shared/log.js";
import { systemRandom } from "../shared/random.js";
import { BodyBudget } from "./body-budget.js";
import { createListener, type Listener, type ListenerOptions } from "./listener.js";
import type { Route } from "./route.js";

const started: Listener[] = [];
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(started.splice(0).map((listener) => listener.stop()));
});

async function serve(
  bodyBudget: BodyBudget,
  handle: Route["handle"] = () => ({ status: 200 }),
  timeouts: ListenerOptions["timeouts"] = {},
): Promise<number> {
  const paths = ["/one", "/other"];
  const routes = paths.map((path): Route => ({ method: "POST", path, maxBodyBytes: 1000, bodyBudget, handle }));
  const listener = createListener({
    ...{ bindAddress: "127.0.0.1", port: 0, routes, timeouts },
    ...{ log: silentLog(), clock: systemClock, random: systemRandom },
  });
  started.push(listener);
  return (await listener.start()).port;
}

/** A client that sends what it is told and goes on when the server is known to have it. */
function send(port: number, text: string): Socket {
  const socket = connect(port, "127.0.0.1", () => socket.write(text));
  socket.on("error", () => undefined);
  sockets.push(socket);
  return socket;
}

function head(path: string, header: string): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\n${header}\r\n\r\n`;
}

describe("a budget of bodies", () => {
  it("is taken by the announced length before anything is read, over all routes, and given back", async () => {
    const budget = new BodyBudget(1000);
    const port = await serve(budget);
    const first = send(port, head("/one", "content-length: 900"));
    await expect.poll(() => budget.takenBytes).toBe(900);

    expect((await ask(port, "/other", { method: "POST", body: "x".repeat(101) })).status).toBe(503);
    expect((await ask(port, "/other", { method: "POST", body: "x".repeat(100) })).status).toBe(200);

    first.end("x".repeat(900));
    await expect.poll(() => budget.takenBytes).toBe(0);
    expect((await ask(port, "/other", { method: "POST", body: "x".repeat(1000) })).status).toBe(200);
  });

  it("is taken by chunks as they come", async () => {
    const budget = new BodyBudget(1000);
    const port = await serve(budget);
    const chunk = (length: number): string => `${length.toString(16)}\r\n${"x".repeat(length)}\r\n`;
    const first = send(port, head("/one", "transfer-encoding: chunked") + chunk(300));
    await expect.poll(() => budget.takenBytes).toBe(300);
    first.write(chunk(400));
    await expect.poll(() => budget.takenBytes).toBe(700);

    const second = await askRaw(port, head("/other", "transfer-encoding: chunked") + chunk(301), "}");

    expect(second).toMatch(/^HTTP\/1\.1 503 /);
    await expect.poll(() => budget.takenBytes).toBe(700);
    first.write("0\r\n\r\n");
    await expect.poll(() => budget.takenBytes).toBe(0);
  });

  it("is given back when the client leaves, when the body is too large, and when the handler fails", async () => {
    const budget = new BodyBudget(10_000);
    const port = await serve(budget, () => {
      throw new Error("planned");
    });
    const gone = send(port, `${head("/one", "content-length: 900")}some`);
    await expect.poll(() => budget.takenBytes).toBe(900);

    gone.destroy();
    await expect.poll(() => budget.takenBytes).toBe(0);

    expect((await ask(port, "/one", { method: "POST", body: "x".repeat(1001) })).status).toBe(413);
    expect(await askRaw(port, `${head("/one", "transfer-encoding: chunked")}3e9\r\n${"x".repeat(1001)}\r\n`, "}")).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    expect((await ask(port, "/one", { method: "POST", body: "x" })).status).toBe(500);
    expect(budget.takenBytes).toBe(0);
  });

  it.each(["content-length: 900", "transfer-encoding: chunked"])("is given back when the body takes too long: %s", async (length) => {
    const budget = new BodyBudget(1000);
    const port = await serve(budget, undefined, { headersMs: 400, requestMs: 400, checkMs: 50 });

    send(port, `${head("/one", length)}5\r\nxxxxx\r\n`);

    await expect.poll(() => budget.takenBytes).toBeGreaterThan(0);
    await expect.poll(() => budget.takenBytes).toBe(0);
  });

  it("holds a body until its handler is done", async () => {
    const budget = new BodyBudget(1000);
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const port = await serve(budget, async () => {
      await finished;
      return { status: 200 };
    });

    const answer = ask(port, "/one", { method: "POST", body: "x".repeat(600) });
    await expect.poll(() => budget.takenBytes).toBe(600);
    expect((await ask(port, "/one", { method: "POST", body: "x".repeat(600) })).status).toBe(503);

    finish();
    expect((await answer).status).toBe(200);
    expect(budget.takenBytes).toBe(0);
  });
});
