/** Two machines, joined by a cable, in a network of their own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { network } from "../../helpers/network";
import { noNetwork, runInNetwork, runInNetworkOfUser } from "./peers/network";

const skip = noNetwork();

function scene<Value>(name: string): Value {
  return runInNetwork<Value>("network-scenes.ts", name);
}

test("who listens on localhost is not reached from another machine, at other addresses it is", {
  skip,
}, () => {
  assert.deepEqual(scene("reach"), {
    "127.0.0.1": ["ECONNREFUSED", "ECONNREFUSED"],
    "192.0.2.1": ["ECONNREFUSED", "done"],
    "": ["ECONNREFUSED", "done"],
  });
});

test("the other machine's sockets are its own, and do all that sockets do", { skip }, () => {
  assert.deepEqual(scene("sockets"), {
    from: "192.0.2.1",
    received: "hello",
    end: 0,
    datagram: "datagram",
    listens: 4000,
  });
});

test("without the cable nothing comes; with it again, what was sent meanwhile", { skip }, () => {
  const { during, after, flags } = scene<{ during: string; after: string; flags: string[] }>(
    "unplugged",
  );
  assert.deepEqual([during, after], ["ETIMEDOUT", "anybody there?"]);
  assert.deepEqual(flags.slice(0, 4), ["SYN", "SYN+ACK", "ACK", "PSH+ACK"]);
});

test("a tunnel carries the packets of a machine in datagrams, none of which is cut", {
  skip,
}, () => {
  assert.deepEqual(scene("tunnel"), {
    from: "198.51.100.1",
    same: true,
    protocols: ["UDP"],
    longest: 1400,
    cut: 0,
  });
});

test("its shell does things there, and ends with it", { skip }, () => {
  const { said, failed, address, off } = scene<Record<string, string>>("shell");
  assert.match(said, /^hello\n.* far .* 192\.0\.2\.2\/30 /);
  assert.match(failed, /ends with status 3 on the other machine: wrong/);
  assert.equal(address, "192.0.2.2");
  assert.match(off, /is switched off/);
});

test("each machine has a name and a cable of its own", { skip }, () => {
  const { addresses, wrong } = scene<{ addresses: string[]; wrong: string }>("names");
  assert.deepEqual(addresses, ["192.0.2.2", "192.0.2.6"]);
  assert.match(wrong, /^RangeError: the name of a machine is a word/);
});

test("who is not root has a second machine too", { skip }, () => {
  assert.equal(
    runInNetworkOfUser<{ received: string }>("network-scenes.ts", "sockets").received,
    "hello",
  );
});

test("without a network of one's own there is no second machine, and it says why", async () => {
  await assert.rejects(network("far"), /no network of its own \(.*make doctor/);
});
