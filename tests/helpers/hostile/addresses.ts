/**
 * Addresses, families and other numbers of the system that are none.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as api from "../../../helpers/socket";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_STREAM,
  socket,
} from "../../../helpers/socket";
import {
  type Case,
  close,
  NOT_INTEGERS,
  NOT_NUMBERS,
  pair,
  refused,
  show,
  survived,
  TOO_BIG,
  untyped,
  works,
} from "./case";

export const cases: Record<string, Case> = {
  async "ports that are none"() {
    const sock = socket();
    const datagrams = socket(AF_INET, SOCK_DGRAM);
    const bad = [
      65536,
      -1,
      2 ** 32,
      2 ** 32 + 80,
      2 ** 16 + 80,
      ...NOT_INTEGERS,
      null,
      undefined,
      "",
      "no-such-service",
      "80 ",
      {},
      [],
      [80],
      true,
      80n,
      Symbol("80"),
    ];
    for (const port of bad) {
      await refused(() => untyped(sock, "bind", ["127.0.0.1", port]), show(port));
      await refused(() => untyped(sock, "connect", ["127.0.0.1", port]), show(port));
      await refused(() => untyped(datagrams, "sendto", "x", 0, ["127.0.0.1", port]), show(port));
      await refused(() => untyped(api, "createConnection", ["127.0.0.1", port]), show(port));
      await refused(() => untyped(api, "createServer", ["127.0.0.1", port]), show(port));
    }
    for (const port of [
      65536,
      -1,
      1.5,
      Number.NaN,
      2 ** 32 + 80,
      "no-such-service",
      {},
      Symbol("80"),
    ]) {
      await refused(() => untyped(api, "getaddrinfo", "127.0.0.1", port), show(port));
    }
    close(sock, datagrams);
  },

  async "hosts that are none"() {
    const listening = socket();
    await listening.bind(["127.0.0.1", 0]);
    listening.listen(5);
    const port = Number(listening.getsockname()[1]);
    const bad = [
      "127.0.0.1\0.example",
      "local\0host",
      "\0",
      "127.0.0.1 ",
      "127.0.0.1:80",
      "256.0.0.1",
      "a..b",
      "x".repeat(300),
      "x".repeat(1e6),
      `${"x.".repeat(5e5)}x`,
      "\ud800",
      null,
      undefined,
      5,
      2130706433,
      {},
      [],
      ["127.0.0.1"],
      true,
      Symbol("127.0.0.1"),
      Buffer.from("127.0.0.1"),
    ];
    for (const host of bad) {
      const sock = socket();
      const note = typeof host === "string" ? JSON.stringify(host.slice(0, 20)) : show(host);
      await refused(() => untyped(sock, "connect", [host, port], { timeout: 20 }), note);
      await refused(() => untyped(sock, "bind", [host, 0]), note);
      if (host !== null) await refused(() => untyped(api, "getaddrinfo", host, port), note);
      await refused(() => untyped(api, "inetPton", AF_INET, host), `inetPton ${note}`);
      close(sock);
    }
    await assert.rejects(listening.accept({ timeout: 0.05 }), { code: "ETIMEDOUT" });
    close(listening);
  },

  async "addresses that are none"() {
    for (const family of [AF_INET, AF_INET6, AF_UNIX]) {
      for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
        const sock = socket(family, type);
        for (const address of [
          undefined,
          null,
          5,
          true,
          {},
          [],
          ["127.0.0.1"],
          ["127.0.0.1", 9, 0, 0, 0],
          [[], []],
          [null, null],
          () => [],
          { 0: "127.0.0.1", 1: 9, length: 2 },
          Symbol("a"),
          new Array(1e6),
        ]) {
          const note = `family ${family}: ${typeof address}`;
          await refused(() => untyped(sock, "bind", address), note);
          await refused(() => untyped(sock, "connect", address), note);
          if (type === SOCK_DGRAM)
            await refused(() => untyped(sock, "sendto", "x", 0, address), note);
        }
        close(sock);
      }
    }
  },

  async "flow and scope of IPv6 that are none"() {
    const sock = socket(AF_INET6, SOCK_DGRAM);
    for (const bad of [-1, 2 ** 32, 2 ** 32 + 1, ...NOT_INTEGERS, "lo0", {}, [], 1n]) {
      await refused(() => untyped(sock, "bind", ["::1", 0, bad, 0]), `flow ${show(bad)}`);
      await refused(() => untyped(sock, "bind", ["::1", 0, 0, bad]), `scope ${show(bad)}`);
    }
    close(sock);
  },

  async "paths that are none"() {
    const folder = mkdtempSync(join(tmpdir(), "hostile-"));
    const long = (length: number) => join(folder, "x".repeat(length - folder.length - 1));
    for (const type of [SOCK_STREAM, SOCK_DGRAM]) {
      for (const path of [
        long(109),
        long(200),
        "x".repeat(1e6),
        join(folder, "é".repeat(54)),
        `${folder}/in\0side`,
      ]) {
        const sock = socket(AF_UNIX, type);
        await refused(() => untyped(sock, "bind", path), `${path.length} characters`);
        await refused(() => untyped(sock, "connect", path), `${path.length} characters`);
        close(sock);
      }
    }
    for (const path of [
      "",
      long(107),
      long(108),
      "\0",
      `\0${"x".repeat(106)}`,
      `\0${"x".repeat(107)}`,
      `\0${"x".repeat(108)}`,
    ]) {
      const sock = socket(AF_UNIX);
      const result = await survived(() => untyped(sock, "bind", path));
      if (!(result instanceof Error) && path.length > 1) assert.equal(sock.getsockname(), path);
      close(sock);
    }
    rmSync(folder, { recursive: true });
  },

  async "families, types and protocols that are none"() {
    for (const bad of [-1, 2 ** 32 + AF_INET, 1e9, ...NOT_INTEGERS, ...TOO_BIG, ...NOT_NUMBERS]) {
      await refused(() => untyped(api, "socket", bad), show(bad));
      await refused(() => untyped(api, "socket", AF_INET, bad), show(bad));
      await refused(() => untyped(api, "socket", AF_INET, SOCK_STREAM, bad), show(bad));
    }
  },

  async "backlogs and ways of shutdown that are none"() {
    const sock = socket();
    await sock.bind(["127.0.0.1", 0]);
    for (const bad of [...NOT_INTEGERS, ...TOO_BIG, ...NOT_NUMBERS]) {
      await refused(() => untyped(sock, "listen", bad), show(bad));
    }
    close(sock);
    const [near, far] = await pair();
    for (const bad of [-1, 3, ...NOT_INTEGERS, ...TOO_BIG, ...NOT_NUMBERS, undefined]) {
      await refused(() => untyped(near, "shutdown", bad), show(bad));
    }
    await works([near, far]);
    close(near, far);
  },

  async "a datagram that is too long"() {
    const sock = socket(AF_INET, SOCK_DGRAM);
    await assert.rejects(sock.sendto(Buffer.alloc(70_000), 0, ["127.0.0.1", 9]), {
      code: "EMSGSIZE",
    });
    close(sock);
  },
};
