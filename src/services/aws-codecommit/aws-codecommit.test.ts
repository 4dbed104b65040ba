import { afterEach, describe, expect, it } from "vitest";
import { awsCodeCommitApi, type StandInAws } from "../../../test/support/aws-codecommit-api.js";
import { addressesAsked, checkAt, describeRemoteCheck, plantedSecret, RemoteCheckRig } from "../../../test/support/remote-checks.js";
import { json, type StandInApi } from "../../../test/support/remote-stand-in.js";
import type { CheckOutcome, RegisteredRemote } from "../../core/registered-remote.js";
import { Secret } from "../../shared/secret.js";
import { awsCodeCommitRemote } from "./remote-check.js";

const aws: StandInAws = { keyId: "AKIDEXAMPLE", secret: plantedSecret, region: "eu-west-1" };
const account = { kind: "password", username: "AKIDEXAMPLE", password: new Secret(plantedSecret) } as const;
const common: RegisteredRemote = {
  ...{ serviceId: "aws-codecommit", url: "", checksCertificate: true, usesProxy: true },
  ...{ account, settings: { region: "eu-west-1" } },
};
const prefix = "Unable to connect to AWS CodeCommit service (Check region, access key id, secret access key). Reason: ";

describeRemoteCheck({
  title: "AWS CodeCommit",
  check: awsCodeCommitRemote,
  remote: common,
  api: () => awsCodeCommitApi(aws),
  thingsToCheck: "region, access key id, secret access key",
  wrongSecret: /the secret access key does not belong to the access key id \(400\)/,
});

let rig = new RemoteCheckRig();
afterEach(async () => {
  await rig.close();
  rig = new RemoteCheckRig();
});

describe("AWS CodeCommit", () => {
  const outcomeOf = async (api: StandInApi, remote: Partial<RegisteredRemote> = {}, now?: () => number): Promise<CheckOutcome> =>
    (await checkAt(rig, awsCodeCommitRemote, api, { ...common, ...remote }, now)).outcome;

  it("is never sent the secret", async () => {
    const { standIn } = await checkAt(rig, awsCodeCommitRemote, awsCodeCommitApi(aws), common);

    expect(standIn.requests).toHaveLength(1);
    expect(JSON.stringify(standIn.requests)).not.toContain(plantedSecret);
  });

  it("tells an unknown key from a wrong secret, another region and a missing right", async () => {
    const unknown = await outcomeOf(awsCodeCommitApi(aws), { account: { ...account, username: "AKIDOTHER" } });
    const region = await outcomeOf(awsCodeCommitApi(aws), { settings: { region: "us-east-1" } });
    const right = await outcomeOf(awsCodeCommitApi({ ...aws, mayList: false }));

    expect(unknown).toEqual({ isGood: false, reason: `${prefix}the access key id is not known (400).` });
    expect(region).toMatchObject({ reason: expect.stringContaining("does not belong") });
    expect(right).toMatchObject({ reason: expect.stringContaining("it needs codecommit:ListRepositories (400)") });
  });

  it("tells a clock that is wrong, before it blames the secret", async () => {
    const outcome = await outcomeOf(awsCodeCommitApi(aws), {}, () => Date.now() - 30 * 60_000);

    expect(outcome).toEqual({ isGood: false, reason: `${prefix}the clock of this server differs from that of AWS by 30 minutes (400).` });
  });

  it.each([
    { type: "ExpiredTokenException", says: "the credentials have expired" },
    { type: "ThrottlingException", says: "no more requests for now" },
    { type: "com.amazon.coral.service#UnknownOperationException", says: "there is no CodeCommit at this address" },
    { type: "SomethingNew:http://internal.amazon.com/hush", says: "the server answered 400" },
  ])("tells $type by its name, in the body as in the header", async ({ type, says }) => {
    const inBody = await outcomeOf(() => json({ __type: type, message: "hush" }, 400));
    const inHeader = await outcomeOf(() => ({ ...json({ message: "hush" }, 400), headers: { "x-amzn-errortype": type } }));

    for (const outcome of [inBody, inHeader]) {
      expect(outcome).toMatchObject({ isGood: false, reason: expect.stringContaining(says) });
      expect(JSON.stringify(outcome)).not.toContain("hush");
    }
  });

  it("needs a key, and a region that the address or the record names", async () => {
    const token = await outcomeOf(awsCodeCommitApi(aws), { account: { kind: "token", token: new Secret(plantedSecret) } });
    const nowhere = await outcomeOf(awsCodeCommitApi(aws), { settings: {} });

    expect(token).toMatchObject({ reason: expect.stringContaining("an access key id and a secret access key are needed") });
    expect(nowhere).toMatchObject({ reason: expect.stringContaining("no region is given") });
  });

  it.each([
    { url: "https://git-codecommit.eu-west-1.amazonaws.com", asks: "https://codecommit.eu-west-1.amazonaws.com/" },
    { url: "https://git-codecommit-fips.us-east-1.amazonaws.com/x", asks: "https://codecommit-fips.us-east-1.amazonaws.com/" },
    { url: "https://git-codecommit.cn-north-1.amazonaws.com.cn", asks: "https://codecommit.cn-north-1.amazonaws.com.cn/" },
    {
      url: "https://vpce-1.git-codecommit.us-gov-west-1.vpce.amazonaws.com",
      asks: "https://vpce-1.codecommit.us-gov-west-1.vpce.amazonaws.com/",
    },
    { url: "https://codecommit.eu-west-1.amazonaws.com", asks: "https://codecommit.eu-west-1.amazonaws.com/" },
  ])("at $url is asked at $asks, with the region of its name", async ({ url, asks }) => {
    expect(await addressesAsked(awsCodeCommitRemote, { ...common, url, settings: {} })).toEqual([asks]);
  });

  it("elsewhere is asked where it was registered, whatever its name looks like", async () => {
    const url = "https://git-codecommit.eu-west-1.amazonaws.com.example.org";

    expect(await addressesAsked(awsCodeCommitRemote, { ...common, url })).toEqual([`${url}/`]);
  });
});
