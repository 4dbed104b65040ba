import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { Level } from "level";
import { Pool } from "undici";

/*
 * What every figure is compared with: the least a program can do that takes a signed webhook, has it on disk before it answers, and sends
 * one message for it. One process, no routing, no order, no retries: node:http, HMAC, one group-committed synced batch of body and id,
 * an undici Pool of 32, a delete after the send.
 *
 * Usage: bare-forwarder.ts OPTIONS, with OPTIONS = {"port", "folder", "homeserverUrl", "asToken", "secret"} as JSON.
 */

interface Options {
  readonly port: number;
  readonly folder: string;
  readonly homeserverUrl: string;
  readonly asToken: string;
  readonly secret: string;
}

type Change = { readonly put: string; readonly value: Buffer } | { readonly del: string };

// Written by the bench.
const options = JSON.parse(process.argv[2] ?? "{}") as Options;
const database = new Level<string, Buffer>(options.folder, { valueEncoding: "buffer" });
await database.open();
const pool = new Pool(options.homeserverUrl, { connections: 32 });

let waiting: { readonly changes: readonly Change[]; readonly done: () => void }[] = [];
let isWriting = false;

function commit(changes: readonly Change[]): Promise<void> {
  return new Promise((done) => {
    waiting.push({ changes, done });
    if (isWriting) return;
    isWriting = true;
    setImmediate(() => void write());
  });
}

async function write(): Promise<void> {
  while (waiting.length > 0) {
    const together = waiting;
    waiting = [];
    const batch = database.batch();
    for (const change of together.flatMap((entry) => entry.changes)) {
      if ("put" in change) batch.put(change.put, change.value);
      else batch.del(change.del);
    }
    await batch.write({ sync: true } as object);
    for (const { done } of together) done();
  }
  isWriting = false;
}

async function forward(id: string, body: Buffer): Promise<void> {
  // The payload is the bench's own.
  const { issue } = JSON.parse(body.toString("utf8")) as {
    issue: { key: string; fields: { summary: string; creator: { displayName: string }; project: { key: string } } };
  };
  const text = `${issue.fields.creator.displayName} created a new JIRA issue ${issue.key}: "${issue.fields.summary}"`;
  const room = `!${issue.fields.project.key}:fake.test`;
  const { statusCode, body: answer } = await pool.request({
    method: "PUT",
    path: `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${id}`,
    headers: { authorization: `Bearer ${options.asToken}`, "content-type": "application/json" },
    body: JSON.stringify({ msgtype: "m.notice", body: text, format: "org.matrix.custom.html", formatted_body: text }),
  });
  await answer.dump();
  if (statusCode === 200) await commit([{ del: `body/${id}` }, { del: `id/${id}` }]);
}

let count = 0;
createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    const expected = createHmac("sha256", options.secret).update(body).digest();
    const given = Buffer.from(String(request.headers["x-hub-signature"]).slice(7), "hex");
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      response.writeHead(401).end();
      return;
    }
    count += 1;
    const id = `${process.pid}-${count}`;
    void commit([
      { put: `body/${id}`, value: body },
      { put: `id/${id}`, value: Buffer.from("1") },
    ]).then(() => {
      response.end("OK");
      return forward(id, body);
    });
  });
}).listen(options.port, "127.0.0.1", () => {
  console.log("listening");
});
