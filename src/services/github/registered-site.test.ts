import { describe, expect, it } from "vitest";
import { registeredSite } from "./registered-site.js";
import { hostOf } from "./site.js";

describe("where a registered GitHub is", () => {
  it.each([
    { url: "https://github.com", webUrl: "https://github.com", apiUrl: "https://api.github.com", host: "github.com" },
    { url: "http://www.github.com", webUrl: "https://github.com", apiUrl: "https://api.github.com", host: "github.com" },
    { url: "https://api.github.com", webUrl: "https://github.com", apiUrl: "https://api.github.com", host: "github.com" },
    { url: "https://octo.ghe.com", webUrl: "https://octo.ghe.com", apiUrl: "https://api.octo.ghe.com", host: "octo.ghe.com" },
    { url: "https://api.octo.ghe.com", webUrl: "https://octo.ghe.com", apiUrl: "https://api.octo.ghe.com", host: "octo.ghe.com" },
    {
      url: "https://Git.example.org:8443",
      webUrl: "https://git.example.org:8443",
      apiUrl: "https://Git.example.org:8443/api/v3",
      host: "git.example.org:8443",
    },
    {
      url: "http://git.example.org/api/v3",
      webUrl: "http://git.example.org",
      apiUrl: "http://git.example.org/api/v3",
      host: "git.example.org",
    },
    {
      url: "https://example.org/Git",
      apiPath: "/rest",
      webUrl: "https://example.org/Git",
      apiUrl: "https://example.org/Git/rest",
      host: "example.org/git",
    },
  ])("is read from $url", ({ url, apiPath, webUrl, apiUrl, host }) => {
    const site = registeredSite({ url, ...(apiPath === undefined ? {} : { apiPath }) });

    expect(site).toMatchObject({ webUrl, apiUrl });
    expect(hostOf(site)).toBe(host);
  });
});
