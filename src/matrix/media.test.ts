import { afterEach, describe, expect, it } from "vitest";
import { startMatrixOnFake, type MatrixOnFake } from "../../test/support/fake-homeserver-matrix.js";
import type { FakeHomeserverOptions } from "../../test/support/fake-homeserver.js";
import { maxMediaBytes } from "./media.js";
import type { MatrixOptions } from "./matrix.js";

let fixture: MatrixOnFake;

afterEach(() => fixture.stop());

async function start(options: Partial<FakeHomeserverOptions> = {}, matrixOptions: Partial<MatrixOptions> = {}): Promise<MatrixOnFake> {
  fixture = await startMatrixOnFake(options, matrixOptions);
  return fixture;
}

describe("a file", () => {
  it.each([
    { media: "authenticated", requests: { upload: 1, download: 1 } },
    { media: "legacy", requests: { upload: 1, download: 2 } },
  ] as const)("is read as it was written, where the homeserver has the $media paths", async ({ media, requests }) => {
    const { homeserver, matrix } = await start({ media });
    const bytes = Buffer.from([0, 255, 128, 10]);

    const address = await matrix.media.upload(bytes, "image/png", "a picture ä/?.png");
    const read = await matrix.media.download(address);

    expect(address).toMatch(/^mxc:\/\/fake\.test\/\w+$/);
    expect([read.bytes.equals(bytes), read.contentType]).toEqual([true, "image/png"]);
    expect(homeserver.counters).toEqual(requests);
  });

  it("that is not there is a refusal that does not pass", async () => {
    const { matrix } = await start();

    await expect(matrix.media.download("mxc://fake.test/none")).rejects.toMatchObject({ status: 404, isTransient: false });
  });

  it.each([
    "https://fake.test/x",
    "mxc://",
    "mxc://fake.test",
    "mxc://fake.test/a/b",
    "mxc://../x",
    "mxc://fake.test/../x",
    "mxc://a?b/c",
    "",
  ])("is not asked for under what is no address of one: %s", async (address) => {
    const { homeserver, matrix } = await start();

    await expect(matrix.media.download(address)).rejects.toMatchObject({ code: "HS_REMOTE_ERROR", isTransient: false });

    expect([homeserver.counters, matrix.media.publicUrl(address)]).toEqual([{}, undefined]);
  });

  it("that is too large is neither taken nor given", async () => {
    const { homeserver, matrix } = await start();
    homeserver.memory.media.set("mxc://fake.test/huge", Buffer.alloc(maxMediaBytes + 1));

    await expect(matrix.media.download("mxc://fake.test/huge")).rejects.toMatchObject({ status: 413, isTransient: false });
    await expect(matrix.media.upload(Buffer.alloc(maxMediaBytes + 1), "image/png", "huge")).rejects.toMatchObject({ isTransient: false });

    expect(homeserver.counters).toEqual({ download: 1 });
  });

  it.each([
    { mediaUrl: undefined, base: () => fixture.homeserver.url },
    { mediaUrl: "https://media.example.org/matrix", base: () => "https://media.example.org/matrix" },
  ])("has a public address below mediaUrl, else below the homeserver's: $mediaUrl", async ({ mediaUrl, base }) => {
    const { matrix } = await start({}, mediaUrl === undefined ? {} : { mediaUrl });

    expect(matrix.media.publicUrl("mxc://fake.test:8448/a_b-C")).toBe(`${base()}/_matrix/media/v3/download/fake.test%3A8448/a_b-C`);
  });
});
