/** The constants: those of this system against Python's `socket`, those of macOS against the tables of the text. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { bitNames, nameOf } from "../../helpers/posix/constant-names";
import * as constants from "../../helpers/posix/constants";
import { getConstants, socket } from "../../helpers/socket";
import { PYTHON } from "./peers/python";

type Numbers = Record<string, number | undefined>;

/** The constants that Python has, by name. */
function ofPython(): Record<string, number> {
  const source = `
import json, socket
print(json.dumps({name: int(value) for name, value in vars(socket).items() if isinstance(value, int)}))
`;
  return JSON.parse(execFileSync(PYTHON, ["-c", source], { encoding: "utf8" }));
}

/** The constants as on a Mac, and what is computed from them there: `expression` sees the module as `helpers`. */
function onDarwin<Value>(expression: string): Value {
  const source = `
    Object.defineProperty(process, "platform", { value: "darwin" });
    const helpers = { ...require("./posix/constants"), ...require("./posix/constant-names") };
    process.stdout.write(JSON.stringify(${expression}));
  `;
  const args = ["--require", "ts-node/register/transpile-only", "--eval", source];
  const cwd = join(__dirname, "..", "..", "helpers");
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: "utf8" }));
}

const PREFIXES = [
  "AF_",
  "SOCK_",
  "IPPROTO_",
  "SOL_",
  "SO_",
  "TCP_",
  "IP_",
  "IPV6_",
  "MSG_",
  "SHUT_",
  "AI_",
  "EAI_",
];

test("every constant that Python has too has Python's value", () => {
  const python = ofPython();
  const ours: Numbers = constants;
  const common = Object.keys(ours).filter((name) => name in python);
  assert.ok(common.length >= 150, `only ${common.length} to compare`);
  for (const name of common) assert.equal(ours[name], python[name], name);
});

test("a constant that this system's Python has not is undefined, or too new for it", () => {
  const python = ofPython();
  const extra = Object.entries(constants).filter(
    ([name, value]) => value !== undefined && !(name in python),
  );
  assert.ok(extra.length < 60, `${extra.map(([name]) => name)}`);
  for (const name of [
    "AF_INET",
    "AF_INET6",
    "AF_UNIX",
    "SOCK_STREAM",
    "SO_REUSEADDR",
    "MSG_PEEK",
  ]) {
    assert.ok(name in python);
  }
});

test("getConstants gives the tables that the text computes with Python", () => {
  const python = ofPython();
  for (const prefix of ["AF_", "SOCK_", "IPPROTO_"]) {
    const table = Object.fromEntries(
      Object.keys(python)
        .filter((name) => name.startsWith(prefix) && name in constants)
        .sort()
        .map((name) => [python[name], name]),
    );
    assert.deepEqual(getConstants(prefix), table, prefix);
  }
  const sock = socket();
  assert.equal(getConstants("AF_")[sock.family], "AF_INET");
  sock.close();
  assert.equal(getConstants("IPPROTO_")[0], "IPPROTO_IP");
  assert.deepEqual(getConstants("NO_SUCH_"), {});
});

test("the constants are not listed and sorted anew for every name, and each reader has a table of his own", (t) => {
  const { mock } = t.mock.method(Object, "keys");
  const names = [nameOf("AF_", 2), nameOf("SHUT_", 1), bitNames("MSG_", 0x02 | 0x40)];
  const mine = getConstants("AF_");
  const listed = mock.calls.filter(({ result }) => (result?.length ?? 0) > 100);
  mock.restore();
  assert.deepEqual(names, ["AF_INET", "SHUT_WR", "MSG_PEEK|MSG_DONTWAIT"]);
  assert.equal(listed.length, 0);
  mine[2] = "mine";
  assert.equal(getConstants("AF_")[2], "AF_INET");
  assert.equal(nameOf("AF_", 2), "AF_INET");
});

test("on a Mac, the tables are those printed in the text", () => {
  const [families, types, protocols] = onDarwin<Record<string, string>[]>(
    `["AF_", "SOCK_", "IPPROTO_"].map(helpers.getConstants)`,
  );
  assert.deepEqual(families, {
    0: "AF_UNSPEC",
    1: "AF_UNIX",
    2: "AF_INET",
    11: "AF_SNA",
    12: "AF_DECnet",
    16: "AF_APPLETALK",
    17: "AF_ROUTE",
    18: "AF_LINK",
    23: "AF_IPX",
    30: "AF_INET6",
    32: "AF_SYSTEM",
  });
  assert.deepEqual(types, {
    1: "SOCK_STREAM",
    2: "SOCK_DGRAM",
    3: "SOCK_RAW",
    4: "SOCK_RDM",
    5: "SOCK_SEQPACKET",
  });
  const printed = `0 IP, 1 ICMP, 2 IGMP, 3 GGP, 4 IPV4, 6 TCP, 8 EGP, 12 PUP, 17 UDP, 22 IDP, 29 TP, 36 XTP, 41 IPV6,
    43 ROUTING, 44 FRAGMENT, 46 RSVP, 47 GRE, 50 ESP, 51 AH, 58 ICMPV6, 59 NONE, 60 DSTOPTS, 63 HELLO, 77 ND, 80 EON,
    103 PIM, 108 IPCOMP, 132 SCTP, 255 RAW, 256 MAX`;
  const entries = printed.split(",").map((each) => each.trim().split(" "));
  assert.deepEqual(
    protocols,
    Object.fromEntries(entries.map(([number, name]) => [number, `IPPROTO_${name}`])),
  );
});

test("on a Mac, every prefix has constants, and the ones that lessons use are there", () => {
  const tables = onDarwin<Record<string, Record<string, string>>>(
    `Object.fromEntries(${JSON.stringify(PREFIXES)}.map((prefix) => [prefix, helpers.getConstants(prefix)]))`,
  );
  for (const prefix of PREFIXES) assert.ok(Object.keys(tables[prefix]).length >= 3, prefix);
  assert.equal(tables.SO_[4], "SO_REUSEADDR");
  assert.equal(tables.SO_[0x1006], "SO_RCVTIMEO");
  assert.equal(tables.MSG_[0x80], "MSG_DONTWAIT");
  assert.equal(tables.EAI_[8], "EAI_NONAME");
  assert.equal(tables.SOL_[0xffff], "SOL_SOCKET");
});
